using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;
using static Babyhelm.Tests.Cluster.RolloutHarness;

namespace Babyhelm.Tests.Cluster;

/// <summary>Rollouts as a reader of the feed sees them: live, updated, scaled, paused, replaced, rolled back, gone.</summary>
public sealed class RolloutConformance(ClusterTarget target) : ClusterCase(target)
{
    private const string Quick = """ "minReadySeconds":3,"strategy":{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0} }, """;
    private RolloutHarness _harness = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await ApplyAsync(Objects.Namespace(Ns, Managed));
        _harness = new RolloutHarness(Client);
    }

    public override async Task DisposeAsync()
    {
        await _harness.DisposeAsync();
        await base.DisposeAsync();
    }

    [ClusterFact]
    public async Task A_good_image_goes_live_step_by_step()
    {
        var (states, _) = await DeployAsync(1, "demo/hello:1", 2);
        string[] order = ["applying", "scheduling", "pulling", "starting", "ready", "settling", "live"];
        var steps = states.Select(s => s.StepId).ToList();
        Assert.Equal(steps.OrderBy(s => Array.IndexOf(order, s)), steps);
        Assert.Equal("live", steps[^1]);
        Assert.Equal(states.Select(s => s.Progress).Order(), states.Select(s => s.Progress));
        Assert.Equal(100, states[^1].Progress);
        Assert.Equal(new ReplicaCounts(2, 2, 2, 2), states[^1].Replicas);
        Assert.Equal(2, _harness.Cache.ReadyPods(Ns, "web").Count);
        AssertNothingWrong(states);
    }

    [ClusterFact]
    public async Task An_update_rolls_over_with_never_fewer_than_wanted_available()
    {
        await LiveAsync(1, "demo/hello:1", 2);
        using var done = new CancellationTokenSource();
        var least = LeastAvailableAsync(done.Token);
        var (states, _) = await DeployAsync(2, "demo/hello:2", 2);
        Assert.Equal(ReleaseState.Live, states[^1].State);
        AssertNothingWrong(states);
        Assert.Equal(states.Select(s => s.Progress).Order(), states.Select(s => s.Progress));
        await done.CancelAsync();
        Assert.Equal(2, await least);
        Assert.All(_harness.Cache.ReadyPods(Ns, "web"), p => Assert.Equal(2, p.Release));
        var sets = (await Client.ListAsync<ReplicaSet>(ResourceType.ReplicaSets, Ns, "app=web", cancellation: Limit)).Value.Items;
        Assert.Equal([("1", 0), ("2", 2)], sets.Select(s => (s.Metadata.Label(Labels.Release)!, s.Spec.Replicas!.Value)).Order());
    }

    [ClusterFact]
    public async Task A_failed_update_leaves_the_old_pods_serving_and_a_rollback_goes_live()
    {
        await LiveAsync(1, "demo/hello:1", 1);
        var (failed, _) = await DeployAsync(2, "demo/missing:1", 1);
        Assert.Equal((ReleaseState.Failed, DiagnosisCodes.ImageNotFound), (failed[^1].State, failed[^1].Diagnosis!.Code));
        Assert.Equal([1], _harness.Cache.ReadyPods(Ns, "web").Select(p => p.Release));
        var (back, _) = await DeployAsync(3, "demo/hello:1", 1);
        Assert.Equal((ReleaseState.Live, null), (back[^1].State, back[^1].Diagnosis));
        Assert.Equal([3], _harness.Cache.ReadyPods(Ns, "web").Select(p => p.Release));
    }

    [ClusterFact]
    public async Task Scaled_to_nothing_is_stopped_and_comes_back()
    {
        await LiveAsync(1, "demo/hello:1", 1);
        var (stopped, _) = await DeployAsync(2, "demo/hello:1", 0);
        Assert.Equal((ReleaseState.Stopped, 100), (stopped[^1].State, stopped[^1].Progress));
        Assert.Empty(_harness.Cache.ReadyPods(Ns, "web"));
        await LiveAsync(3, "demo/hello:1", 1);
    }

    [ClusterFact]
    public async Task A_release_that_a_newer_one_overtakes_is_superseded()
    {
        await LiveAsync(1, "demo/hello:1", 1);
        await ApplyAsync(Manifest(2, "demo/unready:1", 1));
        _harness.Begin(Ns, "web", 2);
        await UntilAsync(s => s.Pods.Any(p => p.Release == 2));
        await ApplyAsync(Manifest(3, "demo/hello:3", 1));
        var seen = await UntilAsync(s => s.State.IsFinal());
        Assert.Equal((ReleaseState.Superseded, "replaced by release 3"), (seen[^1].State, seen[^1].Step));
        _harness.Begin(Ns, "web", 3);
        Assert.Equal(ReleaseState.Live, (await UntilAsync(s => s.State.IsFinal()))[^1].State);
    }

    [ClusterFact]
    public async Task A_paused_deployment_waits_and_goes_on()
    {
        await LiveAsync(1, "demo/hello:1", 1);
        var paused = Manifest(2, "demo/hello:2", 1);
        paused["spec"]!["paused"] = true;
        await ApplyAsync(paused);
        _harness.Begin(Ns, "web", 2);
        Assert.Equal(ReleaseState.RollingOut, (await UntilAsync(s => s.StepId == StepIds.Paused))[^1].State);
        Assert.Equal([1], _harness.Cache.ReadyPods(Ns, "web").Select(p => p.Release));
        await ApplyAsync(Manifest(2, "demo/hello:2", 1));
        Assert.Equal(ReleaseState.Live, (await UntilAsync(s => s.State.IsFinal()))[^1].State);
    }

    [ClusterFact]
    public async Task A_live_release_that_loses_its_pod_says_so_and_recovers()
    {
        await LiveAsync(1, "demo/hello:1", 1);
        var pod = Assert.Single(_harness.Cache.Get(Ns, "web").Pods);
        // Without the quota another pod would be there before anybody looks.
        await ApplyAsync(Objects.Parse($$$"""{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"none","namespace":"{{{Ns}}}"},"spec":{"hard":{"pods":"0"} } }"""));
        await UntilAsync<ResourceQuota>(ResourceType.ResourceQuotas, "none", q => q.Status.Hard?.Count > 0);
        await Client.DeleteAsync(ResourceType.Pods, Ns, pod.Metadata.Name, cancellation: Limit);
        // The refusal and the loss come as two objects, in either order.
        var seen = (await UntilAsync(s => s.Diagnosis is not null && s.Step != "live"))[^1];
        Assert.Equal((ReleaseState.Live, "live; ready 0 of 1", DiagnosisCodes.QuotaExceeded), (seen.State, seen.Step, seen.Diagnosis!.Code));
        await Client.DeleteAsync(ResourceType.ResourceQuotas, Ns, "none", cancellation: Limit);
        var again = await UntilAsync(s => s.Step == "live");
        Assert.NotEqual(pod.Metadata.Name, Assert.Single(again[^1].Pods, p => p.Ready).Name);
    }

    [ClusterFact]
    public async Task A_live_release_whose_deployment_is_deleted_is_missing_on_the_cluster()
    {
        await LiveAsync(1, "demo/hello:1", 1);
        await Client.DeleteAsync(ResourceType.Deployments, Ns, "web", cancellation: Limit);
        await UntilAsync(s => s.Step == "missing on the cluster");
    }

    [ClusterFact]
    public async Task Recreating_never_runs_both_versions()
    {
        const string Recreate = """ "minReadySeconds":3,"strategy":{"type":"Recreate"}, """;
        await ApplyAsync(Deployment(Ns, "web", 1, "demo/hello:1", 2, spec: Recreate, container: Checked));
        _harness.Begin(Ns, "web", 1, 2);
        await UntilAsync(s => s.State == ReleaseState.Live);
        await ApplyAsync(Deployment(Ns, "web", 2, "demo/hello:2", 2, spec: Recreate, container: Checked));
        _harness.Begin(Ns, "web", 2, 2);
        var seen = await UntilAsync(s => s.State.IsFinal());
        Assert.Equal(ReleaseState.Live, seen[^1].State);
        Assert.DoesNotContain(seen, s => s.Pods.Where(p => p.Ready).Select(p => p.Release).Distinct().Count() > 1);
    }

    [ClusterFact]
    public async Task While_the_cluster_is_away_nothing_is_concluded_and_then_all_goes_on()
    {
        using var link = await ClusterLink.ToAsync(Target.KubeConfigPath);
        await using var harness = new RolloutHarness(link.Client);
        await ApplyAsync(Manifest(1, "demo/hello:1", 1));
        harness.Begin(Ns, "web", 1);
        await harness.UntilAsync(Ns, "web", s => s.Pods.Count > 0, Limit);
        link.Link.Cut();
        var away = (await harness.UntilAsync(Ns, "web", s => s.Diagnosis is not null, Limit))[^1];
        Assert.Equal((ReleaseState.RollingOut, DiagnosisCodes.ClusterUnreachable), (away.State, away.Diagnosis!.Code));
        Assert.NotNull(harness.Cache.Status.StaleSince);
        link.Link.Restore();
        var back = await harness.UntilAsync(Ns, "web", s => s.State.IsFinal(), Limit);
        Assert.Equal((ReleaseState.Live, null), (back[^1].State, back[^1].Diagnosis));
    }

    /// <summary>On a machine that is busy for long, a start that takes its time may look like one of these for a while.</summary>
    private static void AssertNothingWrong(List<RolloutState> states)
    {
        Assert.All(states, s => Assert.Contains(s.Diagnosis?.Code, new[] { null, DiagnosisCodes.NotReady, DiagnosisCodes.ClusterUnreachable }));
        Assert.Null(states[^1].Diagnosis);
    }

    private async Task LiveAsync(int release, string image, int replicas)
    {
        var (states, info) = await DeployAsync(release, image, replicas);
        Assert.True(states[^1].State == ReleaseState.Live, Told(states[^1]));
        await _harness.EndAsync(info, states[^1], Limit);
    }

    private async Task<(List<RolloutState> States, ReleaseInfo Release)> DeployAsync(int release, string image, int replicas)
    {
        await ApplyAsync(Manifest(release, image, replicas));
        var info = _harness.Begin(Ns, "web", release, replicas);
        return (await UntilAsync(s => s.State.IsFinal()), info);
    }

    private System.Text.Json.Nodes.JsonObject Manifest(int release, string image, int replicas) =>
        Deployment(Ns, "web", release, image, replicas, spec: Quick, container: Checked);

    private Task<List<RolloutState>> UntilAsync(Func<RolloutState, bool> fits) => _harness.UntilAsync(Ns, "web", fits, Limit);

    /// <summary>The fewest available pods that the deployment reported until cancelled.</summary>
    private async Task<int> LeastAvailableAsync(CancellationToken done)
    {
        var least = int.MaxValue;
        try
        {
            while (true)
                await foreach (var e in Client.WatchAsync<Core.Kubernetes.Resources.Deployment>(ResourceType.Deployments, new() { Namespace = Ns, FieldSelector = "metadata.name=web" }, done))
                    if (e.Kind is WatchEventKind.Added or WatchEventKind.Modified) least = Math.Min(least, e.Object!.Status.AvailableReplicas);
        }
        catch (OperationCanceledException)
        {
            return least;
        }
    }
}
