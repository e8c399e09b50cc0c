using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Babyhelm.Tests.Kubernetes;

namespace Babyhelm.Tests.Integration;

/// <summary>A cluster that answers, and does not take what is applied: for long, for a moment, for good.</summary>
public sealed class ApplyRefusalTests(ApplyRefusalTests.Stage stage) : IClassFixture<ApplyRefusalTests.Stage>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private const string Secret = "xk29-hidden-value";

    [Fact]
    public async Task A_cluster_in_trouble_is_quoted_with_the_next_try_until_it_takes_the_release()
    {
        stage.Refuse("hooked", int.MaxValue, e => e.AnswerAsync(500, Status(500, "InternalError",
            $"Internal error occurred: failed calling webhook \\\"rules.example.com\\\": Post \\\"https://rules.ops.svc\\\": context deadline exceeded ({Secret})")));
        await stage.User.CreateAppAsync(stage.Project, new
        {
            name = "hooked",
            image = "demo/hello:1",
            health = new { path = "/" },
            env = new[] { new { name = "KEY", value = Secret, secret = true } },
        });
        var held = await HeldAsync("hooked");
        Assert.Equal(("applying", "rejected", "A check of the cluster is broken"), (Text(held["state"]), Text(held["diagnosis"]!["code"]), Text(held["diagnosis"]!["title"])));
        var evidence = Text(Assert.Single(held["diagnosis"]!["evidence"]!.AsArray()))!;
        Assert.Contains("500 InternalError: Internal error occurred: failed calling webhook \"rules.example.com\"", evidence, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, held.Text, StringComparison.Ordinal);
        Assert.Contains("(KEY)", evidence, StringComparison.Ordinal);
        // Told again after the next try, with another time.
        await Eventually.GetAsync(() => RolloutAsync("hooked"), a => a.Status == 200 && a["nextTryAt"] is { } next && Text(next) != Text(held["nextTryAt"]), Patience);

        stage.Accept("hooked");
        var live = await stage.User.WaitStateAsync(stage.Project, "hooked", "live", 1, Patience, () => stage.App.Output);
        Assert.Null(live["diagnosis"]);
        Assert.Null(live["nextTryAt"]);
    }

    /// <summary>A check of the cluster sees what is applied, and what is removed.</summary>
    [Fact]
    public async Task What_the_cluster_quotes_of_a_secret_is_told_and_kept_without_it()
    {
        var encoded = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Secret));
        var quoted = $"KEY must not be {Secret}, which is {encoded}";
        object spec(string image) => new { name = "quoting", image, health = new { path = "/" }, env = new[] { new { name = "KEY", value = Secret, secret = true } } };
        var app = $"projects/{stage.Project}/apps/quoting";

        stage.Refuse("quoting", int.MaxValue, e => e.AnswerAsync(403, Status(403, "Forbidden", $"admission webhook \\\"rules.example.com\\\" denied the request: {quoted}")));
        var preview = (await stage.User.PostAsync($"projects/{stage.Project}/apps/preview", spec("demo/hello:1"))).AssertStatus(200);
        Assert.Contains("KEY must not be (KEY), which is (KEY)", Text(Assert.Single(preview["refusals"]!.AsArray())!["message"]), StringComparison.Ordinal);
        AssertHidden(preview);
        stage.Accept("quoting");

        stage.Warn("quoting", quoted);
        preview = (await stage.User.PostAsync($"projects/{stage.Project}/apps/preview", spec("demo/hello:1"))).AssertStatus(200);
        Assert.Contains(preview["warnings"]!.AsArray(), w => Text(w) == "KEY must not be (KEY), which is (KEY)");
        AssertHidden(preview);
        await stage.User.CreateAppAsync(stage.Project, spec("demo/hello:1"));
        await stage.User.WaitStateAsync(stage.Project, "quoting", "live", 1, Patience, () => stage.App.Output);
        var release = (await stage.User.GetAsync($"{app}/releases/1")).AssertStatus(200);
        Assert.Contains(release["warnings"]!.AsArray(), w => Text(w) == "KEY must not be (KEY), which is (KEY)");
        AssertHidden(release);

        stage.RefuseDeletes(e => e.AnswerAsync(500, Status(500, "InternalError", quoted)));
        Assert.Equal(202, (await stage.User.DeleteAsync(app)).Status);
        var held = await Eventually.GetAsync(() => stage.User.GetAsync(app), a => a.Status == 200 && a["problem"] is not null, Patience, () => stage.App.Output);
        Assert.Contains("must not be (KEY)", Text(held["problem"]), StringComparison.Ordinal);
        AssertHidden(held);
        stage.RefuseDeletes(null);
        await Eventually.GetAsync(() => stage.User.GetAsync(app), a => a.Status == 404, Patience, () => stage.App.Output);

        void AssertHidden(Answer answer)
        {
            Assert.DoesNotContain(Secret, answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(encoded, answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Answers_of_a_starting_cluster_fail_no_release_unless_they_last()
    {
        var barred = (string app) => Status(403, "Forbidden", $"deployments.apps \\\"{app}\\\" is forbidden: User \\\"babyhelm\\\" cannot patch resource \\\"deployments\\\" in API group \\\"apps\\\"");
        stage.Refuse("role", 2, e => e.AnswerAsync(403, barred("role")));
        stage.Refuse("group", 2, e => e.AnswerAsync(404, "404 page not found\n", "text/plain"));
        stage.Refuse("who", 2, e => e.AnswerAsync(401, Status(401, "Unauthorized", "Unauthorized")));
        stage.Refuse("page", 2, e => e.AnswerAsync(200, "<html><title>Please wait</title></html>", "text/html"));
        stage.Refuse("reset", 2, e => { e.Cut(); return Task.CompletedTask; });
        stage.Refuse("barred", int.MaxValue, e => e.AnswerAsync(403, barred("barred")));
        stage.Refuse("full", int.MaxValue, e => e.AnswerAsync(403, Status(403, "Forbidden", "deployments.apps \\\"full\\\" is forbidden: exceeded quota: default")));
        string[] passing = ["role", "group", "who", "page", "reset"];
        await Task.WhenAll(passing.Append("barred").Append("full").Select(name => stage.User.CreateAppAsync(stage.Project, Specs.Checked(name, "demo/hello:1"))));

        var held = await HeldAsync("barred");
        Assert.Equal("The cluster does not let Babyhelm do this", Text(held["diagnosis"]!["title"]));
        Assert.Contains("tries again by itself", Text(held["diagnosis"]!["cause"]), StringComparison.Ordinal);

        await Task.WhenAll(passing.Select(name => stage.User.WaitStateAsync(stage.Project, name, "live", 1, Patience, () => stage.App.Output)));
        Assert.All(passing, name => Assert.Equal(2, stage.Refused(name)));

        var failed = await stage.User.WaitReleaseAsync(stage.Project, "barred", 1, "failed");
        Assert.Contains("cannot patch resource", Text(Assert.Single(failed["diagnosis"]!["evidence"]!.AsArray())), StringComparison.Ordinal);
        Assert.Contains("lacks a permission", Text(failed["diagnosis"]!["cause"]), StringComparison.Ordinal);
        Assert.True(stage.Refused("barred") >= 4);
        var took = failed["finishedAt"]!.GetValue<DateTimeOffset>() - failed["createdAt"]!.GetValue<DateTimeOffset>();
        Assert.True(took >= TimeSpan.FromSeconds(30), $"given up after {took}");

        // What no start of a cluster explains is believed at once.
        Assert.Equal("quota-exceeded", Text((await stage.User.WaitReleaseAsync(stage.Project, "full", 1, "failed"))["diagnosis"]!["code"]));
        Assert.Equal(1, stage.Refused("full"));
    }

    /// <summary>At once after the claim grew, so that nobody may have heard of that yet.</summary>
    [Fact]
    public async Task The_way_back_keeps_a_volume_as_large_as_the_failed_release_made_it()
    {
        object spec(string size) => new { name = "growing", image = "demo/hello:1", health = new { path = "/" }, volumes = new[] { new { name = "data", mountPath = "/data", size } } };
        await stage.User.CreateAppAsync(stage.Project, spec("2Gi"));
        await stage.User.WaitStateAsync(stage.Project, "growing", "live", 1, Patience, () => stage.App.Output);
        stage.Refuse("growing", 1, e => e.AnswerAsync(403, Status(403, "Forbidden", "deployments.apps \\\"growing\\\" is forbidden: exceeded quota: default")));
        await stage.User.DeployAsync(stage.Project, "growing", spec("3Gi"));
        await stage.User.WaitStateAsync(stage.Project, "growing", "live", 3, Patience, () => stage.App.Output);
        Assert.Equal("failed", Text((await stage.User.WaitReleaseAsync(stage.Project, "growing", 2, "failed"))["state"]));
        var claim = (await stage.Cluster.GetAsync(Babyhelm.Core.Kubernetes.ResourceType.PersistentVolumeClaims, $"bh-{stage.Project}", "growing--data")).Value;
        Assert.Equal("3Gi", Text(claim["spec"]!["resources"]!["requests"]!["storage"]));

        // Once it is known, nothing smaller can be asked for; and what is there is not taken for a drift.
        Assert.Equal(["volumes[0].size"], (await Eventually.GetAsync(() => stage.User.PostAsync($"projects/{stage.Project}/apps/preview", spec("2Gi")), a => a.Status == 400, Patience)).AssertProblem(400, "invalid").Fields);
        await Eventually.GetAsync(() => TestDatabase.ScalarAsync<string>(stage.App.Connection,
            $"SELECT a.compared_objects FROM applications a JOIN projects p ON p.id = a.project_id WHERE p.name = '{stage.Project}' AND a.name = 'growing' AND a.drift IS NULL"), c => c is not null, Patience, () => stage.App.Output);
    }

    [Fact]
    public async Task What_is_held_up_after_a_release_says_why_until_it_is_done()
    {
        var app = $"projects/{stage.Project}/apps/tidy";
        await stage.User.CreateAppAsync(stage.Project, Specs.Checked("tidy", "demo/hello:1"));
        await stage.User.WaitStateAsync(stage.Project, "tidy", "live", 1, Patience, () => stage.App.Output);
        Assert.Null((await stage.User.GetAsync(app))["problem"]);

        // A worker has no service: the one that is there is to be removed.
        stage.RefuseDeletes(e => e.AnswerAsync(500, Status(500, "InternalError", "etcdserver: request timed out")));
        await stage.User.DeployAsync(stage.Project, "tidy", new { name = "tidy", kind = "worker", image = "demo/hello:1" });
        var held = await Eventually.GetAsync(() => stage.User.GetAsync(app), a => a.Status == 200 && a["problem"] is not null, Patience, () => stage.App.Output);
        Assert.StartsWith("What earlier releases left on the cluster could not be removed yet.", Text(held["problem"]), StringComparison.Ordinal);
        Assert.Contains("etcdserver: request timed out", Text(held["problem"]), StringComparison.Ordinal);
        Assert.Equal("live", Text(held["state"]));
        stage.RefuseDeletes(null);
        await Eventually.GetAsync(() => stage.User.GetAsync(app), a => a.Status == 200 && a["problem"] is null, Patience, () => stage.App.Output);

        stage.RefuseDeletes(e => e.AnswerAsync(503, Status(503, "ServiceUnavailable", "the server is shutting down")));
        Assert.Equal(202, (await stage.User.DeleteAsync(app)).Status);
        held = await Eventually.GetAsync(() => stage.User.GetAsync(app), a => a.Status == 200 && a["problem"] is not null, Patience, () => stage.App.Output);
        Assert.Contains("the server is shutting down", Text(held["problem"]), StringComparison.Ordinal);
        stage.RefuseDeletes(null);
        await Eventually.GetAsync(() => stage.User.GetAsync(app), a => a.Status == 404, Patience, () => stage.App.Output);
    }

    /// <summary>On a very busy machine the cluster may also be called silent for a moment.</summary>
    private Task<Answer> HeldAsync(string app) => Eventually.GetAsync(
        () => RolloutAsync(app), a => a.Status == 200 && a["nextTryAt"] is not null && Text(a["diagnosis"]?["code"]) == "rejected", Patience, () => stage.App.Output);

    private Task<Answer> RolloutAsync(string app) => stage.User.GetAsync($"projects/{stage.Project}/apps/{app}/rollout");

    private static string Status(int code, string reason, string message) =>
        $$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"{{message}}","reason":"{{reason}}","code":{{code}}}""";

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    /// <summary>A web process on a sandbox whose answers to applied deployments and to deletions can be replaced.</summary>
    public sealed class Stage : IAsyncLifetime
    {
        private readonly ConcurrentDictionary<string, (int Left, Func<Exchange, Task> Answer)> _rules = new();
        private readonly ConcurrentDictionary<string, int> _refused = new();
        private readonly ConcurrentDictionary<string, string> _warnings = new();
        private volatile Func<Exchange, Task>? _deletes;
        private ExternalCluster _cluster = null!;
        private ClusterFront _front = null!;

        public RunningBabyhelm App { get; private set; } = null!;
        public ApiUser User { get; private set; } = null!;
        public Babyhelm.Core.Kubernetes.KubernetesClient Cluster => _cluster.Client;
        public string Project { get; private set; } = "";

        public async Task InitializeAsync()
        {
            _cluster = await ExternalCluster.StartAsync();
            _front = await ClusterFront.BeforeAsync(_cluster);
            _front.Put(TakeAsync);
            App = await RunningBabyhelm.StartAsync(settings: new Dictionary<string, string> { ["Kubernetes__KubeConfig"] = _front.KubeConfigPath });
            User = await ApiUser.RegisterAsync(App);
            Project = await User.CreateProjectAsync();
        }

        internal void Refuse(string app, int times, Func<Exchange, Task> answer) => _rules[app] = (times, answer);

        /// <param name="answer">To every deletion in the namespace of a project; null lets the cluster answer.</param>
        internal void RefuseDeletes(Func<Exchange, Task>? answer) => _deletes = answer;

        /// <summary>Beside whatever the cluster answers to the application's deployment.</summary>
        public void Warn(string app, string text) => _warnings[app] = text;

        public void Accept(string app) => _rules.TryRemove(app, out _);

        /// <summary>How often the application's deployment was refused so far.</summary>
        public int Refused(string app) => _refused.GetValueOrDefault(app);

        private async Task<bool> TakeAsync(Exchange exchange)
        {
            var path = exchange.PathAndQuery.Split('?')[0];
            if (exchange.Method == "DELETE" && _deletes is { } deletes)
            {
                await deletes(exchange);
                return true;
            }
            if (exchange.Method != "PATCH" || !path.Contains("/deployments/", StringComparison.Ordinal)) return false;
            var app = path[(path.LastIndexOf('/') + 1)..];
            if (_warnings.TryGetValue(app, out var warning)) exchange.Context.Response.Headers["Warning"] = $"299 - \"{warning}\"";
            if (!_rules.TryGetValue(app, out var rule) || _refused.GetValueOrDefault(app) >= rule.Left) return false;
            _refused.AddOrUpdate(app, 1, (_, n) => n + 1);
            await rule.Answer(exchange);
            return true;
        }

        public async Task DisposeAsync()
        {
            User?.Dispose();
            if (App is not null) await App.DisposeAsync();
            if (_front is not null) await _front.DisposeAsync();
            if (_cluster is not null) await _cluster.DisposeAsync();
        }
    }
}
