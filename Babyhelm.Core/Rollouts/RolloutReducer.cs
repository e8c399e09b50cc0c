namespace Babyhelm.Core.Rollouts;

/// <param name="RecheckAt">When time alone may change the answer; null when only a change of the objects can.</param>
public sealed record Evaluation(RolloutState State, DateTimeOffset? RecheckAt);

/// <summary>
/// Turns what the database knows of a release and what the cluster shows into the state of its rollout. Pure and
/// level-triggered: no earlier answer goes in. The order of the checks is that of <c>kubectl rollout status</c>.
/// </summary>
public static class RolloutReducer
{
    /// <summary>All pods must have been ready for this long before a release is called live: a crash right after the start is no success.</summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The same for containers without a health check, which the cluster calls ready the moment they start. On a busy
    /// machine a program takes seconds to its first line and its crash.
    /// </summary>
    public static readonly TimeSpan UncheckedSettleTime = TimeSpan.FromSeconds(10);

    /// <summary>The deadline of a deployment that states none, as Kubernetes has it.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(600);

    /// <summary>Until then what was applied may not have come back through the watches.</summary>
    private static readonly TimeSpan AppliedShows = TimeSpan.FromSeconds(10);

    /// <summary>The cluster may say first that its deadline has passed.</summary>
    private static readonly TimeSpan DeadlineMargin = TimeSpan.FromSeconds(30);

    public static RolloutState Reduce(ReleaseInfo info, AppObjects objects, DateTimeOffset now) => Evaluate(info, objects, now).State;

    public static Evaluation Evaluate(ReleaseInfo info, AppObjects objects, DateTimeOffset now)
    {
        var view = new ReleaseView(info, objects, now);
        return info.State switch
        {
            ReleaseState.Pending => new(State(view, ReleaseState.Pending, new(StepIds.Queued, "queued"), Unreachable(objects.Cluster), null), null),
            ReleaseState.Applying => BeingApplied(view),
            ReleaseState.RollingOut => RollingOut(view),
            ReleaseState.Live => Live(view),
            _ => new(Ended(view), null),
        };
    }

    /// <summary>The cluster is asked again and again until it takes the release.</summary>
    private static Evaluation BeingApplied(ReleaseView view)
    {
        var hold = view.Info.ApplyHold;
        var next = hold?.NextTryAt > view.Now ? hold.NextTryAt : (DateTimeOffset?)null;
        var position = hold is null ? Applying : Applying with { Phrase = next is null ? "applying again" : "waiting to be applied again" };
        var diagnosis = Unreachable(view.Objects.Cluster) ?? hold?.Diagnosis;
        return new(State(view, ReleaseState.Applying, position, diagnosis, null) with { NextTryAt = next }, next);
    }

    /// <summary>Null while the cluster answers, or has not had the time to.</summary>
    private static Diagnosis? Unreachable(CacheStatus cluster) =>
        cluster.StaleSince is not null || cluster is { Synced: false, LastError: not null } ? Diagnoser.ClusterUnreachable(cluster) : null;

    internal static Position Applying => new(StepIds.Applying, "applying");

