using System.Net;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Integration;

/// <summary>From an image to a running application, over REST and the gateway.</summary>
[Collection(BabyhelmCollection.Name)]
public sealed class DeployTests(SharedBabyhelm shared) : IAsyncLifetime
{
    private ApiUser _user = null!;
    private string _project = "";

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
    public async Task Steps_arrive_in_order_the_link_answers_and_an_update_fails_no_request()
    {
        // A process of its own, where pulling lasts long enough to be seen, and stopping pods go on answering long enough
        // for the gateway to hear of it, on a busy machine too.
        await using var app = await RunningBabyhelm.StartAsync(settings: new Dictionary<string, string>(SharedBabyhelm.FastSandbox)
        {
            ["Sandbox__PullDelay"] = "00:00:10",
            ["Sandbox__DrainDelay"] = "00:00:04",
        });
        using var user = await ApiUser.RegisterAsync(app);
        var project = await user.CreateProjectAsync();
        const string image = "demo/hello:1";
        Assert.Equal(1, await user.CreateAppAsync(project, Specs.Checked("web", image)));
        var steps = await user.StepsAsync(project, "web");
        var ids = steps.Select(s => s["stepId"]!.GetValue<string>()).Aggregate(new List<string>(), (seen, id) => seen is [.., var last] && last == id ? seen : [.. seen, id]);
        string[] order = ["queued", "applying", "scheduling", "pulling", "starting", "ready", "settling", "live"];
        Assert.Equal(ids.OrderBy(id => Array.IndexOf(order, id)), ids);
        Assert.Contains("pulling", ids);
        Assert.Equal("live", ids[^1]);
        Assert.Equal("live", steps[^1]["state"]!.GetValue<string>());
        Assert.Equal(100, steps[^1]["progress"]!.GetValue<int>());
        Assert.All(steps.Zip(steps.Skip(1)), pair => Assert.True(pair.First["progress"]!.GetValue<int>() <= pair.Second["progress"]!.GetValue<int>()));
        // On a machine that is busy for long, a start that takes its time may look like one of these for a while.
        Assert.All(steps, s => Assert.Contains(s["diagnosis"]?["code"]!.GetValue<string>(), new[] { null, "not-ready", "cluster-unreachable" }));
        Assert.Null(steps[^1]["diagnosis"]);

        var shown = (await user.GetAsync($"projects/{project}/apps/web")).AssertStatus(200);
        Assert.Equal("live", shown["state"]!.GetValue<string>());
        var url = shown["url"]!.GetValue<string>();
        Assert.Equal($"http://web-{project}.apps.localhost:{app.Port}", url);
        Assert.StartsWith($"hello from {image}\n", await user.Http.GetStringAsync(url), StringComparison.Ordinal);

        using var visitor = app.CreateClient();
        await using var visits = new Visits(visitor, url);
        await visits.AnswersAsync("hello from " + image, 1);
        Assert.Equal(2, await user.DeployAsync(project, "web", Specs.Checked("web", "demo/hello:2")));
        await user.WaitStateAsync(project, "web", "live", release: 2);
        await visits.AnswersAsync("hello from demo/hello:2", 20);
        Assert.Empty(await visits.EndAsync());

        var releases = (await user.GetAsync($"projects/{project}/apps/web/releases")).Json.AsArray();
        Assert.Equal([2, 1], releases.Select(r => r!["release"]!.GetValue<int>()));
        Assert.Equal(["demo/hello:2", image], releases.Select(r => r!["image"]!.GetValue<string>()));
        Assert.Equal("live", releases[0]!["state"]!.GetValue<string>());
        Assert.All(releases, r => Assert.Equal(user.Email, r!["createdBy"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Failing_images_are_diagnosed_with_evidence_that_stays()
    {
        (string App, object Spec, string Code, string Evidence)[] cases =
        [
            ("missing", Specs.Checked("missing", "demo/missing:1"), "image-not-found", "not found"),
            ("crash", Specs.Checked("crash", "demo/crash:1"), "crash-loop", "boom: DATABASE_URL is not set"),
            ("oom", Specs.Checked("oom", "demo/oom:1"), "out-of-memory", "OOMKilled"),
            ("unready", new { name = "unready", image = "demo/unready:1", health = new { path = "/" }, progressDeadlineSeconds = 40 }, NeverWell, "probe failed"),
        ];
        await Task.WhenAll(cases.Select(async c =>
        {
            await _user.CreateAppAsync(_project, c.Spec);
            var last = (await _user.StepsAsync(_project, c.App))[^1];
            Assert.True(last["state"]!.GetValue<string>() == "failed", $"{c.App}: {last}");
            AssertDiagnosis(last["diagnosis"], c.Code, c.Evidence);
        }));
        foreach (var c in cases)
        {
            var release = (await _user.GetAsync($"projects/{_project}/apps/{c.App}/releases/1")).AssertStatus(200);
            Assert.Equal("failed", release["state"]!.GetValue<string>());
            Assert.NotNull(release["finishedAt"]);
            AssertDiagnosis(release["diagnosis"], c.Code, c.Evidence);
            using var visitor = shared.App.CreateClient();
            using var answer = await visitor.GetAsync($"http://{c.App}-{_project}.apps.localhost:{shared.App.Port}/");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_failed_update_leaves_the_old_release_serving()
    {
        await _user.CreateAppAsync(_project, Specs.Checked("web", "demo/hello:1"));
        await _user.WaitStateAsync(_project, "web", "live");
        await _user.DeployAsync(_project, "web", Specs.Checked("web", "demo/missing:2"));
        var failed = await _user.WaitReleaseAsync(_project, "web", 2, "failed");
        Assert.Equal("image-not-found", failed["diagnosis"]!["code"]!.GetValue<string>());
        Assert.StartsWith("hello from demo/hello:1\n", await _user.Http.GetStringAsync($"http://web-{_project}.apps.localhost:{shared.App.Port}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_steps_of_a_failing_update_end_with_its_failure_though_it_is_rolled_back()
    {
        await _user.CreateAppAsync(_project, Specs.Checked("web", "demo/hello:1"));
        await _user.WaitStateAsync(_project, "web", "live");
        // 40 s are 10 s here: enough to open the stream before, and too short for the startup probe to end the container.
        await _user.DeployAsync(_project, "web", new { name = "web", image = "demo/unready:1", health = new { path = "/" }, progressDeadlineSeconds = 40 });
        var steps = await _user.StepsAsync(_project, "web");
        Assert.All(steps, s => Assert.Equal(2, s["release"]!.GetValue<int>()));
        Assert.Equal("failed", steps[^1]["state"]!.GetValue<string>());
        AssertDiagnosis(steps[^1]["diagnosis"], NeverWell, "probe failed");
        await _user.WaitStateAsync(_project, "web", "live", release: 3);
    }

    [Fact]
    public async Task A_deploy_while_another_rolls_out_supersedes_it()
    {
        await _user.CreateAppAsync(_project, Specs.Checked("web", "demo/unready:1"));
        await _user.WaitStateAsync(_project, "web", "rollingOut");
        var watching = _user.StepsAsync(_project, "web");
        var numbers = new List<int>();
        for (var i = 2; i <= 4; i++) numbers.Add(await _user.DeployAsync(_project, "web", Specs.Checked("web", $"demo/hello:{i}")));
        Assert.Equal([2, 3, 4], numbers);
        Assert.Equal("live", (await watching)[^1]["state"]!.GetValue<string>());
        await _user.WaitStateAsync(_project, "web", "live", release: 4);
        var releases = (await _user.GetAsync($"projects/{_project}/apps/web/releases")).Json.AsArray();
        Assert.Equal(["live", "superseded", "superseded", "superseded"], releases.Select(r => r!["state"]!.GetValue<string>()));
        Assert.StartsWith("hello from demo/hello:4\n", await _user.Http.GetStringAsync($"http://web-{_project}.apps.localhost:{shared.App.Port}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploys_at_the_same_moment_get_numbers_without_gaps_and_the_last_one_wins()
    {
        await _user.CreateAppAsync(_project, Specs.Checked("web", "demo/hello:0"));
        var numbers = await Task.WhenAll(Enumerable.Range(1, 5).Select(i => _user.DeployAsync(_project, "web", Specs.Checked("web", $"demo/hello:{i}"))));
        Assert.Equal([2, 3, 4, 5, 6], numbers.Order());
        var winner = Array.IndexOf(numbers, 6) + 1;
        await _user.WaitStateAsync(_project, "web", "live", release: 6);
        Assert.StartsWith($"hello from demo/hello:{winner}\n", await _user.Http.GetStringAsync($"http://web-{_project}.apps.localhost:{shared.App.Port}"), StringComparison.Ordinal);

        var created = await Task.WhenAll(Enumerable.Range(1, 3).Select(i => _user.PostAsync($"projects/{_project}/apps", Specs.Checked("twice", "demo/hello:1"))));
        Assert.Single(created, a => a.Status == 202);
        Assert.All(created.Where(a => a.Status != 202), a => a.AssertProblem(409, "name-taken"));
    }

    [Fact]
    public async Task A_cron_application_is_live_once_it_is_on_the_cluster()
    {
        await _user.CreateAppAsync(_project, new { name = "tidy", kind = "cron", image = "demo/hello:1", schedule = "0 3 * * *" });
        await _user.WaitStateAsync(_project, "tidy", "live");
        Assert.Equal("0 3 * * *", (await shared.Cluster.GetAsync(ResourceType.CronJobs, $"bh-{_project}", "tidy")).Value["spec"]!["schedule"]!.GetValue<string>());
        Assert.Null((await _user.GetAsync($"projects/{_project}/apps/tidy"))["url"]);
    }

    [Fact]
    public async Task Deleting_an_application_takes_its_objects_along()
    {
        await _user.CreateAppAsync(_project, new { name = "web", image = "demo/hello:1", env = new[] { new { name = "KEY", value = "x", secret = true } } });
        await Eventually.GetAsync(() => _user.GetAsync($"projects/{_project}/apps/web"), a => a.Status == 200 && a["state"]!.GetValue<string>() is "rollingOut" or "live");
        Assert.NotEmpty(await ObjectsAsync());
        (await _user.DeleteAsync($"projects/{_project}/apps/web")).AssertStatus(202);
        await Eventually.GetAsync(() => _user.GetAsync($"projects/{_project}/apps/web"), a => a.Status == 404);
        await Eventually.GetAsync(ObjectsAsync, left => left.Count == 0);
        using var visitor = shared.App.CreateClient();
        await Eventually.GetAsync(async () => await Answer.OfAsync(await visitor.GetAsync($"http://web-{_project}.apps.localhost:{shared.App.Port}/")), a => a.Status == 404);

        // The name is free again, from release 1.
        Assert.Equal(1, await _user.CreateAppAsync(_project, Specs.Checked("web", "demo/hello:1")));
    }

    private async Task<IReadOnlyList<string>> ObjectsAsync()
    {
        var found = new List<string>();
        foreach (var type in new[] { ResourceType.Deployments, ResourceType.ReplicaSets, ResourceType.Pods, ResourceType.Services, ResourceType.Secrets, ResourceType.HorizontalPodAutoscalers })
            found.AddRange((await shared.Cluster.ListAsync<JsonObject>(type, $"bh-{_project}", $"{Labels.App}=web")).Value.Items.Select(o => $"{type.Plural}/{o["metadata"]!["name"]}"));
        return found;
    }

    /// <summary>The health check gives the container up when the rollout's time is over too; which of both is first is chance.</summary>
    private const string NeverWell = "not-ready|crash-loop";

    /// <param name="code">One, or several that are all right.</param>
    private static void AssertDiagnosis(JsonNode? diagnosis, string code, string evidence)
    {
        Assert.True(diagnosis?["code"]?.GetValue<string>() is { } found && code.Split('|').Contains(found), $"expected {code}: {diagnosis}");
        Assert.Contains(evidence, string.Join('\n', diagnosis!["evidence"]!.AsArray().Select(e => e!.GetValue<string>())), StringComparison.Ordinal);
        foreach (var field in new[] { "title", "cause", "nextStep" }) Assert.NotEmpty(diagnosis[field]!.GetValue<string>());
    }
}

/// <summary>App specs of the tests.</summary>
internal static class Specs
{
    /// <summary>With a health check, so that it counts as settled sooner.</summary>
    public static object Checked(string name, string image) => new { name, image, health = new { path = "/" } };
}
