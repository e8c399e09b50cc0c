using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Npgsql;

namespace Babyhelm.Tests.Integration;

/// <summary>What a project may use: set by admins, brought to the namespace, shown, and kept to before the cluster is asked.</summary>
[Collection(StreamCollection.Name)]
public sealed class QuotaTests(SharedBabyhelm shared) : IAsyncLifetime
{
    private ApiUser _user = null!;
    private string _project = "";

    private string Path => $"projects/{_project}/quota";

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
    public async Task The_namespace_follows_the_quota_of_the_project_and_the_defaults()
    {
        Assert.Equal(("8", "16Gi", "100"), await HardAsync());
        var usual = (await shared.Admin.GetAsync("admin/quota")).AssertStatus(200);
        try
        {
            (await shared.Admin.PutAsync("admin/quota", new { memory = "12Gi" })).AssertStatus(200);
            await Eventually.GetAsync(HardAsync, h => h == ("8", "12Gi", "100"));
            (await shared.Admin.PutAsync(Path, new { cpu = "1500m", pods = 7 })).AssertStatus(204);
            await Eventually.GetAsync(HardAsync, h => h == ("1500m", "12Gi", "7"));
        }
        finally
        {
            (await shared.Admin.PutAsync("admin/quota", new { memory = usual["memory"]!.GetValue<string>() })).AssertStatus(200);
        }
        await Eventually.GetAsync(HardAsync, h => h == ("1500m", "16Gi", "7"));

        var view = (await _user.GetAsync(Path)).AssertStatus(200);
        Assert.Equal(("1500m", "0"), (view["cpu"]!["limit"]!.GetValue<string>(), view["cpu"]!["reserved"]!.GetValue<string>()));
        Assert.Equal(("1500m", null), (view["own"]!["cpu"]!.GetValue<string>(), view["own"]!["memory"]?.GetValue<string>()));
        Assert.Equal(["cpu", "memory", "pods", "storage"], (await shared.Admin.PutAsync(Path, new { cpu = "0", memory = "lots", storage = "-1", pods = 0 })).AssertProblem(400, "invalid").Fields);
        (await _user.PutAsync(Path, new { cpu = "100" })).AssertProblem(403, "forbidden");
        (await shared.Admin.PutAsync("projects/none-such/quota", new { cpu = "1" })).AssertProblem(404, "not-found");
        Assert.Contains("quota.change", (await _user.GetAsync($"projects/{_project}/audit")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_would_exceed_it_is_refused_before_it_is_tried()
    {
        (await shared.Admin.PutAsync(Path, new { cpu = "1", pods = 6, storage = "2Gi", applications = 2 })).AssertStatus(204);
        var refused = (await CreateAsync(Spec("web", replicas: 3, cpu: "400m"))).AssertProblem(409, "quota-exceeded");
        Assert.Contains("200m more CPU than the 1 left", refused["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(404, (await _user.GetAsync($"projects/{_project}/apps/web")).Status);

        (await CreateAsync(Spec("web", replicas: 2, cpu: "300m"))).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 1);
        await Eventually.GetAsync(() => _user.GetAsync(Path), a => a["cpu"]!["used"]?.GetValue<string>() == "600m" && a["pods"]!["used"]?.GetValue<string>() == "2");

        // A scale, an autoscaler's most, a volume, and the surge of an update; the preview says the same.
        Assert.Contains("200m more CPU than the 400m left", Detail(await _user.PostAsync($"projects/{_project}/apps/web/scale", new { replicas = 4 })), StringComparison.Ordinal);
        Assert.Contains("more CPU than the 400m left", Detail(await PutAsync(Spec("web", cpu: "300m", autoscale: new { min = 1, max = 9 }))), StringComparison.Ordinal);
        Assert.Contains("1Gi more storage than the 2Gi left", Detail(await PutAsync(Spec("web", cpu: "300m", volumes: new[] { new { name = "data", mountPath = "/data", size = "3Gi" } }))), StringComparison.Ordinal);
        var surging = Detail(await PutAsync(Spec("web", replicas: 2, cpu: "500m")));
        Assert.Contains("It would fit once it runs", surging, StringComparison.Ordinal);
        var preview = (await _user.PostAsync($"projects/{_project}/apps/preview", Spec("web", replicas: 2, cpu: "500m"))).AssertStatus(200);
        var refusal = Assert.Single(preview["refusals"]!.AsArray())!;
        Assert.Equal(("Quota", surging), (refusal["kind"]!.GetValue<string>(), refusal["message"]!.GetValue<string>()));
        Assert.Single((await _user.GetAsync($"projects/{_project}/apps/web/releases")).Json.AsArray());

        // What others have reserved counts; a stopped one has nothing.
        (await CreateAsync(Spec("second", cpu: "200m"))).AssertStatus(202);
        await _user.WaitStateAsync(_project, "second", "live");
        Assert.Contains("2 of the 2 applications", Detail(await CreateAsync(Spec("third", cpu: "1m"))), StringComparison.Ordinal);
        Assert.Contains("100m more CPU than the 200m left", Detail(await PutAsync(Spec("web", replicas: 2, cpu: "300m"))), StringComparison.Ordinal);
        (await _user.PostAsync($"projects/{_project}/apps/second/stop", null)).AssertStatus(202);
        await _user.WaitStateAsync(_project, "second", "stopped");
        (await PutAsync(Spec("web", replicas: 2, cpu: "350m"))).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 2);
        (await shared.Admin.PutAsync(Path, new { cpu = "800m" })).AssertStatus(204);
        Assert.Contains("100m more CPU than the 100m left", Detail(await _user.PostAsync($"projects/{_project}/apps/second/start", null)), StringComparison.Ordinal);
        Assert.Contains("Stop the application and start it again", Detail(await _user.PostAsync($"projects/{_project}/apps/web/restart", null)), StringComparison.Ordinal);
        (await _user.PostAsync($"projects/{_project}/apps/web/stop", null)).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "stopped");
        (await _user.PostAsync($"projects/{_project}/apps/second/start", null)).AssertStatus(202);
    }

    [Fact]
    public async Task What_needs_no_more_than_what_runs_goes_through_a_lowered_quota()
    {
        (await CreateAsync(Spec("web", replicas: 2, cpu: "300m"))).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 1);
        (await PutAsync(Spec("web", replicas: 2, cpu: "350m"))).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 2);

        // No room for what runs: nothing that is no more is refused, and what is more is.
        (await shared.Admin.PutAsync(Path, new { cpu = "500m" })).AssertStatus(204);
        Assert.Contains("more CPU", Detail(await PutAsync(Spec("web", replicas: 2, cpu: "400m"))), StringComparison.Ordinal);
        var preview = (await _user.PostAsync($"projects/{_project}/apps/preview", Spec("web", replicas: 2, cpu: "350m"))).AssertStatus(200);
        Assert.DoesNotContain(preview["refusals"]!.AsArray(), r => r!["kind"]!.GetValue<string>() == "Quota");
        (await _user.PostAsync($"projects/{_project}/apps/web/restart", null)).AssertStatus(202);

        // Room for what runs, not for what comes beside it: the way back is open.
        (await shared.Admin.PutAsync(Path, new { cpu = "800m" })).AssertStatus(204);
        Assert.Contains("Stop the application first", Detail(await PutAsync(Spec("web", replicas: 2, cpu: "350m"))), StringComparison.Ordinal);
        (await _user.PostAsync($"projects/{_project}/apps/web/rollback", new { release = 1 })).AssertStatus(202);
    }

