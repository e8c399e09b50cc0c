using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;
using Babyhelm.Tests.Common;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Rollouts;

/// <summary>What a real cluster streamed, replayed over HTTP change by change: the right diagnosis, as soon as it can be known, and no other before.</summary>
public class RecordingTests
{
    private static Task<IReadOnlyList<Frame>> PlayAsync(string name, TimeSpan? after = null, int gapEvery = 0)
    {
        var recording = Recording.Load(name);
        return Replay.RunAsync(recording, (_, known) => known ?? recording.Release(1, recording.Applied), after, gapEvery);
    }

    private static Task<IReadOnlyList<Frame>> PlayUpdateAsync(int gapEvery = 0)
    {
        var recording = Recording.Load("rollout-then-update");
        return Replay.RunAsync(recording, (change, known) => change.Object is Deployment { Metadata.Generation: 2 } && known?.Number == 1
            ? recording.Release(2, change.At, replicas: 2)
            : known ?? recording.Release(1, recording.Applied, replicas: 2), TimeSpan.FromSeconds(12), gapEvery);
    }

    [Theory]
    [InlineData("image-not-found", "image-not-found", "The image's registry cannot be reached", "no such host", "Failed")]
    [InlineData("image-name-invalid", "image-invalid", "The image name is not valid", "repository name (Bad Name) must be lowercase", "InspectFailed")]
    [InlineData("crash-loop", "crash-loop", "The container ended with exit code 3", "exit code 3", null)]
    [InlineData("out-of-memory", "out-of-memory", "The container ran out of memory", "exit code 137 (OOMKilled)", null)]
    [InlineData("secret-missing", "config-missing", "A secret that the container needs is missing", "secret \"nosuch\" not found", "Failed")]
    [InlineData("quota-exceeded", "quota-exceeded", "The project's quota is used up", "requests.cpu=150m", "FailedCreate")]
    [InlineData("pod-security-rejection", "pod-security", "The project's security rules refuse the application", "allowPrivilegeEscalation", "FailedCreate")]
    [InlineData("unschedulable", "unschedulable", "No machine has room for the application", "Insufficient cpu", "FailedScheduling")]
    public async Task Failure_is_diagnosed_at_the_first_change_that_shows_it(string name, string code, string title, string evidence, string? eventReason)
    {
        var frames = await PlayAsync(name);
        var first = frames.First(f => f.State.Diagnosis is not null);
        var said = first.State.Diagnosis!;
        Assert.Equal((code, title), (said.Code, said.Title));
        Assert.Contains(said.Evidence, e => e.Contains(evidence, StringComparison.Ordinal));
        if (eventReason is null) Assert.IsType<Pod>(first.Cause);
        else Assert.Equal(eventReason, Assert.IsType<Event>(first.Cause).Reason);
        // Once wrong, it stays wrong under the same code: no flicker.
        Assert.All(frames.SkipWhile(f => f != first), f => Assert.Equal(code, f.State.Diagnosis?.Code));
    }

    [Theory]
    [InlineData("image-not-found", 21.1)] // Registry not reached: a grace, just before the cluster's own deadline of 20 s.
    [InlineData("image-name-invalid", 1.2)]
    [InlineData("crash-loop", 3.0)]
    [InlineData("out-of-memory", 3.0)]
    public async Task Release_fails_as_early_as_its_diagnosis_allows(string name, double seconds)
    {
        var failed = (await PlayAsync(name)).First(f => f.State.State == ReleaseState.Failed);
        Assert.InRange(failed.AtSeconds, 0, seconds);
        Assert.NotNull(failed.State.Diagnosis);
        Assert.StartsWith("failed: ", failed.State.Step);
        Assert.Contains(failed.State.Steps, s => s.Status == StepStatus.Failed);
        Assert.InRange(failed.State.FinishedAt!.Value, failed.State.StartedAt, failed.At);
    }

    [Theory]
    [InlineData("secret-missing")]
    [InlineData("quota-exceeded")]
    [InlineData("pod-security-rejection")]
    public async Task What_the_deploy_itself_may_repair_fails_after_ten_seconds(string name)
    {
        var frames = await PlayAsync(name, TimeSpan.FromSeconds(15));
        var shown = frames.First(f => f.State.Diagnosis is not null);
        var failed = frames.First(f => f.State.State == ReleaseState.Failed);
        Assert.Equal(ReleaseState.RollingOut, shown.State.State);
        // The cluster's times are cut to seconds, so up to one is missing.
        Assert.InRange((failed.At - shown.At).TotalSeconds, 8.9, 10.1);
    }

