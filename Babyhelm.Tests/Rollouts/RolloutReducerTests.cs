using Babyhelm.Core.Rollouts;
using static Babyhelm.Tests.Rollouts.Make;

namespace Babyhelm.Tests.Rollouts;

public class RolloutReducerTests
{
    private static RolloutState Reduce(AppObjects objects, ReleaseInfo? info = null, double at = 5) =>
        RolloutReducer.Reduce(info ?? Release(), objects, At(at));

    [Theory]
    [InlineData(ReleaseState.Pending, "queued", 0)]
    [InlineData(ReleaseState.Applying, "applying", 10)]
    public void Before_the_cluster_is_asked_the_database_decides(ReleaseState state, string step, int progress)
    {
        // Even where a live deployment of this release is there already, as after a crash between apply and commit.
        var s = Reduce(Objects(Deployment(available: 1), ReplicaSet(available: 1), ReadyPod()), Release(state: state));
        Assert.Equal((state, step, progress, (DateTimeOffset?)null), (s.State, s.Step, s.Progress, s.FinishedAt));
    }

    [Fact]
    public void A_release_that_the_cluster_does_not_take_says_why_and_when_it_is_tried_again()
    {
        var why = new Diagnosis(DiagnosisCodes.Rejected, "Not now", "…", ["500"], "Wait.");
        var held = Release(state: ReleaseState.Applying) with { ApplyHold = new ApplyHold(why, T0, At(20), false, T0, 1) };
        var waiting = RolloutReducer.Evaluate(held, Objects(null), At(5));
        Assert.Equal((why, (DateTimeOffset?)At(20), (DateTimeOffset?)At(20)), (waiting.State.Diagnosis, waiting.State.NextTryAt, waiting.RecheckAt));
        var trying = RolloutReducer.Evaluate(held, Objects(null), At(20));
        Assert.Equal((why, (DateTimeOffset?)null, (DateTimeOffset?)null), (trying.State.Diagnosis, trying.State.NextTryAt, trying.RecheckAt));
        Assert.NotEqual(waiting.State.Step, trying.State.Step);
        Assert.Null(Reduce(Objects(null), held with { State = ReleaseState.RollingOut }).Diagnosis);
    }

    [Fact]
    public void Missing_older_or_unobserved_deployment_is_still_being_applied()
    {
        foreach (var deployment in new[] { null, Deployment(release: 1), Deployment(release: 0), Deployment(release: 2, generation: 2, observed: 1) })
        {
            var s = Reduce(Objects(deployment, ReadyPod(release: 1)), Release(2));
            Assert.Equal((ReleaseState.RollingOut, "applying", 10), (s.State, s.Step, s.Progress));
        }
    }

    [Fact]
    public void Deployment_that_stays_away_was_deleted_and_says_so()
    {
        var early = RolloutReducer.Evaluate(Release(), Objects(null), At(5));
        Assert.Equal(("applying", (DateTimeOffset?)At(10)), (early.State.Step, early.RecheckAt));
        var s = Reduce(Objects(null), at: 10);
        Assert.Equal((ReleaseState.RollingOut, "missing on the cluster, being applied again", StepIds.Applying), (s.State, s.Step, s.StepId));
    }

    [Fact]
    public void Deadline_of_the_release_before_says_nothing_about_this_one()
    {
        var stale = Deployment(release: 2, generation: 2, observed: 1, conditions: DeadlineExceeded(-100));
        Assert.Equal(ReleaseState.RollingOut, Reduce(Objects(stale), Release(2)).State);
    }

    [Fact]
    public void Newer_release_on_the_cluster_supersedes()
    {
        var s = Reduce(Objects(Deployment(release: 3), ReadyPod(release: 3)), Release(2));
        Assert.Equal((ReleaseState.Superseded, "replaced by release 3"), (s.State, s.Step));
    }

