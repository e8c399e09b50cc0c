using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;
using Babyhelm.Core.Rollouts.Causes;
using static Babyhelm.Tests.Rollouts.Make;

namespace Babyhelm.Tests.Rollouts;

public class CrashDiagnosisTests
{
    private static readonly ContainerState Backoff = Waiting("CrashLoopBackOff", "back-off 10s restarting failed container=web");

    private static Finding? Find(double at, ReleaseInfo info, params object[] objects) => Diagnoser.Find(info, Objects(Deployment(), objects), At(at));

    private static Finding? Find(params object[] objects) => Find(5, Release(), objects);

    [Fact]
    public void First_end_warns_and_the_second_fails()
    {
        var once = Find(Pod(state: Ended(3, 2)))!;
        Assert.Equal((DiagnosisCodes.CrashLoop, "The container ended with exit code 3", (DateTimeOffset?)null), (once.Diagnosis.Code, once.Diagnosis.Title, once.FailsAt));
        var again = Find(Pod(state: Running(2.5), last: Ended(3, 2), restarts: 1, ready: true))!;
        Assert.Null(again.FailsAt);
        var twice = Find(Pod(state: Ended(3, 4), last: Ended(3, 2), restarts: 1))!;
        Assert.Equal(("The container keeps ending with exit code 3", (DateTimeOffset?)At(4)), (twice.Diagnosis.Title, twice.FailsAt));
        Assert.Contains("twice", twice.Diagnosis.Cause);
        Assert.True(Find(Pod(state: Backoff, last: Ended(3, 2)))!.FailsRelease(At(5)));
    }

    [Fact]
    public void Last_log_lines_are_evidence_after_the_exit_code()
    {
        var lines = Enumerable.Range(1, 30).Select(n => $"line {n}").Append("\e[31mFATAL\e[0m no \aDATABASE_URL\n").Append("line 30").ToList();
        var info = Release() with { LastLines = new Dictionary<string, IReadOnlyList<string>> { ["web-h1-p1/web"] = lines } };
        var evidence = Find(5, info, Pod(state: Backoff, last: Ended(3, 2), restarts: 1))!.Diagnosis.Evidence;
        Assert.Equal("web: exit code 3 (Error), ended twice", evidence[0]);
        Assert.Contains("log: FATAL no DATABASE_URL", evidence);
        Assert.DoesNotContain("log: line 1", evidence);
        Assert.Equal(evidence.Distinct(), evidence);
        Assert.InRange(evidence.Count, 5, Evidence.MaxLines);
    }

    [Fact]
    public void Termination_message_is_evidence_without_any_log()
    {
        var evidence = Find(Pod(state: Backoff, last: Ended(3, 2, message: "cannot open config\nexiting\n")))!.Diagnosis.Evidence;
        Assert.Equal(["log: cannot open config", "log: exiting"], evidence.Skip(1).Take(2));
    }

    [Fact]
    public void Evidence_is_bounded_whatever_the_container_prints()
    {
        var flood = Enumerable.Range(0, 5000).Select(n => new string('x', 100_000) + n).ToList();
        var info = Release() with { LastLines = new Dictionary<string, IReadOnlyList<string>> { ["web-h1-p1/web"] = flood } };
        var evidence = Find(5, info, Pod(state: Ended(1, 2)))!.Diagnosis.Evidence;
        Assert.All(evidence, e => Assert.InRange(e.Length, 1, Evidence.MaxLength + "log: ".Length));
        Assert.InRange(evidence.Count, 2, Evidence.MaxLines);
    }

    [Fact]
    public void Out_of_memory_names_the_limit_and_outranks_a_crash()
    {
        var f = Find(Pod(n: 1, state: Ended(1, 2)), Pod(n: 2, state: Backoff, last: Ended(137, 3, "OOMKilled"), restarts: 1, memory: "32Mi"))!;
        Assert.Equal(DiagnosisCodes.OutOfMemory, f.Diagnosis.Code);
        Assert.Equal("The container used more than its memory limit of 32Mi and was ended.", f.Diagnosis.Cause);
        Assert.Contains("memory limit 32Mi", f.Diagnosis.Evidence);
        Assert.True(f.FailsRelease(At(5)));
    }

