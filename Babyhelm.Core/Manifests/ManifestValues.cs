using Babyhelm.Core.Liquid;

namespace Babyhelm.Core.Manifests;

/// <summary>What the templates see.</summary>
internal static class ManifestValues
{
    /// <summary>Above so many replicas a rolling update adds a quarter at a time, not one.</summary>
    private const int ManyReplicas = 4;

    public static LiquidMap ForNamespace(NamespaceContext context)
    {
        var labels = Map(ManifestNames.ForProject(context.ProjectName));
        var namespaceLabels = Map(ManifestNames.ForProject(context.ProjectName));
        namespaceLabels["pod-security.kubernetes.io/enforce"] = context.PodSecurity;
        namespaceLabels["pod-security.kubernetes.io/warn"] = "restricted";
        var quota = context.Quota;
        return new LiquidMap
        {
            ["project"] = new LiquidMap { ["id"] = context.ProjectId, ["name"] = context.ProjectName },
            ["namespace"] = context.Namespace,
            ["labels"] = labels,
            ["namespace_labels"] = namespaceLabels,
            ["quota"] = new LiquidMap
            {
                ["requests.cpu"] = quota.Cpu,
                ["requests.memory"] = quota.Memory,
                ["limits.cpu"] = quota.CpuLimit,
                ["limits.memory"] = quota.MemoryLimit,
                ["requests.storage"] = quota.Storage,
                ["pods"] = quota.Pods.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["persistentvolumeclaims"] = quota.VolumeClaims.ToString(System.Globalization.CultureInfo.InvariantCulture),
            },
            ["container_requests"] = new LiquidMap { ["cpu"] = Least("100m", quota.Cpu), ["memory"] = Least("128Mi", quota.Memory) },
            ["container_limits"] = new LiquidMap { ["cpu"] = Least("1", quota.CpuLimit), ["memory"] = Least("512Mi", quota.MemoryLimit) },
            ["gateway_networks"] = List(context.GatewayNetworks.Select(n => (LiquidValue)n)),
        };
    }

    /// <summary>A default that the quota could never take would be none.</summary>
    private static string Least(string usual, string quota) => Quantity.Parse(quota) is { Error: null } most && most.Value.CompareTo(Quantity.Parse(usual).Value) < 0 ? quota : usual;

    public static LiquidMap ForApplication(ApplicationContext context, ImageReference image)
    {
        var spec = context.Spec;
        return new LiquidMap
        {
            ["project"] = new LiquidMap { ["id"] = context.ProjectId, ["name"] = context.ProjectName },
            ["namespace"] = context.Namespace,
            ["release"] = context.Release,
            ["labels"] = Map(ManifestNames.ForApplication(context.ProjectName, spec.Name, image, context.Release)),
            ["selector"] = Map(ManifestNames.Selector(context.ProjectName, spec.Name)),
            ["ingress_class"] = context.IngressClass,
            ["tls_issuer"] = context.TlsIssuer,
            ["storage_class"] = context.StorageClass,
            ["app"] = Application(context, image),
        };
    }

    /// <summary>A rolling update adds a quarter of the pods at a time, rounded up; else one.</summary>
    public static bool AddsQuarters(AppSpec spec) => (spec.Autoscale?.Max ?? spec.Replicas) > ManyReplicas;

    public static bool HasAutoscaler(ApplicationContext context) =>
        context is { Stopped: false, CanAutoscale: true, Spec.Autoscale: not null };

