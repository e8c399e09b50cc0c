using System.Text.Json.Serialization;

namespace Babyhelm.Core.Manifests;

/// <summary>What the user asked for. The REST body and the stored form are this record as camelCase JSON.</summary>
/// <remarks>Only <see cref="Name"/> and <see cref="Image"/> are required; every default is sensible.</remarks>
public sealed record AppSpec
{
    /// <summary>A <see cref="Common.Slug"/>, unique in its project.</summary>
    public required string Name { get; init; }

    public AppKind Kind { get; init; } = AppKind.Web;

    /// <summary>An image reference as Docker takes it, at most 255 characters of repository name.</summary>
    public required string Image { get; init; }

    /// <summary>At most 20. A web application without one gets port 80 to the container's 8080.</summary>
    public IReadOnlyList<PortSpec> Ports { get; init; } = [];

    /// <summary>At most 200, names unique.</summary>
    public IReadOnlyList<EnvSpec> Env { get; init; } = [];

    /// <summary>0 to 100; ignored while <see cref="Autoscale"/> is set.</summary>
    public int Replicas { get; init; } = 1;

    public AutoscaleSpec? Autoscale { get; init; }

    public ResourcesSpec Resources { get; init; } = new();

    public HealthSpec? Health { get; init; }

    public IReadOnlyList<string> Command { get; init; } = [];

    public IReadOnlyList<string> Args { get; init; } = [];

    public ExposeSpec Expose { get; init; } = new();

    public IReadOnlyList<VolumeSpec> Volumes { get; init; } = [];

    /// <summary>Name of a registry of the project whose credentials pull the image; null pulls without.</summary>
    public string? Registry { get; init; }

    /// <summary>Five-field cron expression, for <see cref="AppKind.Cron"/> only.</summary>
    public string? Schedule { get; init; }

    /// <summary>Seconds a rollout may go without progress before it has failed, 10 to 3600.</summary>
    public int ProgressDeadlineSeconds { get; init; } = 600;

    /// <summary>Seconds that a container gets to end by itself after it was asked to (SIGTERM), 1 to 3600.</summary>
    public int ShutdownSeconds { get; init; } = 30;
}

public enum AppKind { Web, Worker, Cron }

/// <param name="Port">Port of the service inside the project, 1 to 65535.</param>
/// <param name="TargetPort">Port the container listens on, 1 to 65535; null is the same as <paramref name="Port"/>.</param>
public sealed record PortSpec(int Port, int? TargetPort = null)
{
    [JsonIgnore]
    public int Target => TargetPort ?? Port;
}

/// <param name="Value">At most 64 KiB of UTF-8. Null where it is a secret that was set before: keeps that value.</param>
/// <param name="Secret">Encrypted at rest, kept in a Secret on the cluster, never read back.</param>
public sealed record EnvSpec(string Name, string? Value = null, bool Secret = false);

/// <param name="Cpu">Target utilisation of the request in percent, 1 to 100; null does not scale on it.</param>
/// <param name="Memory">As <paramref name="Cpu"/>, for memory.</param>
public sealed record AutoscaleSpec(
    int Min, int Max,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? Cpu = 80, // left out, it would come back as the default
    int? Memory = null);

/// <summary>Kubernetes quantities: requests and limits per pod.</summary>
public sealed record ResourcesSpec
{
    public string Cpu { get; init; } = "100m";
    public string Memory { get; init; } = "128Mi";
    public string CpuLimit { get; init; } = "1";
    public string MemoryLimit { get; init; } = "512Mi";
}

/// <param name="Path">HTTP path that answers 2xx or 3xx when the container is well; null checks that the port accepts connections.</param>
/// <param name="Port">Container port to check; null is the first port's target.</param>
/// <param name="Command">Program and arguments that end with 0 when the container is well, run in it; in the place of path and port.</param>
public sealed record HealthSpec(string? Path = null, int? Port = null, IReadOnlyList<string>? Command = null);

public enum ExposeType { Gateway, Ingress, LoadBalancer, None }

public sealed record ExposeSpec
{
    public ExposeType Type { get; init; } = ExposeType.Gateway;
    public string? Host { get; init; }
    public bool Tls { get; init; } = true;
    public string? LoadBalancerClass { get; init; }
}

public sealed record VolumeSpec(string Name, string MountPath, string Size = "1Gi");