    [Fact]
    public void Command_that_does_not_exist_is_said_so()
    {
        const string Said = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/nope\": stat /nope: no such file or directory: unknown";
        var f = Find(Pod(state: Backoff, last: Ended(128, 2, "StartError", Said), restarts: 1))!;
        Assert.Equal(("The container could not be started", DiagnosisCodes.CrashLoop), (f.Diagnosis.Title, f.Diagnosis.Code));
        Assert.Contains("does not exist in the image", f.Diagnosis.Cause);
        Assert.Contains(f.Diagnosis.Evidence, e => e.Contains("/nope", StringComparison.Ordinal));
        // Before the kubelet counts an end at all.
        var first = Find(Pod(state: Waiting("RunContainerError", Said)), Event("Failed", $"Error: {Said}", 3))!;
        Assert.Equal(("The container could not be started", (DateTimeOffset?)At(13)), (first.Diagnosis.Title, first.FailsAt));
    }

    [Fact]
    public void Container_killed_by_its_health_check_is_said_so()
    {
        var f = Find(Pod(state: Running(4), last: Ended(137, 3), restarts: 2),
            Event("Unhealthy", "Liveness probe failed: Get \"http://10.88.0.7:9999/\": dial tcp 10.88.0.7:9999: connect: connection refused", 1, 3, count: 8),
            Event("Killing", "Container web failed liveness probe, will be restarted", 3, warning: false))!;
        Assert.Equal("The health check ended the container", f.Diagnosis.Title);
        Assert.Contains(f.Diagnosis.Evidence, e => e.StartsWith("Liveness probe failed", StringComparison.Ordinal));
        // The program's own exit code is its own doing, health check or not.
        Assert.Equal("The container keeps ending with exit code 3", Find(Pod(state: Backoff, last: Ended(3, 3), restarts: 2),
            Event("Unhealthy", "Liveness probe failed: connection refused"))!.Diagnosis.Title);
    }

    [Fact]
    public void Program_that_finishes_is_told_from_one_that_fails()
    {
        var f = Find(Pod(state: Backoff, last: Ended(0, 2, "Completed"), restarts: 1))!;
        Assert.Equal("The container ends by itself again and again", f.Diagnosis.Title);
        Assert.Contains("must keep running", f.Diagnosis.Cause);
    }

    [Fact]
    public void Init_container_that_did_its_work_is_no_crash()
    {
        Assert.Null(Find(Pod(state: Running(2), init: Ended(0, 2, "Completed"))));
        Assert.Equal("setup: exit code 1 (Error), ended once", Find(Pod(state: Waiting("PodInitializing"), init: Ended(1, 2)))!.Diagnosis.Evidence[0]);
    }

    [Fact]
    public void Recovered_container_is_forgotten_after_ten_ready_seconds()
    {
        var pod = Pod(state: Running(4), last: Ended(1, 3), restarts: 7, ready: true, readyAt: 4);
        Assert.NotNull(Find(13.9, Release(), pod));
        Assert.Null(Find(14, Release(), pod));
    }

    [Fact]
    public void Crashed_containers_are_listed_for_their_logs()
    {
        var objects = Objects(Deployment(), Pod(n: 1, state: Backoff, last: Ended(1, 3), restarts: 1), Pod(n: 2, state: Ended(2, 4)), ReadyPod(n: 3));
        var crashed = Diagnoser.CrashedContainers(Release(), objects, At(5));
        Assert.Equal([("web-h1-p2/web", false), ("web-h1-p1/web", true)], crashed.Select(c => (c.Key, c.Previous)));
    }
}
