namespace Babyhelm.Core.Kubernetes.Resources;

public sealed record ResourceQuota : KubernetesObject
{
    public ResourceQuotaSpec Spec { get; init => field = value ?? new(); } = new();
    public ResourceQuotaStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record ResourceQuotaSpec
{
    /// <summary>Quantities by name, for example <c>requests.cpu</c> to <c>4</c>.</summary>
    public IReadOnlyDictionary<string, string>? Hard { get; init; }
}

/// <summary>What the quota controller counted last; it can lag behind by some seconds.</summary>
public sealed record ResourceQuotaStatus
{
    public IReadOnlyDictionary<string, string>? Hard { get; init; }
    public IReadOnlyDictionary<string, string>? Used { get; init; }
}

public sealed record Node : KubernetesObject
{
    public NodeSpec Spec { get; init => field = value ?? new(); } = new();
    public NodeStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record NodeSpec
{
    /// <summary>Takes no new pods.</summary>
    public bool Unschedulable { get; init; }
}

public sealed record NodeStatus
{
    /// <summary>Quantities by name: <c>cpu</c>, <c>memory</c>, <c>pods</c> and more.</summary>
    public IReadOnlyDictionary<string, string>? Capacity { get; init; }

    /// <summary>Capacity without what the node keeps for itself.</summary>
    public IReadOnlyDictionary<string, string>? Allocatable { get; init; }
    public IReadOnlyList<Condition>? Conditions { get; init; }
    public NodeInfo NodeInfo { get; init => field = value ?? new(); } = new();
}

public sealed record NodeInfo
{
    public string KubeletVersion { get; init => field = value ?? ""; } = "";
    public string OsImage { get; init => field = value ?? ""; } = "";
    public string OperatingSystem { get; init => field = value ?? ""; } = "";
    public string Architecture { get; init => field = value ?? ""; } = "";
}
