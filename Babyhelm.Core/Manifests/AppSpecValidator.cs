using Babyhelm.Core.Common;

namespace Babyhelm.Core.Manifests;

/// <summary>All rules of an app spec that need nothing but the spec. Create and update go through the same ones.</summary>
public static class AppSpecValidator
{
    /// <summary>The spec with its defaults filled in, or an <see cref="Invalid"/> with every fault found, in the order of the fields.</summary>
    /// <remarks>
    /// A web application without ports gets port 80 to the port its image listens on by convention. What is not a web
    /// application is never exposed by the gateway. A secret without a value is accepted: whether one is stored, only
    /// the caller knows.
    /// </remarks>
    public static Result<AppSpec> Validate(AppSpec spec)
    {
        var faults = new FaultList();
        if (Slug.Problem(spec.Name) is { } name) faults.Add("name", name);
        if (!Enum.IsDefined(spec.Kind)) faults.Add("kind", "Choose web, worker or cron.");
        var image = faults.Take(ImageReference.Parse(spec.Image));
        var normal = spec with
        {
            Ports = Ports(spec, image),
            Expose = spec.Kind != AppKind.Web && spec.Expose is { Type: ExposeType.Gateway, Host: null }
                ? spec.Expose with { Type = ExposeType.None }
                : spec.Expose,
            Registry = string.IsNullOrEmpty(spec.Registry) ? null : spec.Registry,
        };

        NetworkRules.CheckPorts(normal, faults);
        EnvRules.Check(normal.Env, faults);
        ScaleRules.CheckReplicas(normal, faults);
        ScaleRules.CheckResources(normal.Resources, faults);
        NetworkRules.CheckHealth(normal, faults);
        ProcessRules.CheckCommand(normal.Command, "command", faults);
        ProcessRules.CheckCommand(normal.Args, "args", faults);
        NetworkRules.CheckExposure(normal, faults);
        VolumeRules.Check(normal, faults);
        if (normal.Registry is not null && Slug.Problem(normal.Registry) is { } registry) faults.Add("registry", registry);
        ProcessRules.CheckSchedule(normal, faults);
        if (normal.ProgressDeadlineSeconds is < 10 or > 3600) faults.Add("progressDeadlineSeconds", "Use 10 to 3600 seconds.");
        if (normal.ShutdownSeconds is < 1 or > 3600) faults.Add("shutdownSeconds", "Use 1 to 3600 seconds.");

        return faults.Count == 0 ? normal : new Invalid(faults.All);
    }

    private static IReadOnlyList<PortSpec> Ports(AppSpec spec, ImageReference? image) =>
        spec is { Kind: AppKind.Web, Ports.Count: 0 }
            ? [new PortSpec(80, spec.Health?.Port ?? image?.ProposePort() ?? WellKnownImages.DefaultPort)]
            : [.. spec.Ports.Select(p => p is null ? new PortSpec(0) : p with { TargetPort = p.Target })];
}

/// <summary>Collects broken rules; stops counting at a bound, so that a hostile spec cannot make an endless answer.</summary>
internal sealed class FaultList
{
    private const int Most = 100;
    private readonly List<Fault> _faults = [];

    public int Count => _faults.Count;

    public IReadOnlyList<Fault> All => _faults;

    public void Add(string field, string message)
    {
        if (_faults.Count < Most) _faults.Add(new Fault(field, message));
    }

    public T? Take<T>(Result<T> result) where T : class
    {
        if (result.Ok(out var value, out var error)) return value;
        AddAll(error);
        return null;
    }

    public T? TakeValue<T>(Result<T> result) where T : struct
    {
        if (result.Error is null) return result.Value;
        AddAll(result.Error);
        return null;
    }

    private void AddAll(Error error)
    {
        if (error is Invalid invalid) foreach (var fault in invalid.Faults) Add(fault.Field, fault.Message);
        else Add("", error.Message);
    }
}