    // The order of kubectl rollout status, each case with everything after it unmet as well.
    [Theory]
    [InlineData(1, 2, 1, 1, 0, ReleaseState.RollingOut, "applying")]
    [InlineData(2, 2, 3, 1, 2, ReleaseState.RollingOut, "ready 1 of 2")]
    [InlineData(2, 2, 3, 2, 3, ReleaseState.RollingOut, "waiting for 1 old pod to end")]
    [InlineData(2, 2, 4, 2, 4, ReleaseState.RollingOut, "waiting for 2 old pods to end")]
    [InlineData(2, 2, 2, 2, 1, ReleaseState.RollingOut, "checking that it stays up")]
    [InlineData(2, 2, 2, 2, 2, ReleaseState.Live, "live")]
    public void Checks_follow_the_order_of_kubectl(long observed, int wanted, int replicas, int updated, int available, ReleaseState state, string step)
    {
        var pods = Enumerable.Range(1, updated).Select(n => (object)ReadyPod(release: 2, n: n));
        var deployment = Deployment(2, wanted, replicas, updated, available, generation: 2, observed: observed);
        var s = Reduce(Objects(deployment, [.. pods, ReadyPod(release: 1, n: 9)]), Release(2, replicas: wanted));
        Assert.Equal((state, step), (s.State, s.Step));
    }

    [Fact]
    public void Deadline_comes_before_everything_else()
    {
        var done = Deployment(available: 1, conditions: DeadlineExceeded(4));
        var s = Reduce(Objects(done, ReadyPod()));
        Assert.Equal((ReleaseState.Failed, DiagnosisCodes.Deadline, (DateTimeOffset?)At(4)), (s.State, s.Diagnosis?.Code, s.FinishedAt));
    }

    [Fact]
    public void Steps_name_what_the_farthest_pod_does()
    {
        var d = Deployment(updated: 1);
        Assert.Equal("waiting for a machine", Reduce(Objects(d)).Step);
        Assert.Equal("waiting for a machine", Reduce(Objects(d, Pod(scheduled: false))).Step);
        Assert.Equal("pulling", Reduce(Objects(d, Pod())).Step);
        Assert.Equal("pulling", Reduce(Objects(d, Pod(state: Waiting("ContainerCreating")), Event("Pulling", "Pulling image", warning: false))).Step);
        Assert.Equal("starting", Reduce(Objects(d, Pod(state: Waiting("ContainerCreating")),
            Event("Pulling", "Pulling image", warning: false), Event("Pulled", "Pulled", first: 2, warning: false))).Step);
        Assert.Equal("starting", Reduce(Objects(d, Pod(state: Running(1)))).Step);
        Assert.Equal("ready 1 of 3", Reduce(Objects(Deployment(wanted: 3, replicas: 3, updated: 3, available: 1), ReadyPod(), Pod(n: 2), Pod(n: 3))).Step);
    }

    [Fact]
    public void Release_settles_before_it_is_live_and_says_when_to_look_again()
    {
        var objects = Objects(Deployment(available: 1), ReplicaSet(available: 1), ReadyPod(at: 4));
        var early = RolloutReducer.Evaluate(Release(), objects, At(5));
        Assert.Equal((ReleaseState.RollingOut, StepIds.Settling, (DateTimeOffset?)At(7)), (early.State.State, early.State.StepId, early.RecheckAt));
        var late = RolloutReducer.Evaluate(Release(), objects, At(7));
        Assert.Equal((ReleaseState.Live, 100, (DateTimeOffset?)At(7), (DateTimeOffset?)null), (late.State.State, late.State.Progress, late.State.FinishedAt, late.RecheckAt));
        // Time changes nothing any more: the same state, not a new finish.
        Assert.Equal(late.State, RolloutReducer.Reduce(Release(), objects, At(700)));
    }

    [Fact]
    public void Container_without_a_health_check_settles_for_longer()
    {
        var objects = Objects(Deployment(available: 1, minReady: 5), Pod(state: Running(4), ready: true, readyAt: 4, probe: false));
        Assert.Equal(StepIds.Settling, Reduce(objects, at: 13.9).StepId);
        Assert.Equal(ReleaseState.Live, Reduce(objects, at: 14).State);
    }

    [Fact]
    public void Cluster_that_waits_itself_needs_no_further_settling() =>
        Assert.Equal(ReleaseState.Live, Reduce(Objects(Deployment(available: 1, minReady: 5), ReadyPod(at: 4.9))).State);

