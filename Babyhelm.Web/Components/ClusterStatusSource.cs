namespace Babyhelm.Web.Components;

/// <summary>What the pages say of the cluster.</summary>
/// <param name="IsSandbox">The embedded cluster: nothing on it survives a restart or is reachable from outside.</param>
/// <param name="StaleSince">Since when what is shown may be out of date; null while the cluster answers.</param>
/// <param name="Problem">Why, as everybody may read it; null while the cluster answers.</param>
/// <param name="Refused">The cluster does answer, but refuses to tell.</param>
public sealed record ClusterStatus(bool IsSandbox, DateTimeOffset? StaleSince = null, string? Problem = null, bool Refused = false)
{
    /// <summary>Why, with addresses and files of the configuration: for platform admins only.</summary>
    public string? Cause { get; init; }

    public static readonly ClusterStatus Unknown = new(false);
}

/// <summary>Holds the latest status and tells the open pages when it changes. One per process.</summary>
public sealed class ClusterStatusSource
{
    private ClusterStatus _current = ClusterStatus.Unknown;

    public ClusterStatus Current => Volatile.Read(ref _current);

    /// <summary>Raised on the caller's thread of <see cref="Set"/>; handlers must not block.</summary>
    public event Action? Changed;

    public void Set(ClusterStatus status)
    {
        if (Interlocked.Exchange(ref _current, status) != status) Changed?.Invoke();
    }
}