    [Fact]
    public async Task Unschedulable_release_waits_for_the_deadline_and_fails_with_the_reason()
    {
        var frames = await PlayAsync("unschedulable", TimeSpan.FromSeconds(700));
        Assert.Equal(ReleaseState.RollingOut, frames.Last(f => f.Cause is not null).State.State);
        var end = frames[^1].State;
        Assert.Equal((ReleaseState.Failed, DiagnosisCodes.Unschedulable), (end.State, end.Diagnosis?.Code));
    }

    [Fact]
    public async Task Never_ready_is_shown_after_the_usual_start_and_fails_at_the_deadline()
    {
        var frames = await PlayAsync("never-ready-deadline");
        var shown = frames.First(f => f.State.Diagnosis is not null);
        Assert.Equal(DiagnosisCodes.NotReady, shown.State.Diagnosis!.Code);
        Assert.Equal("Nothing listens on port 8080 in the container.", shown.State.Diagnosis.Cause);
        Assert.Contains(shown.State.Diagnosis.Evidence, e => e.Contains("connection refused", StringComparison.Ordinal));
        Assert.InRange(shown.AtSeconds, 10, 11.5);
        var failed = frames.First(f => f.State.State == ReleaseState.Failed);
        Assert.IsType<Deployment>(failed.Cause);
        Assert.Equal(DiagnosisCodes.NotReady, failed.State.Diagnosis?.Code);
        Assert.InRange(failed.AtSeconds, 20.8, 21);
        Assert.Equal("failed: starting", failed.State.Step);
    }

    [Fact]
    public async Task Healthy_rollout_and_update_go_live_without_a_diagnosis_and_without_stepping_back()
    {
        var frames = await PlayUpdateAsync();

        Assert.All(frames, f => Assert.Null(f.State.Diagnosis));
        foreach (var release in new[] { 1, 2 })
        {
            var own = frames.Where(f => f.State.Release == release).ToList();
            Assert.Equal(own.Select(f => f.State.Progress).Order(), own.Select(f => f.State.Progress));
            Assert.Contains(own, f => f.State.State == ReleaseState.Live);
            var live = own.SkipWhile(f => f.State.State != ReleaseState.Live);
            Assert.All(live, f => Assert.Equal((ReleaseState.Live, 100, "live"), (f.State.State, f.State.Progress, f.State.Step)));
        }
        var first = frames.First(f => f.State is { Release: 1, State: ReleaseState.Live });
        Assert.InRange(first.AtSeconds, 3.2, 4.4);
        var end = frames[^1].State;
        Assert.Equal((2, new ReplicaCounts(2, 2, 2, 2)), (end.Release, end.Replicas));
        Assert.All(end.Pods, p => Assert.Equal(2, p.Release));
    }

    [Fact]
    public async Task Update_passes_every_step_a_person_waits_for()
    {
        var frames = await PlayUpdateAsync();

        var steps = frames.Where(f => f.State.Release == 2).Select(f => f.State.StepId).Aggregate(
            new List<string>(), (seen, id) => seen.LastOrDefault() == id ? seen : [.. seen, id]);
        Assert.Equal(["applying", "pulling", "starting", "ready", "ending-old", "settling", "live"], steps);
        Assert.Contains(frames, f => f.State is { Release: 2, Step: "ready 1 of 2" });
        var both = frames.First(f => f.State.Release == 2 && f.State.Pods.Any(p => p.Phase == "Terminating"));
        Assert.All(both.State.Pods.Where(p => p.Phase == "Terminating"), p => Assert.Equal((1, false), (p.Release, p.Ready)));
    }

    [Theory]
    [InlineData("crash-loop")]
    [InlineData("out-of-memory")]
    public async Task Container_that_is_ready_for_a_moment_is_never_called_live(string name) =>
        Assert.DoesNotContain(await PlayAsync(name), f => f.State.State == ReleaseState.Live);

