using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Applications;

/// <summary>Stores the end of a rollout as it was seen on the cluster, with the evidence of a failure, which vanishes with the pods.</summary>
internal sealed class ReleaseEnding(ClusterCache cache, ReleaseBoard board, CrashLogs crashes, ReleaseTransitions transitions, TimeProvider time)
{
    /// <summary>False when another process, or a newer release, was first.</summary>
    /// <param name="seen">A final state of the release.</param>
    public async Task<bool> StoreAsync(ReleaseInfo release, RolloutState seen, CancellationToken cancellation)
    {
        // Only a deploy replaces a release, and it says so in the database; a cluster that says so is behind, or was changed by others.
        if (seen.State == ReleaseState.Superseded) return false;
        var end = seen.State == ReleaseState.Failed ? await FailureAsync(release, seen, cancellation) : new ReleaseEnd(seen.State)
        {
            Digest = ImageDigest.Of(cache.Get(release.Key), release.App, release.Number),
        };
        return await transitions.FinishAsync(release.ApplicationId, release.ReleaseId, ReleaseState.RollingOut, end, cancellation);
    }

    /// <summary>The failure with the last log lines of crashed containers.</summary>
    private async Task<ReleaseEnd> FailureAsync(ReleaseInfo release, RolloutState seen, CancellationToken cancellation)
    {
        await crashes.CollectAsync(release.Key, cancellation);
        var objects = cache.Get(release.Key);
        var now = board.Get(release.Key) is { } current && current.ReleaseId == release.ReleaseId && !current.State.IsFinal() ? current : release;
        var again = RolloutReducer.Reduce(now, objects, time.GetUtcNow());
        return new ReleaseEnd(seen.State, again.State == seen.State ? again.Diagnosis : seen.Diagnosis, ReleaseEvidence.Of(now, objects));
    }
}
