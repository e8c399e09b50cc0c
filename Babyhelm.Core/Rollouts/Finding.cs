namespace Babyhelm.Core.Rollouts;

/// <summary>A diagnosis with what is known of its time. Times are the cluster's, to the second.</summary>
/// <param name="Since">When the evidence first showed.</param>
/// <param name="ShownFrom">When a person should see it; later than <paramref name="Since"/> where a healthy start looks the same at first.</param>
/// <param name="FailsAt">When it ends the rollout before any deadline; null: only the deadline does.</param>
public sealed record Finding(Diagnosis Diagnosis, DateTimeOffset Since, DateTimeOffset ShownFrom, DateTimeOffset? FailsAt)
{
    /// <summary>Configuration, quotas and policies may be repaired by the same deploy: they get this long.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>A registry that does not answer is asked twice at least before a release fails of it.</summary>
    public static readonly TimeSpan RegistryGrace = TimeSpan.FromSeconds(20);

    /// <summary>When it is over if nothing happens until then, as a restarted container proves itself; null: not by time.</summary>
    public DateTimeOffset? ClearsAt { get; init; }

    /// <summary>Something beside the rollout, which is never to blame for its failure.</summary>
    public bool IsAside { get; init; }

    /// <summary>True when the release should be given up now.</summary>
    public bool FailsRelease(DateTimeOffset now) => FailsAt <= now;

    public bool IsShown(DateTimeOffset now) => ShownFrom <= now;
}