    [Fact]
    public void Restarted_container_has_to_prove_itself_for_longer()
    {
        var pod = Pod(state: Running(4), last: Ended(1, 3), restarts: 1, ready: true, readyAt: 4);
        var objects = Objects(Deployment(available: 1, minReady: 5), pod);
        var warned = RolloutReducer.Evaluate(Release(), objects, At(8));
        Assert.Equal((ReleaseState.RollingOut, DiagnosisCodes.CrashLoop, (DateTimeOffset?)At(14)), (warned.State.State, warned.State.Diagnosis?.Code, warned.RecheckAt));
        Assert.Equal((ReleaseState.Live, null), (Reduce(objects, at: 14).State, Reduce(objects, at: 14).Diagnosis));
    }

    [Fact]
    public void Scaled_to_zero_ends_as_stopped()
    {
        var s = Reduce(Objects(Deployment(wanted: 0, replicas: 0, updated: 0), Pod(terminating: true, state: Running(0))), Release(replicas: 0));
        Assert.Equal((ReleaseState.Stopped, "stopped", 100), (s.State, s.Step, s.Progress));
        Assert.Equal(new ReplicaCounts(0, 0, 0, 0), s.Replicas);
        Assert.Equal("Terminating", Assert.Single(s.Pods).Phase);
    }

    [Fact]
    public void Paused_deployment_waits_without_a_deadline()
    {
        var s = Reduce(Objects(Deployment(wanted: 2, updated: 0, paused: true)), Release(replicas: 2), at: 100_000);
        Assert.Equal((ReleaseState.RollingOut, "paused", StepIds.Paused), (s.State, s.Step, s.StepId));
        Assert.Contains(s.Steps, step => step is { Status: StepStatus.Current, Label: "paused" });
    }

    [Fact]
    public void Autoscaler_decides_how_many_are_wanted()
    {
        var s = Reduce(Objects(Deployment(wanted: 4, replicas: 4, updated: 4, available: 1), ReadyPod(), Pod(n: 2), Pod(n: 3), Pod(n: 4)), Release(replicas: null));
        Assert.Equal(("ready 1 of 4", 4), (s.Step, s.Replicas.Wanted));
        Assert.Equal(1, Reduce(Objects(null), Release(replicas: null)).Replicas.Wanted);
    }

    [Fact]
    public void Old_and_terminating_pods_are_shown_but_not_counted()
    {
        var s = Reduce(Objects(Deployment(release: 2, wanted: 1, replicas: 2, updated: 1, available: 2),
            ReadyPod(1, 1), Pod(1, 2, Running(0), ready: true, terminating: true), Pod(2, 1, Running(3))), Release(2));
        Assert.Equal(new ReplicaCounts(1, 1, 0, 0), s.Replicas);
        Assert.Equal(["web-h2-p1", "web-h1-p1", "web-h1-p2"], s.Pods.Select(p => p.Name));
        Assert.Equal([2, 1, 1], s.Pods.Select(p => p.Release));
        Assert.Equal(["Running", "Running", "Terminating"], s.Pods.Select(p => p.Phase));
        Assert.False(s.Pods[2].Ready);
    }

    [Fact]
    public void Pod_without_a_label_belongs_by_its_owner()
    {
        var s = Reduce(Objects(Deployment(), ReplicaSet(), Pod(state: Running(1), label: false)));
        Assert.Equal(1, s.Replicas.Updated);
        Assert.Equal(0, Assert.Single(s.Pods).Release);
    }

    [Fact]
    public void Evicted_pods_are_not_counted()
    {
        var evicted = Pod(n: 2, state: Ended(137, 2));
        evicted = evicted with { Status = evicted.Status with { Phase = "Failed", Reason = "Evicted" } };
        var s = Reduce(Objects(Deployment(available: 1), evicted, ReadyPod()));
        Assert.Equal((ReleaseState.Live, null), (s.State, s.Diagnosis));
        Assert.Contains(s.Pods, p => p.Reason == "Evicted");
    }

