using Babyhelm.Core.Common;
using Babyhelm.Core.Liquid;

namespace Babyhelm.Core.Manifests;

/// <summary>Renders templates, parses what they gave and holds it against the policy. Pure: the same input gives the same set.</summary>
public sealed class ManifestBuilder(ManifestTemplates templates)
{
    private static readonly LiquidLimits Limits = new() { MaxOutputLength = 2 * 1024 * 1024 };

    /// <summary>Version of the templates in use.</summary>
    public string TemplateVersion => templates.Version;

    /// <summary>The namespace of a project with everything that isolates it.</summary>
    public Result<ManifestSet> BuildNamespace(NamespaceContext context)
    {
        if (ContextProblem(context.ProjectId, context.ProjectName) is { } problem) return problem;
        for (var i = 0; i < context.GatewayNetworks.Count; i++)
            if (!System.Net.IPNetwork.TryParse(context.GatewayNetworks[i], out _)) return new Invalid($"gatewayNetworks[{i}]", "Use a network such as 10.0.0.5/32.");

        var values = ManifestValues.ForNamespace(context);
        var policy = ManifestPolicy.ForNamespace(context);
        return Build(policy, ["namespace", "service-account", "resource-quota", "limit-range", "network-policy-deny", "network-policy-allow"], _ => values);
    }

    /// <summary>All objects of one release of an application.</summary>
    /// <returns>An <see cref="Invalid"/> for a spec that was not validated, and for templates whose output breaks the policy.</returns>
    public Result<ManifestSet> BuildApplication(ApplicationContext context)
    {
        if (ContextProblem(context.ProjectId, context.ProjectName) is { } problem) return problem;
        if (context.Release < 1) return new Invalid("release", "Releases are numbered from 1.");
        if (AppSpecValidator.Validate(context.Spec).Failed(out var error, out var spec)) return error;
        context = context with { Spec = spec };
        if (ImageReference.Parse(spec.Image).Failed(out error, out var image)) return error;

        var values = ManifestValues.ForApplication(context, image);
        var names = new List<string>();
        if (spec.Env.Any(e => e.Secret)) names.Add("secret");
        if (spec.Registry is not null) names.Add("pull-secret");
        names.AddRange(Enumerable.Repeat("volume-claim", spec.Volumes.Count));
        if (spec.Expose.Type == ExposeType.LoadBalancer) names.Add("network-policy-public");
        names.Add(spec.Kind == AppKind.Cron ? "cron-job" : "deployment");
        if (spec.Ports.Count > 0) names.Add("service");
        if (ManifestValues.HasAutoscaler(context)) names.Add("autoscaler");
        if (spec.Expose.Type == ExposeType.Ingress) names.Add("ingress");

        var volume = 0;
        return Build(ManifestPolicy.ForApplication(context, image), names, name =>
        {
            if (name == "volume-claim") values["volume"] = ManifestValues.Volume(spec, spec.Volumes[volume++]);
            return values;
        });
    }

    private Result<ManifestSet> Build(ManifestPolicy policy, IReadOnlyList<string> names, Func<string, LiquidMap> values)
    {
        if (policy.NamespaceProblem() is { } problem) return new Invalid("namespace", problem);
        var manifests = new List<Manifest>(names.Count);
        foreach (var name in names)
        {
            var (yaml, fault) = templates[name].Render(values(name), Limits);
            if (fault is not null) return new Invalid($"templates.{name}", fault.ToString());
            if (ManifestYaml.Parse(yaml!, $"templates.{name}").Failed(out var error, out var document)) return error;
            if (ManifestSet.Identify(document).Failed(out error, out var identity)) return error;
            manifests.Add(new Manifest(identity, document));
        }
        return policy.Check(new ManifestSet(manifests));
    }

    private static Invalid? ContextProblem(string projectId, string projectName) =>
        Slug.Problem(projectName) is { } name ? new Invalid("project", name)
        : projectId.Length == 0 ? new Invalid("projectId", "The project has no id.")
        : null;
}