    [Fact]
    public async Task A_quota_that_was_set_by_hand_in_the_namespace_becomes_the_projects_own()
    {
        (await CreateAsync(Spec("web"))).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 1);
        var changed = new JsonObject { ["spec"] = new JsonObject { ["hard"] = new JsonObject { ["requests.cpu"] = "20", ["pods"] = "250", ["requests.storage"] = "102400Mi", ["requests.memory"] = "32Mi" } } };
        Assert.Null((await shared.Cluster.PatchAsync(ResourceType.ResourceQuotas, $"bh-{_project}", "babyhelm", changed)).Error);
        // As an installation has it that is older than quotas.
        await using (var source = NpgsqlDataSource.Create(shared.App.Connection))
        {
            await using var command = source.CreateCommand("UPDATE projects SET applied_quota = NULL WHERE name = $1");
            command.Parameters.AddWithValue(_project);
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }
        await _user.DeployAsync(_project, "web", Spec("web", cpu: "110m"));
        await _user.WaitStateAsync(_project, "web", "live", release: 2);

        Assert.Equal(("20", "16Gi", "250"), await HardAsync());
        var own = (await _user.GetAsync(Path)).AssertStatus(200)["own"]!;
        Assert.Equal(("20", 250, null, null), (own["cpu"]!.GetValue<string>(), own["pods"]!.GetValue<int>(), own["storage"]?.GetValue<string>(), own["memory"]?.GetValue<string>()));
        Assert.Contains("taken over from the namespace", (await _user.GetAsync($"projects/{_project}/audit")).AssertStatus(200).Text, StringComparison.Ordinal);