    [Fact]
    public void Nothing_on_the_cluster_fails_at_a_deadline_of_its_own()
    {
        var waiting = RolloutReducer.Evaluate(Release(), Objects(null), At(629));
        Assert.Equal((ReleaseState.RollingOut, (DateTimeOffset?)At(630)), (waiting.State.State, waiting.RecheckAt));
        var s = Reduce(Objects(null), at: 630);
        Assert.Equal((ReleaseState.Failed, DiagnosisCodes.Deadline), (s.State, s.Diagnosis?.Code));
        Assert.Equal(ReleaseState.Failed, Reduce(Objects(Deployment(deadline: 60, updated: 0)), at: 91).State);
    }

    [Fact]
    public void Stale_or_unread_cluster_never_ends_a_rollout()
    {
        var broken = Objects(Deployment(conditions: DeadlineExceeded(4)));
        var stale = Reduce(broken with { Cluster = new CacheStatus(true, At(3), "connection refused") }, at: 5000);
        Assert.Equal((ReleaseState.RollingOut, DiagnosisCodes.ClusterUnreachable), (stale.State, stale.Diagnosis?.Code));
        Assert.Contains("connection refused", stale.Diagnosis!.Evidence);
        var unread = Reduce(AppObjects.Empty(Key) with { Cluster = CacheStatus.NotSynced }, at: 5000);
        Assert.Equal((ReleaseState.RollingOut, null), (unread.State, unread.Diagnosis));
    }

    [Fact]
    public void Live_release_stays_live_and_tells_how_it_is()
    {
        var info = Release(state: ReleaseState.Live) with { FinishedAt = At(1) };
        Assert.Equal("live", Reduce(Objects(Deployment(available: 1), ReadyPod()), info).Step);
        Assert.Equal("missing on the cluster", Reduce(Objects(null), info, at: 5000).Step);
        Assert.Equal("live; release 2 is rolling out", Reduce(Objects(Deployment(release: 2), ReadyPod()), info).Step);
        var sick = Reduce(Objects(Deployment(), Pod(state: Waiting("CrashLoopBackOff"), last: Ended(1, 3), restarts: 4)), info);
        Assert.Equal((ReleaseState.Live, "live; ready 0 of 1", DiagnosisCodes.CrashLoop), (sick.State, sick.Step, sick.Diagnosis?.Code));
        Assert.Equal(At(1), sick.FinishedAt);
    }

    [Fact]
    public void Ended_releases_keep_what_was_stored()
    {
        var stored = new Diagnosis(DiagnosisCodes.ImageNotFound, "t", "c", ["e"], "n");
        var s = Reduce(Objects(Deployment(available: 1), ReadyPod()), Release(state: ReleaseState.Failed) with { Diagnosis = stored, FinishedAt = At(2) });
        Assert.Equal((ReleaseState.Failed, stored, (DateTimeOffset?)At(2)), (s.State, s.Diagnosis, s.FinishedAt));
        Assert.Equal(StepStatus.Failed, s.Steps.Single(x => x.Id == StepIds.Pulling).Status);
        Assert.All(s.Steps.SkipWhile(x => x.Id != StepIds.Pulling).Skip(1), x => Assert.Equal(StepStatus.Todo, x.Status));
        foreach (var state in new[] { ReleaseState.Superseded, ReleaseState.Cancelled, ReleaseState.Stopped })
            Assert.Equal(state, Reduce(Objects(Deployment(available: 1), ReadyPod()), Release(state: state)).State);
    }

    [Fact]
    public void Steps_are_six_in_a_plain_rollout_with_one_current()
    {
        var s = Reduce(Objects(Deployment(), Pod(state: Running(1))));
        Assert.Equal(["queued", "applying", "pulling", "starting", "ready", "live"], s.Steps.Select(x => x.Id));
        Assert.Equal("starting", Assert.Single(s.Steps, x => x.Status == StepStatus.Current).Id);
        Assert.Equal("ready 0 of 1", s.Steps.Single(x => x.Id == "ready").Label);
        Assert.All(s.Steps.Where(x => x.Status == StepStatus.Done), x => Assert.NotNull(x.Since));
        Assert.All(s.Steps.Where(x => x.Status == StepStatus.Todo), x => Assert.Null(x.Since));
    }
}
