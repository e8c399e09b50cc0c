using System.Text.Json.Nodes;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Integration;

/// <summary>A release that fails gives way to the one that was live, and keeps its evidence; drift is shown and put right.</summary>
[Collection(BabyhelmCollection.Name)]
public sealed class RollbackTests(SharedBabyhelm shared) : IAsyncLifetime
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
    public async Task A_failed_release_is_rolled_back_once_and_says_so()
    {
        await LiveAsync(new { name = "web", image = "demo/hello:1", health = new { path = "/" }, env = new[] { new { name = "KEY", value = "one", secret = true } } });
        await _user.DeployAsync(_project, "web", new { name = "web", image = "demo/crash:1", env = new[] { new { name = "KEY", value = "two", secret = true } } });
        await _user.WaitReleaseAsync(_project, "web", 2, "failed");

        await _user.WaitStateAsync(_project, "web", "live", release: 3);
        var releases = (await ReleasesAsync()).ToList();
        Assert.Equal(["live", "failed", "superseded"], releases.Select(r => Text(r["state"])));
        Assert.Equal((1, true, "Babyhelm", "Release 2 failed: back to release 1"),
            (Number(releases[0]["rollbackOf"]), releases[0]["automatic"]!.GetValue<bool>(), Text(releases[0]["createdBy"]), Text(releases[0]["message"])));
        // By the digest that it ran: the tag may have moved since.
        var image = Text((await _user.GetAsync($"projects/{_project}/apps/web"))["image"]);
        Assert.Equal($"demo/hello:1@{Text(releases[2]["digest"])}", image);
        Assert.StartsWith("demo/hello:1@sha256:", image, StringComparison.Ordinal);
        Assert.Equal("one", await SecretAsync());
        Assert.Equal(3, await TestDatabase.ScalarAsync<long>(shared.App.Connection, $"SELECT count(*) FROM audit_entries WHERE subject = 'project/{_project}/app/web'"));

        // The failed pods are gone; what they said is not.
        await Eventually.GetAsync(() => shared.Cluster.ListAsync<JsonObject>(ResourceType.Pods, Namespace, $"{Labels.Release}=2"), pods => pods.Value.Items.Count == 0);
        var failed = await _user.GetAsync($"projects/{_project}/apps/web/releases/2");
        var log = Assert.Single(failed["evidence"]!["logs"]!.AsArray())!;
        Assert.Contains("boom: DATABASE_URL is not set", log["lines"]!.AsArray().Select(Text));
        Assert.StartsWith("web-", Text(log["pod"]), StringComparison.Ordinal);
        Assert.Contains(failed["evidence"]!["events"]!.AsArray(), e => Text(e!["reason"]) == "BackOff" || Text(e["reason"]) == "Started");
        Assert.Null((await _user.GetAsync($"projects/{_project}/apps/web/releases/3"))["evidence"]);
    }

    [Fact]
    public async Task Without_the_setting_or_without_a_live_release_nothing_is_rolled_back()
    {
        await _user.CreateAppAsync(_project, Specs.Checked("web", "demo/missing:1"));
        await _user.WaitStateAsync(_project, "web", "failed", release: 1);
        await _user.DeployAsync(_project, "web", Specs.Checked("web", "demo/hello:1"));
        await _user.WaitStateAsync(_project, "web", "live", release: 2);
        (await SettingsAsync("""{"autoRollback":false}""")).AssertStatus(204);
        await _user.DeployAsync(_project, "web", Specs.Checked("web", "demo/missing:2"));
        await _user.WaitStateAsync(_project, "web", "failed", release: 3);

        // By hand it goes all the same, and to any release.
        (await _user.PostAsync($"projects/{_project}/apps/web/rollback", new { release = 9 })).AssertProblem(404, "not-found");
        var made = (await _user.PostAsync($"projects/{_project}/apps/web/rollback", new { release = 2 })).AssertStatus(202);
        Assert.Equal(4, Number(made["release"]));
        await _user.WaitStateAsync(_project, "web", "live", release: 4);
        var releases = (await ReleasesAsync()).ToList();
        Assert.Equal(["live", "failed", "superseded", "failed"], releases.Select(r => Text(r["state"])));
        Assert.Equal((2, false), (Number(releases[0]["rollbackOf"]), releases[0]["automatic"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task A_rollback_that_fails_is_not_rolled_back_again()
    {
        await LiveAsync(Specs.Checked("web", "demo/hello:1"));
        // From now on the release before cannot run either: no pod may be made.
        var quota = (JsonObject)JsonNode.Parse("""{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"none"},"spec":{"hard":{"pods":"1"}}}""")!;
        quota["metadata"]!["namespace"] = Namespace;
        Assert.Null((await shared.Cluster.CreateAsync(quota)).Error);
        await _user.DeployAsync(_project, "web", Specs.Checked("web", "demo/hello:2"));
        await _user.WaitStateAsync(_project, "web", "failed", release: 3);
        Assert.Equal(["failed", "failed", "live"], (await ReleasesAsync()).Select(r => Text(r["state"])));
        Assert.Equal("quota-exceeded", Text((await ReleasesAsync()).First()["diagnosis"]!["code"]));
        Assert.StartsWith("hello from demo/hello:1\n", await _user.Http.GetStringAsync($"http://web-{_project}.apps.localhost:{shared.App.Port}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_somebody_changes_on_the_cluster_is_shown_and_repaired_on_demand()
    {
        await LiveAsync(Specs.Checked("web", "demo/hello:1"));
        (await SettingsAsync("""{"selfHeal":false}""")).AssertStatus(204);
        var patch = (JsonObject)JsonNode.Parse("""{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"demo/hello:2","env":[{"name":"ADDED","value":"1"}]}]}}}}""")!;
        var before = (await shared.Cluster.GetAsync(ResourceType.Deployments, Namespace, "web")).Value;
        patch["spec"]!["template"]!["spec"]!["containers"] = Changed(before);
        Assert.Null((await shared.Cluster.PatchAsync(ResourceType.Deployments, Namespace, "web", patch)).Error);
        Assert.True((await shared.Cluster.DeleteAsync(ResourceType.Services, Namespace, "web")).Value.Found);

        var app = await Eventually.GetAsync(() => _user.GetAsync($"projects/{_project}/apps/web"), a => a.Status == 200 && a["drift"]?["objects"]!.AsArray().Count == 2);
        Assert.Equal("live", Text(app["state"]));
        var objects = app["drift"]!["objects"]!.AsArray().ToDictionary(o => Text(o!["kind"])!, o => o!);
        Assert.True(objects["Service"]["missing"]!.GetValue<bool>());
        var fields = objects["Deployment"]["fields"]!.AsArray().ToDictionary(f => Text(f!["path"])!, f => (Text(f!["wanted"]), Text(f["found"])));
        Assert.Equal(("demo/hello:1", "demo/hello:2"), fields["spec.template.spec.containers[web].image"]);
        Assert.Contains(fields, f => f.Key.Contains("env", StringComparison.Ordinal) && f.Value.Item1 is null && f.Value.Item2!.Contains("ADDED", StringComparison.Ordinal));

        (await _user.PostAsync($"projects/{_project}/apps/web/repair", null)).AssertStatus(202);
        await Eventually.GetAsync(() => _user.GetAsync($"projects/{_project}/apps/web"), a => a.Status == 200 && a["drift"] is null);
        var after = (await shared.Cluster.GetAsync(ResourceType.Deployments, Namespace, "web")).Value;
        Assert.True(JsonNode.DeepEquals(before["spec"], after["spec"]), after["spec"]!.ToJsonString());
        Assert.Null((await shared.Cluster.GetAsync(ResourceType.Services, Namespace, "web")).Error);
        Assert.Equal(1, Number((await _user.GetAsync($"projects/{_project}/apps/web"))["release"]));
    }

    [Fact]
    public async Task What_somebody_deletes_heals_by_itself()
    {
        await LiveAsync(new { name = "web", image = "demo/hello:1", health = new { path = "/" }, env = new[] { new { name = "KEY", value = "one", secret = true } } });
        var name = (await shared.Cluster.ListAsync<JsonObject>(ResourceType.Secrets, Namespace, $"{Labels.App}=web")).Value.Items.Single()["metadata"]!["name"]!.GetValue<string>();
        await shared.Cluster.DeleteAsync(ResourceType.Secrets, Namespace, name);
        await Eventually.GetAsync(SecretAsync, value => value == "one");
        await shared.Cluster.DeleteAsync(ResourceType.Deployments, Namespace, "web");
        await Eventually.GetAsync(() => shared.Cluster.GetAsync(ResourceType.Deployments, Namespace, "web"), d => d.Error is null);
        await Eventually.GetAsync(() => _user.GetAsync($"projects/{_project}/apps/web"), a => a.Status == 200 && a["drift"] is null);

        // For a moment the old pod goes on answering: what counts is the namespace that comes after it.
        var old = (await shared.Cluster.GetAsync<Namespace>(ResourceType.Namespaces, null, Namespace)).Value.Metadata.Uid;
        await shared.Cluster.DeleteAsync(ResourceType.Namespaces, null, Namespace);
        await Eventually.GetAsync(() => shared.Cluster.GetAsync<Namespace>(ResourceType.Namespaces, null, Namespace),
            n => n.Ok(out var made, out _) && made.Metadata.Uid != old && made.Status.Phase == "Active");
        await Eventually.GetAsync(async () => await Answer.OfAsync(await _user.Http.GetAsync($"http://web-{_project}.apps.localhost:{shared.App.Port}")), a => a.Status == 200);
        await Eventually.GetAsync(SecretAsync, value => value == "one");
        Assert.Equal("live", Text((await _user.GetAsync($"projects/{_project}/apps/web"))["state"]));
        await Eventually.GetAsync(() => TestDatabase.ScalarAsync<long>(shared.App.Connection,
            $"SELECT count(*) FROM audit_entries WHERE action = 'application.repair' AND actor = 'Babyhelm' AND subject = 'project/{_project}/app/web'"), count => count >= 2);
    }

    [Fact]
    public async Task A_changed_autoscaler_is_shown_and_repaired()
    {
        await LiveAsync(new { name = "web", image = "demo/hello:1", health = new { path = "/" }, autoscale = new { min = 1, max = 2, cpu = 80 } });
        (await SettingsAsync("""{"selfHeal":false}""")).AssertStatus(204);
        // Compared once already: only the change itself can make it compared again.
        await Eventually.GetAsync(() => TestDatabase.ScalarAsync<string>(shared.App.Connection,
            $"SELECT a.compared_objects FROM applications a JOIN projects p ON p.id = a.project_id WHERE p.name = '{_project}' AND a.name = 'web'"), compared => compared is not null);
        var patch = (JsonObject)JsonNode.Parse("""{"spec":{"maxReplicas":7,"behavior":{"scaleDown":{"stabilizationWindowSeconds":9}}}}""")!;
        Assert.Null((await shared.Cluster.PatchAsync(ResourceType.HorizontalPodAutoscalers, Namespace, "web", patch)).Error);

        var app = await Eventually.GetAsync(() => _user.GetAsync($"projects/{_project}/apps/web"), a => a.Status == 200 && a["drift"] is not null);
        var scaler = Assert.Single(app["drift"]!["objects"]!.AsArray())!;
        Assert.Equal(("HorizontalPodAutoscaler", false), (Text(scaler["kind"]), scaler["missing"]!.GetValue<bool>()));
        var fields = scaler["fields"]!.AsArray().ToDictionary(f => Text(f!["path"])!, f => (Text(f!["wanted"]), Text(f["found"])));
        Assert.Equal(("2", "7"), fields["spec.maxReplicas"]);
        Assert.Contains(fields, f => f.Key.StartsWith("spec.behavior", StringComparison.Ordinal) && f.Value.Item1 is null);

        (await SettingsAsync("""{"selfHeal":true}""")).AssertStatus(204);
        await Eventually.GetAsync(() => _user.GetAsync($"projects/{_project}/apps/web"), a => a.Status == 200 && a["drift"] is null);
        var spec = (await shared.Cluster.GetAsync(ResourceType.HorizontalPodAutoscalers, Namespace, "web")).Value["spec"]!;
        Assert.Equal((2, true), (Number(spec["maxReplicas"]), spec["behavior"] is null));
    }

    [Fact]
    public async Task The_pods_of_a_first_release_that_failed_are_ended_after_a_while_and_what_they_said_stays()
    {
        await _user.CreateAppAsync(_project, new { name = "web", image = "demo/crash:1", autoscale = new { min = 2, max = 3, cpu = 80 } });
        await _user.CreateAppAsync(_project, Specs.Checked("near", "demo/crash:1"));
        await _user.WaitStateAsync(_project, "near", "failed", release: 1);
        await _user.WaitStateAsync(_project, "web", "failed", release: 1);
        Assert.NotEqual(0, await ReplicasAsync("web"));
        await EarlierAsync("web", FailedPods.Kept);

        await Eventually.GetAsync(() => ReplicasAsync("web"), replicas => replicas == 0);
        await Eventually.GetAsync(() => shared.Cluster.ListAsync<JsonObject>(ResourceType.Pods, Namespace, $"{Labels.App}=web"), pods => pods.Value.Items.Count == 0);
        var failed = await Eventually.GetAsync(() => _user.GetAsync($"projects/{_project}/apps/web/releases/1"), a => a["podsEndedAt"] is not null);
        Assert.Equal(("failed", "crash-loop"), (Text(failed["state"]), Text(failed["diagnosis"]!["code"])));
        Assert.Contains("boom: DATABASE_URL is not set", failed["evidence"]!["logs"]!.AsArray().SelectMany(l => l!["lines"]!.AsArray()).Select(Text));
        Assert.Equal(1, await TestDatabase.ScalarAsync<long>(shared.App.Connection,
            $"SELECT count(*) FROM audit_entries WHERE action = 'application.end-pods' AND actor = 'Babyhelm' AND subject = 'project/{_project}/app/web'"));
        // The other one failed at the same time, and its time is not over.
        Assert.Null((await _user.GetAsync($"projects/{_project}/apps/near/releases/1"))["podsEndedAt"]);
        Assert.Equal(1, await ReplicasAsync("near"));

        // The next release begins with pods again, though its manifest leaves their number to the autoscaler.
        await _user.DeployAsync(_project, "web", new { name = "web", image = "demo/hello:1", health = new { path = "/" }, autoscale = new { min = 2, max = 3, cpu = 80 } });
        await _user.WaitStateAsync(_project, "web", "live", release: 2);
        await Eventually.GetAsync(() => ReplicasAsync("web"), replicas => replicas == 2);
    }

    [Fact]
    public async Task Only_a_live_application_can_be_repaired()
    {
        await _user.CreateAppAsync(_project, Specs.Checked("web", "demo/missing:1"));
        await _user.WaitStateAsync(_project, "web", "failed");
        (await _user.PostAsync($"projects/{_project}/apps/web/repair", null)).AssertProblem(409, "not-live");
    }

    private async Task LiveAsync(object spec)
    {
        await _user.CreateAppAsync(_project, spec);
        await _user.WaitStateAsync(_project, "web", "live", release: 1);
    }

    private async Task<int> ReplicasAsync(string app) =>
        Number((await shared.Cluster.GetAsync(ResourceType.Deployments, Namespace, app)).Value["spec"]!["replicas"]);

    /// <summary>As if the application's release had ended so much earlier.</summary>
    private async Task EarlierAsync(string app, TimeSpan by) => Assert.Equal(1, await TestDatabase.ScalarAsync<long>(shared.App.Connection, $"""
        WITH moved AS (
            UPDATE releases r SET finished_at = r.finished_at - interval '{by.TotalSeconds} seconds'
            FROM applications a JOIN projects p ON p.id = a.project_id
            WHERE r.application_id = a.id AND p.name = '{_project}' AND a.name = '{app}' RETURNING 1)
        SELECT count(*) FROM moved
        """));

    private Task<Answer> SettingsAsync(string body) => _user.SendAsync(HttpMethod.Patch, $"projects/{_project}/apps/web/settings", body);

    private async Task<IEnumerable<JsonNode>> ReleasesAsync() => (await _user.GetAsync($"projects/{_project}/apps/web/releases")).Json.AsArray().Select(r => r!);

    private async Task<string?> SecretAsync()
    {
        var secrets = (await shared.Cluster.ListAsync<JsonObject>(ResourceType.Secrets, Namespace, $"{Labels.App}=web")).Value.Items;
        var data = secrets.OrderBy(s => Text(s["metadata"]!["name"]), StringComparer.Ordinal).Select(s => Text(s["data"]?["KEY"])).LastOrDefault();
        return data is null ? null : System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(data));
    }

    /// <summary>The containers with another image and one more variable.</summary>
    private static JsonArray Changed(JsonObject deployment)
    {
        var containers = (JsonArray)deployment["spec"]!["template"]!["spec"]!["containers"]!.DeepClone();
        containers[0]!["image"] = "demo/hello:2";
        var env = containers[0]!["env"] as JsonArray ?? [];
        containers[0]!["env"] = new JsonArray([.. env.Select(e => e!.DeepClone()), new JsonObject { ["name"] = "ADDED", ["value"] = "1" }]);
        return containers;
    }

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    private static int Number(JsonNode? node) => node!.GetValue<int>();
}