        // Once only: what is done there by hand later is put right.
        Assert.Null((await shared.Cluster.PatchAsync(ResourceType.ResourceQuotas, $"bh-{_project}", "babyhelm", changed)).Error);
        (await shared.Admin.PutAsync(Path, new { cpu = "9" })).AssertStatus(204);
        await Eventually.GetAsync(HardAsync, h => h == ("9", "16Gi", "100"));
    }

    [Fact]
    public async Task Of_two_who_deploy_at_once_one_gets_what_is_left()
    {
        (await shared.Admin.PutAsync(Path, new { cpu = "1" })).AssertStatus(204);
        var both = await Task.WhenAll(CreateAsync(Spec("left", cpu: "600m")), CreateAsync(Spec("right", cpu: "600m")));
        Assert.Equal([202, 409], both.Select(a => a.Status).Order());
    }

    private async Task<(string Cpu, string Memory, string Pods)> HardAsync()
    {
        var hard = (await shared.Cluster.GetAsync(ResourceType.ResourceQuotas, $"bh-{_project}", "babyhelm")).Value["spec"]!["hard"]!;
        return (hard["requests.cpu"]!.GetValue<string>(), hard["requests.memory"]!.GetValue<string>(), hard["pods"]!.GetValue<string>());
    }

    private static string Detail(Answer answer) => answer.AssertProblem(409, "quota-exceeded")["detail"]!.GetValue<string>();

    private Task<Answer> CreateAsync(JsonObject spec) => _user.PostAsync($"projects/{_project}/apps", spec);

    private Task<Answer> PutAsync(JsonObject spec) => _user.PutAsync($"projects/{_project}/apps/web", spec);

    private static JsonObject Spec(string name, int replicas = 1, string cpu = "100m", object? autoscale = null, object? volumes = null)
    {
        var spec = new JsonObject
        {
            ["name"] = name,
            ["image"] = "demo/hello:1",
            ["replicas"] = replicas,
            ["resources"] = new JsonObject { ["cpu"] = cpu, ["memory"] = "64Mi", ["cpuLimit"] = "1", ["memoryLimit"] = "128Mi" },
            ["health"] = new JsonObject { ["path"] = "/" },
        };
        if (autoscale is not null) spec["autoscale"] = System.Text.Json.JsonSerializer.SerializeToNode(autoscale);
        if (volumes is not null) spec["volumes"] = System.Text.Json.JsonSerializer.SerializeToNode(volumes);
        return spec;
    }
}
