using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Integration;

/// <summary>What is done to an application after its deploy: scaling, restarts, stops, pauses, cancelled deploys, runs by hand.</summary>
[Collection(BabyhelmCollection.Name)]
public sealed class ActionTests(SharedBabyhelm shared) : IAsyncLifetime
{
    private ApiUser _user = null!;
    private string _project = "";

    private string Namespace => $"bh-{_project}";

    public async Task InitializeAsync()
    {
        _user = await ApiUser.RegisterAsync(shared.App);
        _project = await _user.CreateProjectAsync();
    }

    public Task DisposeAsync()
    {
        _user.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Scaling_keeps_the_pods_that_run_and_nothing_undoes_it()
    {
        await LiveAsync(Specs.Checked("web", "demo/hello:1"));
        var first = Assert.Single(await PodNamesAsync());
        // Compared once already: only the change itself can make it compared again.
        var compared = await Eventually.GetAsync(ComparedAsync, c => c is not null);
        Assert.Equal(1, Number((await DoAsync("scale", new { replicas = 3 })).AssertStatus(202)["release"]));

        Assert.Contains(first, await Eventually.GetAsync(PodNamesAsync, pods => pods.Count == 3));
        var app = await AppAsync();
        Assert.Equal((3, 1, "live"), (Number(app["replicas"]), Number(app["release"]), Text(app["state"])));
        var release = await ReleaseAsync(1);
        Assert.Equal((3, 1), (Number(release["scaledTo"]), (await ReleasesAsync()).Count));
        Assert.Contains("replicas: 3", (await _user.GetAsync($"{Path}/releases/1/manifests")).Text, StringComparison.Ordinal);
        // Compared with the cluster again after the change, and taken for what was asked.
        await Eventually.GetAsync(ComparedAsync, c => c is not null && c != compared);
        Assert.Equal(3, await ReplicasAsync());

        // A release that fails gives way to the live one with as many pods as it had been scaled to.
        await _user.DeployAsync(_project, "web", Specs.Checked("web", "demo/missing:1"));
        await _user.WaitStateAsync(_project, "web", "live", release: 3);
        Assert.Equal((3, 3), (await ReplicasAsync(), Number((await AppAsync())["replicas"])));
        (await DoAsync("scale", new { replicas = 0 })).AssertProblem(400, "invalid");
        (await DoAsync("scale", new { replicas = 101 })).AssertProblem(400, "invalid");
    }

    /// <summary>Fingerprint of what was compared and found as it should be.</summary>
    private Task<string?> ComparedAsync() => TestDatabase.ScalarAsync<string>(shared.App.Connection,
        $"SELECT a.compared_objects FROM applications a JOIN projects p ON p.id = a.project_id WHERE p.name = '{_project}' AND a.drift IS NULL");

    [Fact]
    public async Task What_was_asked_before_a_crash_is_done_by_the_sweep_though_the_namespace_has_gone()
    {
        await LiveAsync(Specs.Checked("web", "demo/hello:1"));
        // So that nothing but the sweep puts it back.
        (await _user.PatchAsync($"{Path}/settings", new { selfHeal = false })).AssertStatus(204);
        await shared.Cluster.DeleteAsync(ResourceType.Namespaces, null, Namespace);
        // As a process leaves it that ends right after its commit: nobody was told.
        Assert.Equal(1, await TestDatabase.ScalarAsync<long>(shared.App.Connection, $"""
            WITH asked AS (
                UPDATE releases r SET scaled_to = 2, operation = operation + 1 FROM applications a JOIN projects p ON p.id = a.project_id
                WHERE r.application_id = a.id AND p.name = '{_project}' RETURNING 1)
            SELECT count(*) FROM asked
            """));
        await Eventually.GetAsync(() => shared.Cluster.GetAsync(ResourceType.Deployments, Namespace, "web"), d => d.Error is null && Number(d.Value["spec"]!["replicas"]) == 2);
        await Eventually.GetAsync(PodNamesAsync, pods => pods.Count == 2);
    }

    [Fact]
    public async Task A_restart_replaces_every_pod_of_the_same_release()
    {
        await LiveAsync(Specs.Checked("web", "demo/hello:1"));
        var first = Assert.Single(await PodNamesAsync());
        (await DoAsync("restart")).AssertStatus(202);
        Assert.NotEqual(first, Assert.Single(await Eventually.GetAsync(PodNamesAsync, pods => pods.Count == 1 && !pods.Contains(first))));
        Assert.NotNull((await ReleaseAsync(1))["restartedAt"]);
        var app = await AppAsync();
        Assert.Equal((1, "live"), (Number(app["release"]), Text(app["state"])));
        await Eventually.GetAsync(AppAsync, a => a["drift"] is null);
    }

    [Fact]
    public async Task A_stopped_application_stays_stopped_until_it_is_started()
    {
        await LiveAsync(new { name = "web", image = "demo/hello:1", health = new { path = "/" }, replicas = 2 });
        (await DoAsync("start")).AssertProblem(409, "not-stopped");
        Assert.Equal(2, Number((await DoAsync("stop")).AssertStatus(202)["release"]));
        await _user.WaitStateAsync(_project, "web", "stopped", release: 2);
        await Eventually.GetAsync(PodNamesAsync, pods => pods.Count == 0);
        (await DoAsync("stop")).AssertProblem(409, "stopped");
        foreach (var refused in new[] { "restart", "pause", "resume", "cancel" }) Assert.Equal(409, (await DoAsync(refused)).Status);
        (await DoAsync("scale", new { replicas = 3 })).AssertProblem(409, "stopped");

        // Neither a deploy nor a rollback starts it unasked.
        var deployed = (await _user.PutAsync(Path, new { name = "web", image = "demo/hello:2", health = new { path = "/" }, replicas = 2 })).AssertStatus(202);
        Assert.Contains("stopped", Text(deployed["notice"]), StringComparison.Ordinal);
        await _user.WaitStateAsync(_project, "web", "stopped", release: 3);
        (await DoAsync("rollback", new { release = 1 })).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "stopped", release: 4);
        Assert.Equal(0, await ReplicasAsync());
        Assert.Empty(await PodNamesAsync());
        var app = await AppAsync();
        Assert.Equal((true, 2), (app["stopped"]!.GetValue<bool>(), Number(app["replicas"])));

        (await DoAsync("start")).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 5);
        Assert.Equal(2, await ReplicasAsync());
        Assert.Equal(["live", "superseded", "superseded", "superseded", "superseded"], (await ReleasesAsync()).Select(r => Text(r!["state"])));
        Assert.Equal("Started", Text((await ReleaseAsync(5))["message"]));
    }

    [Fact]
    public async Task A_start_that_fails_leaves_the_application_stopped()
    {
        await LiveAsync(Specs.Checked("web", "demo/hello:1"));
        (await DoAsync("stop")).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "stopped", release: 2);
        await _user.DeployAsync(_project, "web", Specs.Checked("web", "demo/missing:1"));
        await _user.WaitStateAsync(_project, "web", "stopped", release: 3);
        (await DoAsync("start")).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "stopped", release: 5);
        Assert.Equal(["stopped", "failed", "superseded", "superseded", "superseded"], (await ReleasesAsync()).Select(r => Text(r!["state"])));
        Assert.Equal((0, true), (await ReplicasAsync(), (await AppAsync())["stopped"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task A_rollout_is_paused_resumed_and_cancelled_and_what_was_live_comes_back()
    {
        await LiveAsync(Specs.Checked("web", "demo/hello:1"));
        (await DoAsync("pause")).AssertProblem(409, "not-rolling-out");
        (await DoAsync("cancel")).AssertProblem(409, "nothing-underway");
        await _user.DeployAsync(_project, "web", Specs.Checked("web", "demo/unready:1"));
        await _user.WaitStateAsync(_project, "web", "rollingOut", release: 2);
        (await DoAsync("resume")).AssertProblem(409, "not-paused");
        (await DoAsync("pause")).AssertStatus(202);
        await _user.WaitStepAsync(_project, "web", "paused");
        Assert.True((await DeploymentAsync())["spec"]!["paused"]!.GetValue<bool>());
        (await DoAsync("pause")).AssertProblem(409, "paused");
        (await DoAsync("resume")).AssertStatus(202);
        await Eventually.GetAsync(DeploymentAsync, d => d["spec"]!["paused"] is null);

        Assert.Equal(3, Number((await DoAsync("cancel")).AssertStatus(202)["release"]));
        (await DoAsync("cancel")).AssertStatus(409);
        await _user.WaitStateAsync(_project, "web", "live", release: 3);
        var releases = await ReleasesAsync();
        Assert.Equal(["live", "cancelled", "superseded"], releases.Select(r => Text(r!["state"])));
        Assert.Equal((1, false, "Release 2 was cancelled: back to release 1"),
            (Number(releases[0]!["rollbackOf"]), releases[0]!["automatic"]!.GetValue<bool>(), Text(releases[0]!["message"])));
    }

    [Fact]
    public async Task Nothing_is_left_of_a_first_deploy_that_was_cancelled()
    {
        await _user.CreateAppAsync(_project, Specs.Checked("web", "demo/unready:1"));
        await _user.WaitStateAsync(_project, "web", "rollingOut", release: 1);
        (await DoAsync("cancel")).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "cancelled", release: 1);
        await Eventually.GetAsync(() => shared.Cluster.GetAsync(ResourceType.Deployments, Namespace, "web"), d => d.Error is KubernetesError { IsNotFound: true });
        await Eventually.GetAsync(() => shared.Cluster.GetAsync(ResourceType.Services, Namespace, "web"), d => d.Error is KubernetesError { IsNotFound: true });
        await _user.DeployAsync(_project, "web", Specs.Checked("web", "demo/hello:1"));
        await _user.WaitStateAsync(_project, "web", "live", release: 2);
    }

    [Fact]
    public async Task A_cron_application_is_run_once_and_its_outcome_told()
    {
        var spec = new { name = "tick", image = "demo/hello:1", kind = "cron", schedule = "0 0 1 1 *" };
        await _user.CreateAppAsync(_project, spec);
        await _user.WaitStateAsync(_project, "tick", "live", release: 1);
        var path = $"projects/{_project}/apps/tick";
        foreach (var refused in new[] { "restart", "pause" }) (await _user.PostAsync($"{path}/{refused}", null)).AssertProblem(409, "runs-on-schedule");
        var job = Text((await _user.PostAsync($"{path}/run", null)).AssertStatus(202)["job"])!;
        var done = (await Eventually.GetAsync(() => _user.GetAsync($"{path}/runs"), a => a.Status == 200 && a.Json.AsArray() is [{ } run] && Text(run["state"]) == "succeeded")).Json[0]!;
        Assert.Equal((job, true, 1), (Text(done["name"]), done["manual"]!.GetValue<bool>(), Number(done["release"])));
        Assert.NotNull(done["finishedAt"]);

        await _user.DeployAsync(_project, "tick", spec with { image = "demo/crash:1" });
        await _user.WaitStateAsync(_project, "tick", "live", release: 2);
        job = Text((await _user.PostAsync($"{path}/run", null)).AssertStatus(202)["job"])!;
        var failed = (await Eventually.GetAsync(() => _user.GetAsync($"{path}/runs"), a => a.Status == 200 && a.Json.AsArray().Any(r => Text(r!["name"]) == job && Text(r["state"]) == "failed")))
            .Json.AsArray().Single(r => Text(r!["name"]) == job)!;
        Assert.False(string.IsNullOrEmpty(Text(failed["problem"])));

        // The release stays live, and a stopped schedule can still be run by hand.
        Assert.Equal("live", Text((await _user.GetAsync(path))["state"]));
        (await _user.PostAsync($"{path}/stop", null)).AssertStatus(202);
        await _user.WaitStateAsync(_project, "tick", "stopped", release: 3);
        Assert.True((await shared.Cluster.GetAsync(ResourceType.CronJobs, Namespace, "tick")).Value["spec"]!["suspend"]!.GetValue<bool>());
        (await _user.PostAsync($"{path}/run", null)).AssertStatus(202);
    }

    [Fact]
    public async Task Volumes_stay_unless_they_are_asked_for()
    {
        var spec = new { name = "web", image = "demo/hello:1", health = new { path = "/" }, volumes = new[] { new { name = "data", mountPath = "/data" } } };
        await LiveAsync(spec);
        (await _user.DeleteAsync(Path)).AssertStatus(202);
        await Eventually.GetAsync(() => _user.GetAsync(Path), a => a.Status == 404);
        var claim = (await shared.Cluster.GetAsync<PersistentVolumeClaim>(ResourceType.PersistentVolumeClaims, Namespace, "web--data")).Value;
        Assert.Null(claim.Metadata.DeletionTimestamp);

        // A new application of the name finds them; without the volume in its settings, they go with it all the same.
        await LiveAsync(spec);
        Assert.Equal(claim.Metadata.Uid, (await shared.Cluster.GetAsync<PersistentVolumeClaim>(ResourceType.PersistentVolumeClaims, Namespace, "web--data")).Value.Metadata.Uid);
        await _user.DeployAsync(_project, "web", Specs.Checked("web", "demo/hello:1"));
        await _user.WaitStateAsync(_project, "web", "live", release: 2);
        (await _user.DeleteAsync($"{Path}?volumes=true")).AssertStatus(202);
        await Eventually.GetAsync(() => _user.GetAsync(Path), a => a.Status == 404);
        await Eventually.GetAsync(() => shared.Cluster.GetAsync(ResourceType.PersistentVolumeClaims, Namespace, "web--data"), c => c.Error is KubernetesError { IsNotFound: true });
    }

    [Fact]
    public async Task A_release_is_pinned_to_what_it_runs()
    {
        await LiveAsync(Specs.Checked("web", "demo/hello:1"));
        var digest = Text((await ReleaseAsync(1))["digest"]);
        (await DoAsync("pin")).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 2);
        Assert.Equal($"demo/hello:1@{digest}", Text((await AppAsync())["image"]));
        Assert.Equal(digest, Text((await ReleaseAsync(2))["digest"]));
        (await DoAsync("pin")).AssertProblem(409, "pinned");
    }

    private string Path => $"projects/{_project}/apps/web";

    private Task<Answer> DoAsync(string action, object? body = null) => _user.PostAsync($"{Path}/{action}", body);

    private Task<Answer> AppAsync() => _user.GetAsync(Path);

    private Task<Answer> ReleaseAsync(int number) => _user.GetAsync($"{Path}/releases/{number}");

    private async Task<JsonArray> ReleasesAsync() => (await _user.GetAsync($"{Path}/releases")).Json.AsArray();

    private async Task LiveAsync(object spec)
    {
        await _user.CreateAppAsync(_project, spec);
        await _user.WaitStateAsync(_project, "web", "live", release: 1);
    }

    private async Task<JsonObject> DeploymentAsync() => (await shared.Cluster.GetAsync(ResourceType.Deployments, Namespace, "web")).Value;

    private async Task<int> ReplicasAsync() => Number((await DeploymentAsync())["spec"]!["replicas"]);

    /// <summary>Those that are not ending.</summary>
    private async Task<List<string>> PodNamesAsync() =>
        [.. (await shared.Cluster.ListAsync<Pod>(ResourceType.Pods, Namespace, $"{Labels.App}=web")).Value.Items.Where(p => p.Metadata.DeletionTimestamp is null).Select(p => p.Metadata.Name)];

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    private static int Number(JsonNode? node) => node!.GetValue<int>();
}
