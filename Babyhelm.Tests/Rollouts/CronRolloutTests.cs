using System.Collections.Immutable;
using Babyhelm.Core.Rollouts;
using static Babyhelm.Tests.Rollouts.Make;

namespace Babyhelm.Tests.Rollouts;

/// <summary>Applications that run by schedule.</summary>
public class CronRolloutTests
{
    private static readonly ReleaseInfo Info = Release() with { Cron = true };
    private static readonly ReleaseInfo LiveInfo = Release(state: ReleaseState.Live) with { Cron = true, FinishedAt = At(1) };

    private static RolloutState Reduce(ReleaseInfo info, double at, params object[] objects) =>
        RolloutReducer.Reduce(info, Objects(objects.OfType<Babyhelm.Core.Kubernetes.Resources.Deployment>().SingleOrDefault(), objects), At(at));

    [Fact]
    public void Is_live_as_soon_as_the_cluster_has_the_cron_job()
    {
        var s = Reduce(Info, 5, CronJob());
        Assert.Equal((ReleaseState.Live, "live", 100, (DateTimeOffset?)T0, (Diagnosis?)null), (s.State, s.Step, s.Progress, s.FinishedAt, s.Diagnosis));
        Assert.Equal(["queued", "applying", "live"], s.Steps.Select(x => x.Id));
        Assert.All(s.Steps, x => Assert.Equal(StepStatus.Done, x.Status));
        Assert.Equal(new ReplicaCounts(0, 0, 0, 0), s.Replicas);
        Assert.Equal(s, Reduce(Info, 5000, CronJob()));
    }

    [Fact]
    public void Waits_for_its_own_cron_job_and_fails_at_the_deadline()
    {
        // Neither the cron job of the release before nor the deployment that the application had counts.
        foreach (var objects in new object[][] { [], [CronJob(release: 1)], [Deployment(release: 2, available: 1), ReadyPod(2)] })
        {
            var waiting = Reduce(Info with { Number = 2 }, 5, objects);
            Assert.Equal((ReleaseState.RollingOut, "applying"), (waiting.State, waiting.Step));
            var late = Reduce(Info with { Number = 2 }, 700, objects);
            Assert.Equal((ReleaseState.Failed, DiagnosisCodes.Deadline), (late.State, late.Diagnosis?.Code));
        }
        Assert.Equal(ReleaseState.Superseded, Reduce(Info, 5, CronJob(release: 2)).State);
    }

    [Fact]
    public void Suspended_is_stopped() => Assert.Equal((ReleaseState.Stopped, "stopped"), (Reduce(Info, 5, CronJob(suspended: true)).State, Reduce(Info, 5, CronJob(suspended: true)).Step));

    [Fact]
    public void A_cluster_that_is_not_read_decides_nothing_and_one_without_readable_cron_jobs_is_believed()
    {
        var stale = Objects(null, CronJob()) with { Cluster = new CacheStatus(true, At(3), "gone") };
        Assert.Equal(ReleaseState.RollingOut, RolloutReducer.Reduce(Info, stale, At(9000)).State);
        var unread = Objects(null) with { Unread = ImmutableHashSet.Create("CronJob") };
        Assert.Equal(ReleaseState.Live, RolloutReducer.Reduce(Info, unread, At(5)).State);
        Assert.Equal("live", RolloutReducer.Reduce(LiveInfo, unread, At(5)).Step);
        Assert.True(unread.Runs(cron: true));
        Assert.False(Objects(null).Runs(cron: true));
    }

    [Fact]
    public void Live_tells_of_its_runs()
    {
        Assert.Equal("live", Reduce(LiveInfo, 9, CronJob()).Step);
        Assert.Equal("missing on the cluster", Reduce(LiveInfo, 9).Step);
        Assert.Equal("live; release 2 is rolling out", Reduce(LiveInfo, 9, CronJob(release: 2)).Step);
        Assert.Equal("live, but suspended on the cluster", Reduce(LiveInfo, 9, CronJob(suspended: true)).Step);
        var running = Reduce(LiveInfo, 9, CronJob(), Job(active: 1), JobPod(1, Running(4)));
        Assert.Equal(("live; a run is under way", 1), (running.Step, running.Pods.Count));
        Assert.Equal((ReleaseState.Live, null), (running.State, running.Diagnosis));
    }

