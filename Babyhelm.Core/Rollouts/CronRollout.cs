using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts.Causes;

namespace Babyhelm.Core.Rollouts;

/// <summary>
/// The reducer's part for applications that run by schedule. Nothing rolls out: such a release is live when the cluster
/// has its cron job. What becomes of its runs is told beside it and never ends the release.
/// </summary>
internal static class CronRollout
{
    /// <summary>The cluster is known to be read and heard.</summary>
    public static Evaluation RollingOut(ReleaseView view)
    {
        var (info, number) = (view.Info, ReleaseOf(view));
        if (number > info.Number)
            return new(RolloutReducer.State(view, ReleaseState.Superseded, new(StepIds.Applying, $"replaced by release {number}"), null, info.FinishedAt), null);
        // Where cron jobs cannot be read, what the cluster accepted counts.
        if (number != info.Number && !view.Objects.Unread.Contains(nameof(CronJob))) return RolloutReducer.Waiting(view, RolloutReducer.Applying, []);
        var end = info.FinishedAt ?? info.AppliedAt ?? info.StartedAt ?? info.CreatedAt;
        return view.Objects.CronJob is { Spec.Suspend: true }
            ? new(RolloutReducer.State(view, ReleaseState.Stopped, new(StepIds.Live, "stopped"), null, end), null)
            : Shown(view, "live", end);
    }

    /// <summary>The database says that it is live.</summary>
    public static Evaluation Live(ReleaseView view)
    {
        var (cluster, number) = (view.Objects.Cluster, ReleaseOf(view));
        var phrase = !cluster.Synced || view.Objects.Unread.Contains(nameof(CronJob)) ? "live"
            : number is null ? "missing on the cluster"
            : number > view.Info.Number ? $"live; release {number} is rolling out"
            : view.Objects.CronJob!.Spec.Suspend ? "live, but suspended on the cluster"
            : view.Jobs.Any(j => JobCause.End(j) is null) ? "live; a run is under way"
            : JobCause.LastFailed(view) is not null ? "live, but the last run failed" : "live";
        return Shown(view, phrase, view.Info.FinishedAt);
    }

    /// <summary>The release that the cron job on the cluster carries; 0 without a label, null without a cron job.</summary>
    private static int? ReleaseOf(ReleaseView view) => view.Objects.CronJob is { } cron ? ReleaseView.ReleaseOf(cron.Spec.JobTemplate.Metadata) : null;

    private static Evaluation Shown(ReleaseView view, string phrase, DateTimeOffset? end)
    {
        var cluster = view.Objects.Cluster;
        IReadOnlyList<Finding> findings = cluster.Synced ? Diagnoser.All(view) : [];
        var diagnosis = cluster.StaleSince is null ? Diagnoser.Best(findings, view.Now)?.Diagnosis : Diagnoser.ClusterUnreachable(cluster);
        return new(RolloutReducer.State(view, ReleaseState.Live, new(StepIds.Live, phrase), diagnosis, end), Diagnoser.NextChange(findings, view.Now));
    }
}
