namespace Babyhelm.Core.Kubernetes.Resources;

public sealed record Ingress : KubernetesObject
{
    public IngressSpec Spec { get; init => field = value ?? new(); } = new();
    public IngressStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record IngressSpec
{
    /// <summary>Null leaves the choice to the cluster's default class.</summary>
    public string? IngressClassName { get; init; }
    public IReadOnlyList<IngressRule>? Rules { get; init; }
    public IReadOnlyList<IngressTls>? Tls { get; init; }
}

public sealed record IngressTls
{
    public IReadOnlyList<string>? Hosts { get; init; }

    /// <summary>Of the secret with the certificate; null where the controller has one of its own.</summary>
    public string? SecretName { get; init; }
}

public sealed record IngressRule
{
    /// <summary>Null for any host.</summary>
    public string? Host { get; init; }
}

public sealed record IngressStatus
{
    public LoadBalancerStatus LoadBalancer { get; init => field = value ?? new(); } = new();
}

public sealed record Service : KubernetesObject
{
    public ServiceSpec Spec { get; init => field = value ?? new(); } = new();
    public ServiceStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record ServiceSpec
{
    /// <summary><c>ClusterIP</c> or <c>LoadBalancer</c>.</summary>
    public string Type { get; init => field = value ?? ""; } = "";
    public string? LoadBalancerClass { get; init; }
}

public sealed record ServiceStatus
{
    public LoadBalancerStatus LoadBalancer { get; init => field = value ?? new(); } = new();
}

/// <summary>Where the outside reaches it; empty until a controller has taken it up.</summary>
public sealed record LoadBalancerStatus
{
    public IReadOnlyList<LoadBalancerAddress>? Ingress { get; init; }
}

/// <summary>One of the two is set.</summary>
public sealed record LoadBalancerAddress
{
    public string? Ip { get; init; }
    public string? Hostname { get; init; }
}
