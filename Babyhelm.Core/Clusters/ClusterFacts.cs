using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Clusters;

/// <summary>
/// What Babyhelm found out about the cluster. Immutable; a new one replaces it. While the cluster does not answer, the last
/// known values stay.
/// </summary>
public sealed record ClusterFacts
{
    /// <summary>Before the first check.</summary>
    public static readonly ClusterFacts Unknown = new();

    public ClusterVersion? Version { get; init; }

    /// <summary>The name that the cluster knows Babyhelm by; null where it does not tell (before Kubernetes 1.28).</summary>
    public string? Account { get; init; }
    public ClusterApis? Apis { get; init; }

    /// <summary>In the order of <see cref="Permissions.All"/>, one for each verb; empty before the first check.</summary>
    public IReadOnlyList<PermissionCheck> Permissions { get; init; } = [];
    public PodSecurityState PodSecurity { get; init; }

    /// <summary>Why <see cref="PodSecurity"/> is not known.</summary>
    public string? PodSecurityProblem { get; init; }
    public NodesReport? Nodes { get; init; }

    /// <summary>Why the nodes could not be read last; null when they were.</summary>
    public Error? NodesProblem { get; init; }

    /// <summary>When the last check that came to its end did so.</summary>
    public DateTimeOffset? CheckedAt { get; init; }

    /// <summary>Why the last check did not come to its end; null when it did, and before the first.</summary>
    public Error? Problem { get; init; }
}

/// <param name="ReadAt">When.</param>
/// <param name="Nodes">By name.</param>
/// <param name="WaitingPods">Pods that have no node yet.</param>
/// <param name="PodsProblem">Why it is not known what the pods ask for; null when it is.</param>
public sealed record NodesReport(DateTimeOffset ReadAt, IReadOnlyList<NodeState> Nodes, int WaitingPods, string? PodsProblem);

/// <param name="Cordoned">Takes no new pods.</param>
/// <param name="Pressures">Conditions other than Ready that hold, for example <c>MemoryPressure</c>; none is good.</param>
/// <param name="Trouble">Why it is not ready; null when it is.</param>
/// <param name="Cpu">In cores.</param>
/// <param name="Memory">In bytes.</param>
public sealed record NodeState(
    string Name, bool Ready, bool Cordoned, IReadOnlyList<string> Pressures, string? Trouble,
    string Kubelet, string Os, string Architecture, string OsImage, NodeAmount Cpu, NodeAmount Memory, NodeAmount Pods)
{
    /// <summary>Ready, takes pods, and nothing presses.</summary>
    public bool IsWell => Ready && !Cordoned && Pressures.Count == 0;
}

/// <param name="Allocatable">What pods may ask for: the capacity without what the node keeps for itself.</param>
/// <param name="Requested">What all pods on it ask for; null where that is not known.</param>
public sealed record NodeAmount(decimal Capacity, decimal Allocatable, decimal? Requested)
{
    /// <summary>0 and up, where 1 is all; more than 1 is possible. Null where it is not known.</summary>
    public double? Share => Requested is { } requested && Allocatable > 0 ? (double)(requested / Allocatable) : null;

    public static NodeAmount Sum(IEnumerable<NodeAmount> amounts) => amounts.Aggregate(
        new NodeAmount(0, 0, 0), (a, b) => new(a.Capacity + b.Capacity, a.Allocatable + b.Allocatable, a.Requested + b.Requested));
}
