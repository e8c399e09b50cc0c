namespace Babyhelm.Core.Kubernetes.Resources;

/// <summary>Of a pod, only where it runs and what it asks for: every pod of a cluster is read this way.</summary>
public sealed record PlacedPod : KubernetesObject
{
    public PlacedPodSpec Spec { get; init => field = value ?? new(); } = new();
}

public sealed record PlacedPodSpec
{
    /// <summary>Null while it waits for a node.</summary>
    public string? NodeName { get; init; }
    public IReadOnlyList<PlacedContainer>? Containers { get; init; }
    public IReadOnlyList<PlacedContainer>? InitContainers { get; init; }

    /// <summary>What the pod's runtime takes beside its containers, by resource name.</summary>
    public IReadOnlyDictionary<string, string>? Overhead { get; init; }
}

public sealed record PlacedContainer
{
    /// <summary><c>Always</c> on an init container that runs beside the others (a sidecar).</summary>
    public string? RestartPolicy { get; init; }
    public ContainerResources? Resources { get; init; }
}
