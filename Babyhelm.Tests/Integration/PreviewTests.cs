using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Integration;

/// <summary>What a change would do, what two releases differ in, and what of a change somebody else made is told.</summary>
[Collection(StreamCollection.Name)]
public sealed class PreviewTests(SharedBabyhelm shared) : IAsyncLifetime
{
    private ApiUser _user = null!;
    private string _project = "";
    private string _path = "";

    public async Task InitializeAsync()
    {
        _user = await ApiUser.RegisterAsync(shared.App);
        _project = await _user.CreateProjectAsync();
        _path = $"projects/{_project}/apps/web";
        await _user.CreateAppAsync(_project, Spec("demo/hello:1", "alpha-secret"));
        await _user.WaitStateAsync(_project, "web", "live", release: 1);
    }

    public Task DisposeAsync()
    {
        _user.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_preview_shows_what_would_change_and_changes_nothing()
    {
        var before = await SpecAsync();
        var same = await PreviewAsync(Spec("demo/hello:1", null));
        Assert.Empty(same["spec"]!.AsArray());
        Assert.Empty(same["changes"]!.AsArray());

        var preview = await PreviewAsync(Spec("demo/hello:2", "beta-secret"));
        Assert.Equal((1, 1), (preview["release"]!.GetValue<int>(), preview["liveRelease"]!.GetValue<int>()));
        Assert.Equal([("image", "demo/hello:1", "demo/hello:2"), ("env[KEY].value", "(hidden)", "(changed)")], Fields(preview["spec"]));
        var changes = preview["changes"]!.AsArray().ToDictionary(c => $"{c!["change"]} {c["kind"]} {c["name"]}", c => Fields(c!["fields"]));
        Assert.Equal(["changed Secret web-env", "changed Deployment web"], changes.Keys);
        Assert.Equal([("spec.template.spec.containers[web].image", "demo/hello:1", "demo/hello:2")], changes["changed Deployment web"]);
        Assert.Equal([("data.KEY", "(hidden)", "(changed)")], changes["changed Secret web-env"]);
        Assert.Contains("image: \"demo/hello:2\"", preview["manifests"]!.GetValue<string>().Replace("image: demo/hello:2", "image: \"demo/hello:2\"", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("-secret\"", preview.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(preview["refusals"]!.AsArray());
        Assert.Null(preview["unchecked"]);

        Assert.Equal(before, await SpecAsync());
        Assert.Single((await _user.GetAsync($"{_path}/releases")).Json.AsArray());
        Assert.True((await shared.Cluster.GetAsync(ResourceType.Secrets, $"bh-{_project}", "web-env-r2")).Error is KubernetesError { IsNotFound: true });
    }

    [Fact]
    public async Task A_preview_of_a_new_application_is_all_new_and_names_broken_fields()
    {
        var preview = await PreviewAsync(new { name = "other", image = "demo/hello:1" });
        Assert.Equal(["added Deployment other", "added Service other"], preview["changes"]!.AsArray().Select(c => $"{c!["change"]} {c["kind"]} {c["name"]}"));
        Assert.Null(preview["release"]);
        Assert.Equal(["image"], (await _user.PostAsync($"projects/{_project}/apps/preview", new { name = "other", image = "A B" })).AssertProblem(400, "invalid").Fields);
        Assert.Equal(404, (await _user.GetAsync($"projects/{_project}/apps/other")).Status);
    }

    /// <summary>What its controller writes of it may change at any time.</summary>
    private async Task<string> SpecAsync() => (await shared.Cluster.GetAsync(ResourceType.Deployments, $"bh-{_project}", "web")).Value["spec"]!.ToJsonString();

    [Fact]
    public async Task What_the_cluster_would_refuse_is_told_before_it_is_tried()
    {
        var quota = (JsonObject)JsonNode.Parse("""{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"none"},"spec":{"hard":{"services":"1"}}}""")!;
        quota["metadata"]!["namespace"] = $"bh-{_project}";
        Assert.Null((await shared.Cluster.CreateAsync(quota)).Error);
        // Its controller counts first.
        await Eventually.GetAsync(() => shared.Cluster.GetAsync(ResourceType.ResourceQuotas, $"bh-{_project}", "none"), q => q.Error is null && q.Value["status"]?["used"]?["services"]?.GetValue<string>() == "1");
        var refused = Assert.Single((await PreviewAsync(new { name = "other", image = "demo/hello:1" }))["refusals"]!.AsArray())!;
        Assert.Equal("Service", refused["kind"]!.GetValue<string>());
        Assert.Contains("exceeded quota", refused["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_releases_are_compared_both_ways()
    {
        await _user.DeployAsync(_project, "web", Spec("demo/hello:2", "beta-secret"));
        var difference = (await _user.GetAsync($"{_path}/releases/1/compare/2")).AssertStatus(200);
        Assert.Equal([("image", "demo/hello:1", "demo/hello:2"), ("env[KEY].value", "(hidden)", "(changed)")], Fields(difference["spec"]));
        Assert.Equal(["Secret", "Deployment"], difference["manifests"]!.AsArray().Select(m => m!["kind"]!.GetValue<string>()));
        Assert.DoesNotContain("-secret\"", difference.Text, StringComparison.Ordinal);
        Assert.Equal(("image", "demo/hello:2", "demo/hello:1"), Fields((await _user.GetAsync($"{_path}/releases/2/compare/1"))["spec"])[0]);
        (await _user.GetAsync($"{_path}/releases/1/compare/9")).AssertProblem(404, "not-found");
    }

    [Fact]
    public async Task Who_edits_an_old_state_is_told_what_another_changed()
    {
        using var read = await _user.Http.GetAsync($"/api/v1/{_path}");
        var tag = read.Headers.ETag!;
        (await _user.PostAsync($"{_path}/scale", new { replicas = 2 })).AssertStatus(202);
        await _user.DeployAsync(_project, "web", new { name = "web", image = "demo/hello:2", replicas = 2, health = new { path = "/" } });

        using var stale = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/{_path}") { Content = JsonContent.Create(Spec("demo/hello:3", null)) };
        stale.Headers.IfMatch.Add(tag);
        var refused = (await Answer.OfAsync(await _user.Http.SendAsync(stale))).AssertProblem(412, ChangedMeanwhile.CodeOf);
        var fields = Fields(refused["changes"]);
        Assert.Contains(("image", "demo/hello:1", "demo/hello:2"), fields);
        Assert.Contains(("replicas", "1", "2"), fields);
        Assert.Contains(fields, f => f.Path.StartsWith("env", StringComparison.Ordinal) && f.After is null or "[]");
        Assert.Equal(2, refused["release"]!.GetValue<int>());

        // Scaling alone makes no release, and is not overwritten unseen either.
        using var again = await _user.Http.GetAsync($"/api/v1/{_path}");
        await _user.WaitStateAsync(_project, "web", "live", release: 2);
        (await _user.PostAsync($"{_path}/scale", new { replicas = 3 })).AssertStatus(202);
        using var second = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/{_path}") { Content = JsonContent.Create(Spec("demo/hello:3", "gamma-secret")) };
        second.Headers.IfMatch.Add(again.Headers.ETag!);
        var scaled = (await Answer.OfAsync(await _user.Http.SendAsync(second))).AssertProblem(412, ChangedMeanwhile.CodeOf);
        Assert.Equal([("replicas", "2", "3")], Fields(scaled["changes"]));
        (await _user.PutAsync($"{_path}?expectedRelease=2&message=third%20try", Spec("demo/hello:3", "gamma-secret"))).AssertStatus(202);
        Assert.Equal("third try", (await _user.GetAsync($"{_path}/releases/3"))["message"]!.GetValue<string>());
        (await _user.PutAsync($"{_path}?message={new string('x', 501)}", Spec("demo/hello:3", null))).AssertProblem(400, "invalid");
    }

    private async Task<JsonNode> PreviewAsync(object spec) => (await _user.PostAsync($"projects/{_project}/apps/preview", spec)).AssertStatus(200).Json;

    private static object Spec(string image, string? secret) => new { name = "web", image, health = new { path = "/" }, env = new object[] { new { name = "KEY", value = secret, secret = true } } };

    private static List<(string Path, string? Before, string? After)> Fields(JsonNode? list) =>
        [.. list!.AsArray().Select(f => (f!["path"]!.GetValue<string>(), f["before"]?.GetValue<string>(), f["after"]?.GetValue<string>()))];
}
