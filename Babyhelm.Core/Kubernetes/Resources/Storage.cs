namespace Babyhelm.Core.Kubernetes.Resources;

public sealed record PersistentVolumeClaim : KubernetesObject
{
    public VolumeClaimSpec Spec { get; init => field = value ?? new(); } = new();
    public VolumeClaimStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record VolumeClaimSpec
{
    /// <summary>Null asks for the cluster's default class; empty for a volume without one.</summary>
    public string? StorageClassName { get; init; }

    /// <summary>Name of the volume it is bound to.</summary>
    public string? VolumeName { get; init; }
    public ContainerResources? Resources { get; init; }
}

public sealed record VolumeClaimStatus
{
    /// <summary><c>Pending</c>, <c>Bound</c> or <c>Lost</c>.</summary>
    public string Phase { get; init => field = value ?? ""; } = "";
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