    [Fact]
    public void A_failed_run_is_a_warning_with_the_evidence_of_its_pods()
    {
        var info = LiveInfo with { LastLines = new Dictionary<string, IReadOnlyList<string>> { ["web-28000001-x1/web"] = ["boom: DATABASE_URL is not set"] } };
        object[] objects =
        [
            CronJob(), Job(ended: "Failed", reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit"), JobPod(1, Ended(3, 4)),
            Event("BackoffLimitExceeded", "Job has reached the specified backoff limit", 5, kind: "Job", name: JobName()),
        ];
        var s = Reduce(info, 6, objects);
        Assert.Equal((ReleaseState.Live, "live, but the last run failed", DiagnosisCodes.CrashLoop), (s.State, s.Step, s.Diagnosis?.Code));
        Assert.Equal("The last run failed with exit code 3", s.Diagnosis!.Title);
        Assert.Equal(
            ["web: exit code 3 (Error), ended once", "log: boom: DATABASE_URL is not set", "Job has reached the specified backoff limit"], s.Diagnosis.Evidence);
        Assert.Equal([("web-28000001-x1", "web", false)], Diagnoser.CrashedContainers(info, Objects(null, objects), At(6)).Select(c => (c.Pod, c.Container, c.Previous)));

        // While the next one runs the warning stays; when it succeeds the warning goes.
        Assert.Equal(s.Diagnosis, Reduce(info, 70, [.. objects, Job(2, active: 1, at: 65), JobPod(2, Running(64))]).Diagnosis);
        Assert.Null(Reduce(info, 70, [.. objects, Job(2, ended: "Complete", at: 66), JobPod(2, Ended(0, 66))]).Diagnosis);
        // Runs of another release say nothing of this one.
        Assert.Null(Reduce(info with { Number = 2 }, 70, [.. objects.Skip(1), CronJob(2)]).Diagnosis);
    }

    [Fact]
    public void Runs_that_end_for_want_of_memory_or_time_say_so()
    {
        var oom = Reduce(LiveInfo, 6, CronJob(), Job(ended: "Failed"), JobPod(1, Ended(137, 4, "OOMKilled"))).Diagnosis!;
        Assert.Equal((DiagnosisCodes.OutOfMemory, "The last run ran out of memory"), (oom.Code, oom.Title));
        var late = Reduce(LiveInfo, 6, CronJob(), Job(ended: "Failed", reason: "DeadlineExceeded", message: "Job was active longer than specified deadline")).Diagnosis!;
        Assert.Equal((DiagnosisCodes.Deadline, "The last run took too long"), (late.Code, late.Title));
        Assert.Equal("The last run failed", Reduce(LiveInfo, 6, CronJob(), Job(ended: "Failed")).Diagnosis!.Title);
    }

    [Fact]
    public void A_run_that_cannot_start_is_diagnosed_and_never_fails_the_release()
    {
        const string Said = "Failed to pull image \"demo/hello:1\": rpc error: code = NotFound desc = demo/hello:1: not found";
        object[] pull =
        [
            CronJob(), Job(active: 1), JobPod(1, Waiting("ImagePullBackOff")),
            Event("Failed", Said, 2, name: $"{JobName()}-x1"), Event("BackOff", "Back-off pulling image", 3, name: $"{JobName()}-x1"),
        ];
        foreach (var info in new[] { Info, LiveInfo })
        {
            var s = Reduce(info, 60, pull);
            Assert.Equal((ReleaseState.Live, DiagnosisCodes.ImageNotFound), (s.State, s.Diagnosis?.Code));
        }
        const string Quota = "pods \"web-28000001-abcde\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=5, limited: pods=5";
        var refused = Reduce(LiveInfo, 60, CronJob(), Job(), Event("FailedCreate", $"Error creating: {Quota}", 3, kind: "Job", name: JobName()));
        Assert.Equal(DiagnosisCodes.QuotaExceeded, refused.Diagnosis?.Code);
        Assert.StartsWith("pods are forbidden: exceeded quota", refused.Diagnosis!.Evidence[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_cannot_even_be_made_is_diagnosed_until_one_is()
    {
        var failed = Event("FailedCreate", "Error creating job: jobs.batch \"web-28000001\" is forbidden: exceeded quota: q, requested: count/jobs.batch=1, used: count/jobs.batch=3, limited: count/jobs.batch=3", 3, kind: "CronJob", name: App);
        Assert.Equal(DiagnosisCodes.QuotaExceeded, Reduce(LiveInfo, 60, CronJob(), failed).Diagnosis?.Code);
        Assert.Null(Reduce(LiveInfo, 70, CronJob(), failed, Event("SuccessfulCreate", "Created job web-28000002", 65, kind: "CronJob", name: App, warning: false)).Diagnosis);
    }
}
