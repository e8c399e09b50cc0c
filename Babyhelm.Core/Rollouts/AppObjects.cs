using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts;

/// <summary>The cached cluster objects of one application at one moment. Immutable.</summary>
/// <param name="Events">What the cluster said of these objects, oldest first, folded; at most <see cref="EventFolder.MaxEvents"/>.</param>
public sealed record AppObjects(
    AppKey Key,
    Deployment? Deployment,
    IReadOnlyList<ReplicaSet> ReplicaSets,
    IReadOnlyList<Pod> Pods,
    IReadOnlyList<AppEvent> Events)
{
    /// <summary>How far the snapshot can be believed. Without a sync, a missing object means nothing.</summary>
    public CacheStatus Cluster { get; init; } = CacheStatus.Fresh;

    public static AppObjects Empty(AppKey key) => new(key, null, [], [], []);
}

/// <summary>One or more alike events of one object, folded.</summary>
/// <param name="Kind">Kind of the object, for example <c>Pod</c>.</param>
/// <param name="Name">Name of the object.</param>
/// <param name="Container">Name of the container that it is about, or null.</param>
/// <param name="Message">The newest wording.</param>
/// <param name="Count">How often it happened, at least 1.</param>
public sealed record AppEvent(
    string Kind,
    string Name,
    string? Container,
    bool Warning,
    string Reason,
    string Message,
    int Count,
    DateTimeOffset First,
    DateTimeOffset Last);

/// <summary>How the cluster cache stands.</summary>
/// <param name="Synced">Every kind was listed at least once.</param>
/// <param name="StaleSince">Since when nothing is heard from the cluster; null while it answers.</param>
/// <param name="LastError">What the client said last, when stale or not yet synced.</param>
public sealed record CacheStatus(bool Synced, DateTimeOffset? StaleSince, string? LastError)
{
    /// <summary>The cluster does answer, but refuses: it lacks a permission or its credentials have run out.</summary>
    public bool Refused { get; init; }

    public static readonly CacheStatus Fresh = new(true, null, null);
    public static readonly CacheStatus NotSynced = new(false, null, null);
}

/// <summary>A pod that may be sent requests: ready and not terminating.</summary>
/// <param name="Ip">Pod address as the cluster gives it, IPv4 or IPv6.</param>
/// <param name="Port">First port that the pod's first container declares, 1 to 65535.</param>
/// <param name="Release">0 where the pod's label is missing.</param>
public sealed record PodEndpoint(string Name, string Ip, int Port, int Release);
