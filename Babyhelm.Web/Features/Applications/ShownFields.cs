using Babyhelm.Core.Manifests;

namespace Babyhelm.Web.Features.Applications;

/// <summary>Which fields of an app spec a form draws with a place for their faults, as it is filled in: the components' side of it.</summary>
internal sealed class ShownFields(AppForm form)
{
    private static readonly string[] Always =
        ["image", "name", "kind", "resources.cpu", "resources.cpuLimit", "resources.memory", "resources.memoryLimit", "shutdownSeconds", "registry", "command", "args"];

    private static readonly string[] OfWhatRuns = ["health.path", "health.port", "health.command", "progressDeadlineSeconds"];
    private static readonly string[] OfAutoscaler = ["autoscale.min", "autoscale.max", "autoscale.cpu", "autoscale.memory"];

    /// <summary>Whether a fault of the field is seen at it.</summary>
    public bool Show(string field) => Whole.Contains(field) || Parts.Any(part => AppFormModel.Covers(part, field));

    /// <summary>Whether it is seen without the folded part being open.</summary>
    public bool ShowFirst(string field) => First.Any(first => AppFormModel.Covers(first, field));

    private IEnumerable<string> First => form.IsWeb ? ["image", "name", "ports[0]"] : ["image", "name"];

    /// <summary>Those that show a fault of exactly this field, not of what is in it.</summary>
    private IEnumerable<string> Whole =>
    [
        "env", "volumes", .. Rows("env", form.Env.Count(e => !e.IsBlank)),
        .. form.IsCron ? Array.Empty<string>() : ["ports", "autoscale"],
        .. form.IsWeb ? ["expose"] : Array.Empty<string>(),
    ];

    /// <summary>Those that show faults of what is in them too.</summary>
    private IEnumerable<string> Parts =>
    [
        .. Always,
        .. Rows("env", form.Env.Count(e => !e.IsBlank)).SelectMany(row => new[] { $"{row}.name", $"{row}.value" }),
        .. Rows("volumes", form.Volumes.Count(v => !v.IsBlank)),
        .. form.IsCron ? ["schedule"] : OfWhatRuns,
        .. form.IsCron ? [] : Rows("ports", form.MorePorts.Count(p => !p.IsBlank) + (form.IsWeb ? 1 : 0)),
        .. form.AsksReplicas ? ["replicas"] : form.IsCron ? [] : OfAutoscaler,
        .. !form.IsWeb ? Array.Empty<string>() : form.Expose switch
        {
            ExposeType.Ingress => ["expose.type", "expose.host"],
            ExposeType.LoadBalancer => ["expose.type", "expose.loadBalancerClass"],
            _ => ["expose.type"],
        },
    ];

    private static IEnumerable<string> Rows(string list, int count) => Enumerable.Range(0, count).Select(i => $"{list}[{i}]");
}