    private static Evaluation RollingOut(ReleaseView view)
    {
        var (info, cluster) = (view.Info, view.Objects.Cluster);
        // What is cached may be old: nothing is concluded from it, least of all a failure.
        if (cluster.StaleSince is not null || !cluster.Synced)
            return new(InProgress(view, view.Observed ? RolloutSteps.Of(view) : Applying, Unreachable(cluster)), null);

        if (info.Cron) return CronRollout.RollingOut(view);

        if (view.DeploymentRelease > info.Number)
            return new(State(view, ReleaseState.Superseded, new(StepIds.Applying, $"replaced by release {view.DeploymentRelease}"), null, info.FinishedAt), null);

        // Pods and replica sets of this release tell of trouble even before the deployment's controller does.
        IReadOnlyList<Finding> findings = view.DeploymentRelease == info.Number ? Diagnoser.All(view) : [];
        var position = view.Observed ? RolloutSteps.Of(view) : Applying;
        var deployment = view.Deployment;
        if (view.Observed && deployment!.Status.Conditions?.FirstOrDefault(c => c.Type == "Progressing")
            is { Status: "False", Reason: "ProgressDeadlineExceeded" } exceeded)
        {
            var at = exceeded.LastUpdateTime ?? exceeded.LastTransitionTime ?? view.Now;
            return Failed(view, position, Diagnoser.Blame(findings) ?? Diagnoser.Deadline(view, at), at);
        }
        if (findings.FirstOrDefault(f => f.FailsRelease(view.Now)) is { } fatal) return Failed(view, position, fatal, fatal.FailsAt!.Value);
        if (!view.Observed) return view.Deployment is null ? Missing(view, position, findings) : Waiting(view, position, findings);

        var status = deployment!.Status;
        if (status.UpdatedReplicas < view.Wanted || status.Replicas > status.UpdatedReplicas
            || status.AvailableReplicas < status.UpdatedReplicas || view.Ready < view.Wanted)
            return deployment.Spec.Paused
                ? new(InProgress(view, new(StepIds.Paused, "paused"), Diagnoser.Best(findings, view.Now)?.Diagnosis), Diagnoser.NextChange(findings, view.Now))
                : Waiting(view, position, findings);

        var settled = SettledAt(view);
        if (settled > view.Now)
            return new(InProgress(view, position, Diagnoser.Best(findings, view.Now)?.Diagnosis), Earliest(settled, Diagnoser.NextChange(findings, view.Now)));
        // What is left to say does not concern the rollout, such as an address that nobody serves yet.
        var warning = Diagnoser.Best(findings, view.Now)?.Diagnosis;
        return new(view.Wanted == 0
            ? State(view, ReleaseState.Stopped, new(StepIds.Live, "stopped"), warning, info.FinishedAt ?? settled)
            : State(view, ReleaseState.Live, new(StepIds.Live, "live"), warning, info.FinishedAt ?? settled), Diagnoser.NextChange(findings, view.Now));
    }

    /// <summary>Not there yet, or not any more: once the cluster has had the time to show it, somebody deleted it, and it is applied again.</summary>
    private static Evaluation Missing(ReleaseView view, Position position, IReadOnlyList<Finding> findings)
    {
        var missed = (view.Info.AppliedAt ?? view.Now) + AppliedShows;
        var waiting = Waiting(view, missed <= view.Now ? position with { Phrase = "missing on the cluster, being applied again" } : position, findings);
        return missed <= view.Now ? waiting : waiting with { RecheckAt = Earliest(missed, waiting.RecheckAt) };
    }

    /// <summary>
    /// Not done. A deadline of Babyhelm's own backs up the cluster's: that one never comes while no controller looks
    /// at the deployment, or while pods become ready for a moment again and again.
    /// </summary>
    internal static Evaluation Waiting(ReleaseView view, Position position, IReadOnlyList<Finding> findings)
    {
        var progressed = new[] { view.Info.AppliedAt ?? view.Info.StartedAt ?? view.Info.CreatedAt }
            .Concat(view.Pods.Select(p => p.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue)).Max();
        var deadline = progressed + DeadlineMargin
            + (view.Deployment?.Spec.ProgressDeadlineSeconds is { } s and < int.MaxValue ? TimeSpan.FromSeconds(s) : DefaultDeadline);
        if (deadline <= view.Now)
            return Failed(view, position, Diagnoser.Blame(findings) ?? Diagnoser.Deadline(view, deadline), deadline);
        return new(InProgress(view, position, Diagnoser.Best(findings, view.Now)?.Diagnosis), Earliest(deadline, Diagnoser.NextChange(findings, view.Now)));
    }

    private static Evaluation Failed(ReleaseView view, Position position, Finding finding, DateTimeOffset at)
    {
        // The cluster's times are cut to seconds and its clock is another: never before the start.
        var began = view.Info.StartedAt ?? view.Info.CreatedAt;
        return new(State(view, ReleaseState.Failed, position with { Phrase = $"failed: {position.Phrase}" }, finding.Diagnosis,
            view.Info.FinishedAt ?? (at < began ? began : at)), null);
    }