    private static LiquidMap Application(ApplicationContext context, ImageReference image)
    {
        var spec = context.Spec;
        return new LiquidMap
        {
            ["name"] = spec.Name,
            ["kind"] = spec.Kind.ToString().ToLowerInvariant(),
            ["image"] = spec.Image,
            ["pull_policy"] = context.PullsAlways && image.Digest is null ? "Always" : LiquidValue.Nil,
            ["stopped"] = context.Stopped,
            ["replicas"] = context.Stopped ? 0 : HasAutoscaler(context) ? LiquidValue.Nil : spec.Autoscale?.Min ?? spec.Replicas,
            ["surge"] = AddsQuarters(spec) ? "25%" : 1,
            ["deadline"] = spec.ProgressDeadlineSeconds,
            ["shutdown"] = spec.ShutdownSeconds,
            ["restart"] = spec.Kind == AppKind.Cron ? "Never" : LiquidValue.Nil,
            ["schedule"] = spec.Schedule,
            ["command"] = List(spec.Command.Select(w => (LiquidValue)w)),
            ["args"] = List(spec.Args.Select(w => (LiquidValue)w)),
            ["secret"] = ManifestNames.Secret(spec.Name, context.Release),
            ["env"] = List(spec.Env.Select(e => (LiquidValue)new LiquidMap { ["name"] = e.Name, ["secret"] = e.Secret, ["value"] = e.Secret ? LiquidValue.Nil : e.Value })),
            ["ports"] = List(spec.Ports.Select(p => (LiquidValue)new LiquidMap { ["name"] = $"port-{p.Port}", ["port"] = p.Port, ["target"] = p.Target })),
            ["targets"] = List(spec.Ports.Select(p => p.Target).Distinct().Select(p => (LiquidValue)p)),
            ["resources"] = new LiquidMap
            {
                ["cpu"] = spec.Resources.Cpu,
                ["memory"] = spec.Resources.Memory,
                ["cpu_limit"] = spec.Resources.CpuLimit,
                ["memory_limit"] = spec.Resources.MemoryLimit,
            },
            ["probes"] = List(Probes(spec)),
            ["volumes"] = List(spec.Volumes.Select(v => (LiquidValue)Volume(spec, v))),
            ["pull_secret"] = spec.Registry is null ? null : ManifestNames.PullSecret(spec.Name, spec.Registry),
            ["service_type"] = spec.Expose.Type == ExposeType.LoadBalancer ? "LoadBalancer" : "ClusterIP",
            ["load_balancer_class"] = spec.Expose.Type == ExposeType.LoadBalancer ? spec.Expose.LoadBalancerClass ?? context.LoadBalancerClass : null,
            ["host"] = spec.Expose.Host,
            ["tls"] = spec.Expose.Tls,
            ["autoscale"] = spec.Autoscale is { } scale ? Autoscale(scale) : null,
        };
    }

    public static LiquidMap Volume(AppSpec spec, VolumeSpec volume) => new()
    {
        ["name"] = volume.Name,
        ["claim"] = ManifestNames.VolumeClaim(spec.Name, volume.Name),
        ["path"] = volume.MountPath,
        ["size"] = volume.Size,
    };

    private static LiquidMap Autoscale(AutoscaleSpec scale)
    {
        var metrics = new List<LiquidValue>();
        if (scale.Cpu is { } cpu) metrics.Add(new LiquidMap { ["name"] = "cpu", ["percent"] = cpu });
        if (scale.Memory is { } memory) metrics.Add(new LiquidMap { ["name"] = "memory", ["percent"] = memory });
        return new LiquidMap { ["min"] = scale.Min, ["max"] = scale.Max, ["metrics"] = metrics };
    }

    /// <summary>
    /// Ready when the path answers, the command ends well or the port accepts. Only a path or a command can restart a container, and only once it was well:
    /// the startup probe gives it as long as a rollout may take.
    /// </summary>
    private static IEnumerable<LiquidValue> Probes(AppSpec spec)
    {
        if (spec.Kind == AppKind.Cron || (spec.Health is null && spec.Kind != AppKind.Web)) yield break;
        yield return Probe("readinessProbe", spec, period: 3, timeout: 3, failures: 3);
        if (spec.Health is null or { Path: null, Command: not { Count: > 0 } }) yield break;
        yield return Probe("startupProbe", spec, period: 2, timeout: 3, failures: Math.Max(1, (spec.ProgressDeadlineSeconds + 1) / 2));
        yield return Probe("livenessProbe", spec, period: 10, timeout: 5, failures: 6);
    }

    private static LiquidValue Probe(string name, AppSpec spec, int period, int timeout, int failures) => new LiquidMap
    {
        ["name"] = name,
        ["command"] = spec.Health?.Command is { Count: > 0 } command ? List(command.Select(w => (LiquidValue)w)) : LiquidValue.Nil,
        ["path"] = spec.Health?.Path,
        ["port"] = spec.Health?.Port ?? (spec.Ports.Count > 0 ? spec.Ports[0].Target : LiquidValue.Nil),
        ["period"] = period,
        ["timeout"] = timeout,
        ["failures"] = failures,
    };

    private static LiquidMap Map(IReadOnlyDictionary<string, string> labels)
    {
        var map = new LiquidMap(labels.Count);
        foreach (var (key, value) in labels) map[key] = value;
        return map;
    }

    private static LiquidValue List(IEnumerable<LiquidValue> items) => items.ToList();
}
