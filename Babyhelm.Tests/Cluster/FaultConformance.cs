using System.Diagnostics;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Integration;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace Babyhelm.Tests.Cluster;

/// <summary>The cluster or Babyhelm dies, freezes or forgets in the middle of a rollout: all ends right, nothing lost, nothing done twice.</summary>
public sealed class FaultConformance(FaultStage stage, ITestOutputHelper output) : IClassFixture<FaultStage>, IAsyncLifetime
{
    private const int Replicas = 3;
    private static readonly bool Real = ConformanceTarget.Kind == TargetKind.RealCluster;

    /// <summary>How long the API server says nothing.</summary>
    private static readonly TimeSpan Silence = Real ? TimeSpan.FromSeconds(60) : TimeSpan.FromSeconds(4);

    /// <summary>How long it is away.</summary>
    private static readonly TimeSpan Absence = TimeSpan.FromSeconds(Real ? 10 : 2);

    private static readonly int Kills = Real ? 20 : 3;

    private string _project = "";

    private string Ns => $"bh-{_project}";

    public async Task InitializeAsync() => _project = await BabyhelmStage.NewProjectAsync(stage.Target, stage.User);

    public async Task DisposeAsync()
    {
        await stage.Faults.HealAsync();
        // By Babyhelm itself, which would put back a namespace that somebody else deletes.
        Assert.Contains((await stage.User.DeleteAsync($"projects/{_project}")).Status, new[] { 202, 404 });
    }

    [FaultFact]
    public async Task The_api_server_is_killed_and_restarted_during_a_rollout()
    {
        await LiveAsync();
        await stage.User.DeployAsync(_project, "web", Spec(2));
        await UnderwayAsync(2);
        await stage.Faults.KillAsync();
        await Task.Delay(Absence);
        var queued = await stage.User.CreateAppAsync(_project, Specs.Checked("late", "demo/hello:1"));
        await stage.Faults.StartAsync();
        await EndedAsync("web", 2, Replicas);
        await EndedAsync("late", queued, 1);
    }

    [FaultFact]
    public async Task The_api_server_is_frozen_during_a_rollout()
    {
        await LiveAsync();
        await stage.User.DeployAsync(_project, "web", Spec(2));
        await UnderwayAsync(2);
        await stage.Faults.FreezeAsync();
        var frozen = Stopwatch.StartNew();
        if (Real)
        {
            var away = await Eventually.GetAsync(() => RolloutAsync(), a => a.Status == 200 && a["diagnosis"] is not null, Silence);
            output.WriteLine($"{away["diagnosis"]!["code"]} {frozen.Elapsed.TotalSeconds:0.0} s after the freeze");
            Assert.Equal("cluster-unreachable", away["diagnosis"]!["code"]!.GetValue<string>());
        }
        var queued = await stage.User.CreateAppAsync(_project, Specs.Checked("late", "demo/hello:1"));
        var left = Silence - frozen.Elapsed;
        if (left > TimeSpan.Zero) await Task.Delay(left);
        await stage.Faults.ThawAsync();
        await EndedAsync("web", 2, Replicas);
        await EndedAsync("late", queued, 1);
    }

    [FaultFact]
    public async Task History_is_compacted_during_a_rollout()
    {
        await LiveAsync();
        await stage.User.DeployAsync(_project, "web", Spec(2));
        await UnderwayAsync(2);
        await stage.Faults.CompactAsync();
        await EndedAsync("web", 2, Replicas);
        await stage.User.DeployAsync(_project, "web", Spec(3));
        await EndedAsync("web", 3, Replicas);
    }

    [FaultFact]
    public async Task Babyhelm_is_killed_at_random_points_of_a_rollout()
    {
        var random = new Random(Seed.Next(output));
        var usual = Stopwatch.StartNew();
        await LiveAsync();
        // Of a rollout as it usually is here; the first pulls its image too.
        var length = usual.Elapsed;
        for (var release = 2; release <= Kills + 1; release++)
        {
            var wait = length * random.NextDouble();
            await stage.User.DeployAsync(_project, "web", Spec(release));
            await Task.Delay(wait);
            var step = await RolloutAsync();
            await stage.KillAppAsync();
            await stage.App.WaitReadyAsync();
            var watch = Stopwatch.StartNew();
            await EndedAsync("web", release, Replicas);
            output.WriteLine($"killed {wait.TotalSeconds:0.00} s into release {release} ({step["state"]}, {step["stepId"]}); live {watch.Elapsed.TotalSeconds:0.0} s after the restart");
        }
    }