    /// <summary>The database says that it is live; the cluster says how it is now.</summary>
    private static Evaluation Live(ReleaseView view)
    {
        if (view.Info.Cron) return CronRollout.Live(view);
        var cluster = view.Objects.Cluster;
        var current = view.DeploymentRelease == view.Info.Number;
        IReadOnlyList<Finding> findings = current && cluster.Synced ? Diagnoser.All(view) : [];
        var phrase = !cluster.Synced ? "live"
            : view.Deployment is null ? "missing on the cluster"
            : view.DeploymentRelease > view.Info.Number ? $"live; release {view.DeploymentRelease} is rolling out"
            : current && view.Ready < view.Wanted ? $"live; ready {view.Ready} of {view.Wanted}" : "live";
        var diagnosis = cluster.StaleSince is null ? Diagnoser.Best(findings, view.Now)?.Diagnosis : Diagnoser.ClusterUnreachable(cluster);
        return new(State(view, ReleaseState.Live, new(StepIds.Live, phrase), diagnosis, view.Info.FinishedAt), Diagnoser.NextChange(findings, view.Now));
    }

    private static RolloutState Ended(ReleaseView view)
    {
        var info = view.Info;
        var position = info.State switch
        {
            ReleaseState.Stopped => new Position(StepIds.Live, "stopped"),
            ReleaseState.Superseded => new Position(StepIds.Live, "replaced"),
            ReleaseState.Cancelled => new Position(StepIds.Applying, "cancelled"),
            _ => new Position(FailedStep(info.Diagnosis?.Code), "failed"),
        };
        return State(view, info.State, position, info.Diagnosis, info.FinishedAt);
    }

    /// <summary>The step at which a stored failure happened, once its pods may be gone.</summary>
    private static string FailedStep(string? code) => code switch
    {
        DiagnosisCodes.ImageInvalid or DiagnosisCodes.ImageNotFound or DiagnosisCodes.ImageUnauthorized => StepIds.Pulling,
        DiagnosisCodes.CrashLoop or DiagnosisCodes.OutOfMemory or DiagnosisCodes.ConfigMissing => StepIds.Starting,
        DiagnosisCodes.Unschedulable or DiagnosisCodes.QuotaExceeded or DiagnosisCodes.PodSecurity or DiagnosisCodes.VolumePending => StepIds.Scheduling,
        DiagnosisCodes.NotReady or DiagnosisCodes.Deadline => StepIds.Ready,
        _ => StepIds.Applying,
    };

    /// <summary>When every pod has been ready for long enough; pods that restarted have to prove themselves for longer.</summary>
    private static DateTimeOffset SettledAt(ReleaseView view)
    {
        var minimum = TimeSpan.FromSeconds(view.Deployment!.Spec.MinReadySeconds);
        var settled = view.Info.AppliedAt ?? view.Info.StartedAt ?? view.Info.CreatedAt;
        foreach (var pod in view.Pods)
        {
            var restarted = pod.Status.ContainerStatuses?.Any(c => c.RestartCount > 0) == true;
            var isChecked = pod.Spec.Containers?.All(c => c.ReadinessProbe is not null) == true;
            var proof = restarted ? Causes.CrashCause.Recovery : isChecked ? SettleTime : UncheckedSettleTime;
            // Where the cluster itself waits for as long, it has waited already, by its own clock.
            if (!restarted && minimum >= proof) continue;
            var until = (ReleaseView.Condition(pod, "Ready")?.LastTransitionTime ?? pod.Began()) + proof;
            if (ReleaseView.IsReady(pod) && until > settled) settled = until;
        }
        return settled;
    }

    private static RolloutState InProgress(ReleaseView view, Position position, Diagnosis? diagnosis) =>
        State(view, ReleaseState.RollingOut, position, diagnosis, null);

    internal static RolloutState State(ReleaseView view, ReleaseState state, Position position, Diagnosis? diagnosis, DateTimeOffset? finishedAt)
    {
        var info = view.Info;
        return new RolloutState(
            info.Number, state, position.Phrase, view.Counts(), PodStates.Of(view.Objects, info.Number), diagnosis,
            info.StartedAt ?? info.CreatedAt, finishedAt)
        {
            StepId = position.Id,
            Progress = Progress(view, state, position),
            Steps = RolloutSteps.List(view, position, state, finishedAt),
        };
    }

    private static int Progress(ReleaseView view, ReleaseState state, Position position) => state switch
    {
        ReleaseState.Live or ReleaseState.Stopped => 100,
        ReleaseState.Pending => 0,
        ReleaseState.Superseded or ReleaseState.Cancelled => 0,
        _ => RolloutSteps.Progress(view, position),
    };

    private static DateTimeOffset? Earliest(DateTimeOffset a, DateTimeOffset? b) => b < a ? b : a;
}
