using System.Diagnostics;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Xunit.Abstractions;

namespace Babyhelm.Tests.Integration;

/// <summary>A cluster that outlives its web processes, and the one that runs now.</summary>
public sealed class CrashStage : IAsyncLifetime
{
    public ExternalCluster Cluster { get; private set; } = null!;
    public BabyhelmProcess App { get; set; } = null!;
    public ApiUser User { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Cluster = await ExternalCluster.StartAsync(pullDelay: TimeSpan.FromSeconds(10));
        App = await BabyhelmProcess.StartAsync(settings: Cluster.Settings);
        User = await ApiUser.RegisterAsync(App);
    }

    public async Task DisposeAsync()
    {
        User?.Dispose();
        if (App is not null) await App.DisposeAsync();
        if (Cluster is not null) await Cluster.DisposeAsync();
    }
}

/// <summary>kill -9 at any point: the release ends live after the restart, and nothing shows that it was done twice.</summary>
public sealed class CrashTests(CrashStage stage, ITestOutputHelper output) : IClassFixture<CrashStage>, IAsyncLifetime
{
    // Images of its own for each test: one that is on the node already is not pulled.
    private readonly string _image = $"demo/hello:{Guid.NewGuid():N}";
    private string _project = "";

    public async Task InitializeAsync() => _project = await stage.User.CreateProjectAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("pending")]
    [InlineData("applying")]
    public async Task Killed_between_commit_and_apply(string state)
    {
        stage.Cluster.Sandbox.Freeze();
        await stage.User.CreateAppAsync(_project, Specs.Checked("web", _image));
        if (state == "applying") await stage.User.WaitStateAsync(_project, "web", state);
        await stage.App.KillAsync();
        Assert.Equal(1L, await TestDatabase.ScalarAsync<long>(stage.App.Connection,
            "SELECT count(*) FROM releases WHERE state IN ('Pending', 'Applying')"));
        stage.Cluster.Sandbox.Thaw();
        Assert.Empty((await stage.Cluster.Client.ListAsync<Deployment>(ResourceType.Deployments, $"bh-{_project}")).Value.Items);
        await RestartAndCheckAsync($"killed {state}", 1);
    }

    [Theory]
    [InlineData("pulling")]
    [InlineData("settling")]
    public async Task Killed_during_the_rollout(string step)
    {
        // Pulling takes some 10 s, and without a health check so does settling: neither is over before it is seen.
        await stage.User.CreateAppAsync(_project, new { name = "web", image = _image });
        await stage.User.WaitStepAsync(_project, "web", step, () => stage.App.Output);
        await stage.App.KillAsync();
        var (generation, uid) = await DeploymentAsync();
        await RestartAndCheckAsync($"killed {step}", 1);
        Assert.Equal((generation, uid), await DeploymentAsync());
    }

    [Fact]
    public async Task Killed_during_an_update_while_the_old_release_serves()
    {
        await stage.User.CreateAppAsync(_project, Specs.Checked("web", _image));
        await stage.User.WaitStateAsync(_project, "web", "live");
        await stage.User.DeployAsync(_project, "web", Specs.Checked("web", _image + "2"));
        await stage.User.WaitStepAsync(_project, "web", "pulling", () => stage.App.Output);
        await stage.App.KillAsync();
        await RestartAndCheckAsync("killed in an update", 2);
    }

    private async Task RestartAndCheckAsync(string what, int release)
    {
        var watch = Stopwatch.StartNew();
        await stage.App.DisposeAsync();
        var again = stage.App = BabyhelmProcess.Launch(stage.App.Connection, stage.App.Port, stage.Cluster.Settings);
        await again.WaitReadyAsync();
        var ready = watch.Elapsed;
        var rollout = await stage.User.WaitStateAsync(_project, "web", "live", release, TimeSpan.FromSeconds(180), () => again.Output);
        output.WriteLine($"{what}: ready after {ready.TotalSeconds:0.0} s, live after {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.Null(rollout["diagnosis"]);

        await Eventually.GetAsync(() => TestDatabase.JobsAsync(stage.App.Connection), jobs => jobs == 0);
        var deployment = Assert.Single((await stage.Cluster.Client.ListAsync<Deployment>(ResourceType.Deployments, $"bh-{_project}")).Value.Items);
        Assert.Equal(release, deployment.Metadata.Generation);
        Assert.Equal($"{release}", deployment.Metadata.Annotation("deployment.kubernetes.io/revision"));
        var sets = (await stage.Cluster.Client.ListAsync<ReplicaSet>(ResourceType.ReplicaSets, $"bh-{_project}")).Value.Items;
        Assert.Equal(release, sets.Count);
        var releases = (await stage.User.GetAsync($"projects/{_project}/apps/web/releases")).Json.AsArray();
        Assert.Equal(release, releases.Count);
        Assert.StartsWith($"hello from {_image}{(release == 1 ? "" : release)}\n", await stage.User.Http.GetStringAsync($"http://web-{_project}.apps.localhost:{stage.App.Port}"), StringComparison.Ordinal);
    }

    private async Task<(long Generation, string Uid)> DeploymentAsync()
    {
        var found = (await stage.Cluster.Client.GetAsync<Deployment>(ResourceType.Deployments, $"bh-{_project}", "web")).Value;
        return (found.Metadata.Generation, found.Metadata.Uid);
    }
}
