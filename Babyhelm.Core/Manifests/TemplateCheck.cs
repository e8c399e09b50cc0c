using Babyhelm.Core.Common;

namespace Babyhelm.Core.Manifests;

/// <summary>Whether templates can stand in for the built-in ones: they parse, and samples of everything that they are used for render to what the policy takes.</summary>
public static class TemplateCheck
{
    private static readonly AppSpec Full = new()
    {
        Name = "sample",
        Image = "registry.example.com/team/sample:1.2",
        Ports = [new PortSpec(80, 8080), new PortSpec(9090)],
        Env = [new EnvSpec("MODE", "line one\nline {{ two }}"), new EnvSpec("TOKEN", null, Secret: true)],
        Replicas = 3,
        Health = new HealthSpec("/healthz", 8080),
        Command = ["/bin/server"],
        Args = ["--verbose", "a: b"],
    };

    private static readonly (string What, AppSpec Spec, bool Stopped)[] Samples =
    [
        ("a small application", new AppSpec { Name = "sample", Image = "sample:1" }, false),
        ("an application with ports, variables and health checks", Full, false),
        ("an application whose image is pulled with a registry's credentials", Full with { Registry = "team" }, false),
        ("an application whose health a command tells", Full with { Health = new HealthSpec(Command: ["/bin/check"]) }, false),
        ("a stopped application", Full, true),
        ("an application with autoscaling and an ingress", Full with { Autoscale = new AutoscaleSpec(2, 5, 70, 80), Expose = new ExposeSpec { Type = ExposeType.Ingress, Host = "sample.example.com" } }, false),
        ("an application with a load balancer", Full with { Expose = new ExposeSpec { Type = ExposeType.LoadBalancer, LoadBalancerClass = "example.com/lb" } }, false),
        ("an application with a volume", Full with { Replicas = 1, Volumes = [new VolumeSpec("data", "/data")] }, false),
        ("a worker", new AppSpec { Name = "sample", Kind = AppKind.Worker, Image = "sample:1" }, false),
        ("a cron application", new AppSpec { Name = "sample", Kind = AppKind.Cron, Image = "sample:1", Schedule = "*/5 * * * *", Env = Full.Env, Volumes = [new VolumeSpec("data", "/data")] }, false),
    ];

    /// <summary>The templates with these in place of built-in ones; <see cref="Invalid"/> on the template's name, with line and column where there is one.</summary>
    public static Result<ManifestTemplates> Check(IReadOnlyDictionary<string, string> overrides)
    {
        if (ManifestTemplates.Create(overrides).Failed(out var error, out var templates)) return error;
        var builder = new ManifestBuilder(templates);
        var faults = new List<Fault>();
        foreach (var (what, spec, stopped) in Samples)
            if (AppSpecValidator.Validate(spec).Failed(out error, out var valid) || Built(valid, stopped).Failed(out error, out _)) Add(what, error);
        if (builder.BuildNamespace(new NamespaceContext { ProjectId = "0", ProjectName = "sample", Namespace = "bh-sample", GatewayNetworks = ["10.0.0.5/32"] }).Failed(out error, out _))
            Add("a project", error);
        return faults.Count == 0 ? templates : new Invalid([.. faults.DistinctBy(f => f.Message)]);

        Result<ManifestSet> Built(AppSpec spec, bool stopped) => builder.BuildApplication(new ApplicationContext
        {
            Spec = spec,
            Stopped = stopped,
            ProjectId = "0",
            ProjectName = "sample",
            Namespace = "bh-sample",
            Release = 1,
            IngressClass = "nginx",
            TlsIssuer = "letsencrypt",
            StorageClass = "standard",
        });

        void Add(string what, Error error) => faults.AddRange(
            error is Invalid invalid ? invalid.Faults.Select(f => new Fault(f.Field, $"For {what}: {f.Message}")) : [new Fault("", $"For {what}: {error.Message}")]);
    }
}
