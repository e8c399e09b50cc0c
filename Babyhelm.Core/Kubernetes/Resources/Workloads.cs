using System.Text.Json.Serialization;

namespace Babyhelm.Core.Kubernetes.Resources;

public sealed record Deployment : KubernetesObject
{
    public DeploymentSpec Spec { get; init => field = value ?? new(); } = new();
    public DeploymentStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record DeploymentSpec
{
    public int? Replicas { get; init; }
    public bool Paused { get; init; }
    public int? ProgressDeadlineSeconds { get; init; }

    /// <summary>Seconds a pod must stay ready before it counts as available.</summary>
    public int MinReadySeconds { get; init; }
    public PodTemplate Template { get; init => field = value ?? new(); } = new();
}

public sealed record PodTemplate
{
    public Metadata Metadata { get; init => field = value ?? new(); } = new();
    public PodSpec Spec { get; init => field = value ?? new(); } = new();
}

public sealed record DeploymentStatus
{
    public long ObservedGeneration { get; init; }
    public int Replicas { get; init; }
    public int UpdatedReplicas { get; init; }
    public int ReadyReplicas { get; init; }
    public int AvailableReplicas { get; init; }
    public int UnavailableReplicas { get; init; }
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

public sealed record ReplicaSet : KubernetesObject
{
    public ReplicaSetSpec Spec { get; init => field = value ?? new(); } = new();
    public ReplicaSetStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record ReplicaSetSpec
{
    public int? Replicas { get; init; }
}

public sealed record ReplicaSetStatus
{
    public int Replicas { get; init; }
    public int ReadyReplicas { get; init; }
    public int AvailableReplicas { get; init; }
    public long ObservedGeneration { get; init; }
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

public sealed record Pod : KubernetesObject
{
    public PodSpec Spec { get; init => field = value ?? new(); } = new();
    public PodStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record PodSpec
{
    public string? NodeName { get; init; }
    public IReadOnlyList<Container>? Containers { get; init; }
}

public sealed record Container
{
    public string Name { get; init => field = value ?? ""; } = "";
    public string Image { get; init => field = value ?? ""; } = "";
    public ContainerResources? Resources { get; init; }
    public IReadOnlyList<ContainerPort>? Ports { get; init; }
    public Probe? ReadinessProbe { get; init; }
}

public sealed record ContainerPort
{
    public string? Name { get; init; }

    /// <summary>1 to 65535.</summary>
    [JsonPropertyName("containerPort")]
    public int Port { get; init; }
}

/// <summary>A health check. Only that there is one is read.</summary>
public sealed record Probe
{
    public int PeriodSeconds { get; init; }
}

/// <summary>Quantities by resource name, for example <c>memory</c> to <c>128Mi</c>.</summary>
public sealed record ContainerResources
{
    public IReadOnlyDictionary<string, string>? Requests { get; init; }
    public IReadOnlyDictionary<string, string>? Limits { get; init; }
}

public sealed record PodStatus
{
    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c>.</summary>
    public string Phase { get; init => field = value ?? ""; } = "";
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public string? PodIP { get; init; }
    public string? HostIP { get; init; }
    public DateTimeOffset? StartTime { get; init; }
    public IReadOnlyList<Condition>? Conditions { get; init; }
    public IReadOnlyList<ContainerStatus>? ContainerStatuses { get; init; }
    public IReadOnlyList<ContainerStatus>? InitContainerStatuses { get; init; }
}

public sealed record ContainerStatus
{
    public string Name { get; init => field = value ?? ""; } = "";
    public string Image { get; init => field = value ?? ""; } = "";
    public string ImageID { get; init => field = value ?? ""; } = "";
    public string ContainerID { get; init => field = value ?? ""; } = "";
    public bool Ready { get; init; }
    public bool? Started { get; init; }
    public int RestartCount { get; init; }
    public ContainerState State { get; init => field = value ?? new(); } = new();
    public ContainerState LastState { get; init => field = value ?? new(); } = new();
}

/// <summary>At most one of the three is set; none means waiting without a reason.</summary>
public sealed record ContainerState
{
    public ContainerWaiting? Waiting { get; init; }
    public ContainerRunning? Running { get; init; }
    public ContainerTerminated? Terminated { get; init; }
}

public sealed record ContainerWaiting
{
    public string? Reason { get; init; }
    public string? Message { get; init; }
}

public sealed record ContainerRunning
{
    public DateTimeOffset? StartedAt { get; init; }
}

public sealed record ContainerTerminated
{
    public int ExitCode { get; init; }
    public int? Signal { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
}
