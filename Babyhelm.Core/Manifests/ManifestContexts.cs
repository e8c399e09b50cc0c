namespace Babyhelm.Core.Manifests;

/// <summary>What a project's namespace is made from.</summary>
public sealed record NamespaceContext
{
    /// <summary>Written to the namespace as its owner; a namespace of another project is never adopted.</summary>
    public required string ProjectId { get; init; }

    public required string ProjectName { get; init; }

    public required string Namespace { get; init; }

    public ProjectQuota Quota { get; init; } = new();

    /// <summary>Level that is enforced: <c>baseline</c> or, tightened by an administrator, <c>restricted</c>.</summary>
    public string PodSecurity { get; init; } = "baseline";

    /// <summary>CIDRs of a gateway or ingress outside the cluster's pods, for example <c>10.0.0.5/32</c>.</summary>
    public IReadOnlyList<string> GatewayNetworks { get; init; } = [];
}

/// <summary>Upper bounds of all that runs in a project; Kubernetes quantities and counts.</summary>
public sealed record ProjectQuota
{
    public string Cpu { get; init; } = "8";
    public string Memory { get; init; } = "16Gi";
    public string CpuLimit { get; init; } = "80";
    public string MemoryLimit { get; init; } = "64Gi";
    public string Storage { get; init; } = "100Gi";
    public int Pods { get; init; } = 100;
    public int VolumeClaims { get; init; } = 100;

    /// <summary>Counted by Babyhelm alone: the cluster knows no applications.</summary>
    public int Applications { get; init; } = 50;
}

/// <summary>What an application's manifests are made from.</summary>
public sealed record ApplicationContext
{
    /// <summary>As <see cref="AppSpecValidator"/> gave it back. Values of secrets in it are not used.</summary>
    public required AppSpec Spec { get; init; }

    public required string ProjectId { get; init; }

    public required string ProjectName { get; init; }

    public required string Namespace { get; init; }

    /// <summary>From 1; on every object and pod as a label.</summary>
    public required int Release { get; init; }

    /// <summary>Nothing runs: no replicas, no autoscaler, a suspended schedule. The spec keeps its numbers.</summary>
    public bool Stopped { get; init; }

    /// <summary>Each new pod pulls the image, though the node has one of that tag; not where it is given by its digest.</summary>
    public bool PullsAlways { get; init; }

    /// <summary>The cluster serves <c>autoscaling/v2</c>. Without, the least number of replicas runs and there is no autoscaler.</summary>
    public bool CanAutoscale { get; init; } = true;

    /// <summary>Class of ingresses; null for the cluster's default.</summary>
    public string? IngressClass { get; init; }

    /// <summary>Cluster issuer of cert-manager for ingresses with TLS; null where certificates come from elsewhere.</summary>
    public string? TlsIssuer { get; init; }

    /// <summary>Class of load balancers for applications that name none; null for the cluster's default.</summary>
    public string? LoadBalancerClass { get; init; }

    /// <summary>Class of volumes; null for the cluster's default.</summary>
    public string? StorageClass { get; init; }
}
