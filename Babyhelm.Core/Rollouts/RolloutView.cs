namespace Babyhelm.Core.Rollouts;

/// <summary>What a page shows of an application's rollout at one moment. Immutable, compared by content.</summary>
/// <param name="Rollout">Null while no release of the application is known.</param>
/// <param name="Events">Oldest first.</param>
/// <param name="Cluster">When stale, everything else may be out of date and the page must say so.</param>
public sealed record RolloutView(AppKey Key, RolloutState? Rollout, IReadOnlyList<AppEvent> Events, CacheStatus Cluster)
{
    /// <summary>Of an application with a schedule, newest first.</summary>
    public IReadOnlyList<AppRun> Runs { get; init; } = [];

    /// <summary>Where its load balancer answers: a host name or an IP address; null without one, and until the cluster has given it.</summary>
    public string? Address { get; init; }

    public bool Equals(RolloutView? other) =>
        other is not null && Key == other.Key && Address == other.Address && Cluster == other.Cluster && Equals(Rollout, other.Rollout)
        && (ReferenceEquals(Events, other.Events) || Events.SequenceEqual(other.Events)) && Runs.SequenceEqual(other.Runs);

    public override int GetHashCode() => HashCode.Combine(Key, Rollout, Events.Count, Cluster);
}

/// <summary>A rollout has ended on the cluster and the database does not say so yet.</summary>
public sealed record RolloutOutcome(ReleaseInfo Release, RolloutState State);