    /// <summary>Watches end again and again, changes happen meanwhile, and the versions to go on from have expired.</summary>
    [Theory]
    [InlineData("image-not-found", 3)]
    [InlineData("image-name-invalid", 3)]
    [InlineData("crash-loop", 3)]
    [InlineData("out-of-memory", 4)]
    [InlineData("never-ready-deadline", 3)]
    [InlineData("unschedulable", 2)]
    [InlineData("secret-missing", 3)]
    [InlineData("quota-exceeded", 4)]
    [InlineData("pod-security-rejection", 3)]
    public async Task Gaps_in_the_watches_change_no_frame(string name, int every)
    {
        var whole = await PlayAsync(name, TimeSpan.FromSeconds(15));
        var broken = await PlayAsync(name, TimeSpan.FromSeconds(15), every);
        Assert.Equal(whole.Select(f => f.State), broken.Select(f => f.State));
        Assert.Contains(broken, f => f.State.Diagnosis is not null);
    }

    [Fact]
    public async Task Gaps_in_the_watches_change_nothing_of_an_update()
    {
        var (whole, broken) = (await PlayUpdateAsync(), await PlayUpdateAsync(gapEvery: 4));
        Assert.Equal(whole.Select(f => f.State), broken.Select(f => f.State));
    }

    [Fact]
    public async Task A_namespace_that_ends_is_seen_as_ending()
    {
        var recorded = Kubernetes.Recording.Load("namespace-termination")[0]!["response"]!["body"]!.AsObject();
        var name = recorded["metadata"]!["name"]!.GetValue<string>();
        await using var cluster = await RecordedCluster.StartAsync(name);
        var cache = new ClusterCache(TimeProvider.System, NullLogger<ClusterCache>.Instance);
        using var client = cluster.Client();
        using var stop = new CancellationTokenSource();
        var running = cache.RunAsync(client, stop.Token);
        await Wait.UntilAsync(() => cache.Status.Synced);
        Assert.Equal("Active", cache.Namespace(name)!.Status.Phase);
        await cluster.SendAsync("namespaces", "MODIFIED", recorded);
        await Wait.UntilAsync(() => cache.Namespace(name)!.Metadata.DeletionTimestamp is not null);
        var ending = cache.Namespace(name)!;
        Assert.Equal("Terminating", ending.Status.Phase);
        await cluster.SendAsync("namespaces", "DELETED", recorded);
        await Wait.UntilAsync(() => cache.Namespace(name) is null);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Every_apply_that_changed_something_shows_in_the_inventory()
    {
        var bodies = Kubernetes.Recording.Load("server-side-apply")
            .Where(e => e!["request"]!["method"]!.GetValue<string>() == "PATCH" && !e["request"]!["path"]!.GetValue<string>().Contains("dryRun", StringComparison.Ordinal))
            .Select(e => e!["response"]!).Where(r => r["status"]!.GetValue<int>() < 300).Select(r => r["body"]!.AsObject())
            .Where(b => b["kind"]!.GetValue<string>() == "Deployment").ToList();
        Assert.Equal(3, bodies.Count);
        var ns = bodies[0]["metadata"]!["namespace"]!.GetValue<string>();
        await using var cluster = await RecordedCluster.StartAsync(ns);
        var cache = new ClusterCache(TimeProvider.System, NullLogger<ClusterCache>.Instance);
        using var client = cluster.Client();
        using var stop = new CancellationTokenSource();
        var running = cache.RunAsync(client, stop.Token);
        await Wait.UntilAsync(() => cache.Status.Synced);
        var key = new AppKey(ns, Recording.App);
        var seen = new List<AppObjectVersion>();
        foreach (var body in bodies)
        {
            var metadata = body["metadata"]!.AsObject();
            metadata["labels"] = new System.Text.Json.Nodes.JsonObject { ["babyhelm.dev/app"] = Recording.App };
            await cluster.SendAsync("deployments", seen.Count == 0 ? "ADDED" : "MODIFIED", body);
            var expected = new AppObjectVersion(
                "Deployment", "web", metadata["uid"]!.GetValue<string>(), metadata["generation"]!.GetValue<long>(), metadata["resourceVersion"]!.GetValue<string>());
            await Wait.UntilAsync(() => cache.Get(key).Inventory.SequenceEqual([expected]));
            seen.Add(expected);
        }
        Assert.Equal([1, 2, 3], seen.Select(v => v.Generation));
        await stop.CancelAsync();
        await running;
    }
}