    [FaultFact]
    public async Task What_points_into_forgotten_history_expires_and_informers_catch_up()
    {
        using var limit = new CancellationTokenSource(BabyhelmStage.Patience);
        var client = stage.Target.Client;
        foreach (var name in new[] { "a", "b", "c" }) Assert.Null((await client.ApplyAsync(Objects.ConfigMap(Ns, name).Labelled(("f", "1")), cancellation: limit.Token)).Error);
        var before = (await client.ListAsync<JsonObject>(ResourceType.ConfigMaps, Ns, "f=1", cancellation: limit.Token)).Value.ResourceVersion;
        var page = await PageAsync("", limit.Token);
        var token = page.Value["metadata"]!["continue"]!.GetValue<string>();

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
        var deployments = new Informer<Deployment>(client, ResourceType.Deployments, "app", Ns, _ => { }, TimeProvider.System, NullLogger.Instance);
        var run = deployments.RunAsync(stop.Token);
        foreach (var name in new[] { "goes", "stays" }) Assert.Null((await client.ApplyAsync(Objects.Deployment(Ns, name, replicas: 0), cancellation: limit.Token)).Error);
        while (deployments.Items.Count < 2) await Task.Delay(20, limit.Token);

        await stage.Faults.CompactAsync();
        Assert.True((await client.DeleteAsync(ResourceType.Deployments, Ns, "goes", cancellation: limit.Token)).Value.Found);
        await foreach (var e in client.WatchAsync<JsonObject>(ResourceType.ConfigMaps, new() { Namespace = Ns, ResourceVersion = before }, limit.Token))
            Assert.True(Assert.IsType<KubernetesError>(e.Error).IsExpired, $"{e}");
        Assert.True(Assert.IsType<KubernetesError>((await PageAsync($"&continue={token}", limit.Token)).Error).IsExpired);
        while (deployments.Items.Count != 1) await Task.Delay(20, limit.Token);
        Assert.Equal([$"{Ns}/stays"], deployments.Items.Keys);
        await stop.CancelAsync();
        await run;
    }

    private async Task<Core.Common.Result<JsonObject>> PageAsync(string query, CancellationToken cancellation)
    {
        var answer = await stage.Target.Transport.SendAsync(new(HttpMethod.Get, $"{ResourceType.ConfigMaps.Path(Ns)}?limit=1{query}"), TimeSpan.FromSeconds(30), cancellation);
        if (answer.Failed(out var error, out var response)) return error;
        using (response) return JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellation))!.AsObject();
    }

    private async Task LiveAsync()
    {
        await stage.User.CreateAppAsync(_project, Spec(1));
        await EndedAsync("web", 1, Replicas);
    }

    /// <summary>Each release has another image; a real node has three of them.</summary>
    private object Spec(int release) => new
    {
        name = "web",
        image = Real ? $"demo/hello:{1 + release % 3}" : $"demo/hello:{_project}-{release}",
        health = new { path = "/" },
        replicas = Replicas,
    };

    private Task<Answer> RolloutAsync() => stage.User.GetAsync($"projects/{_project}/apps/web/rollout");

    private Task UnderwayAsync(int release) => Eventually.GetAsync(RolloutAsync,
        a => a.Status == 200 && a["release"]!.GetValue<int>() == release && a["state"]!.GetValue<string>() == "rollingOut" && a["replicas"]!["updated"]!.GetValue<int>() > 0,
        BabyhelmStage.Patience, () => stage.App.Output);

    private async Task EndedAsync(string app, int release, int replicas)
    {
        await stage.User.WaitStateAsync(_project, app, "live", release, BabyhelmStage.Patience, () => stage.App.Output);
        await BabyhelmStage.AssertDoneOnceAsync(stage.Target, stage.App.Connection, stage.User, _project, app, release, replicas);
    }
}
