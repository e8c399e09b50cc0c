using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Npgsql;

namespace Babyhelm.Tests.Integration;

/// <summary>Deploys by a hook's token, over HTTP.</summary>
[Collection(BabyhelmCollection.Name)]
public sealed class DeployHookTests(SharedBabyhelm shared) : IAsyncLifetime
{
    private const string OtherDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private readonly HttpClient _anybody = shared.App.CreateClient();
    private ApiUser _user = null!;
    private string _project = "";

    private string Path => $"projects/{_project}/apps/web";

    public async Task InitializeAsync()
    {
        _user = await ApiUser.RegisterAsync(shared.App);
        _project = await _user.CreateProjectAsync();
    }

    public Task DisposeAsync()
    {
        _user.Dispose();
        _anybody.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_tag_that_moved_is_pulled_and_deployed_under_its_name()
    {
        await LiveAsync("demo/moving:1");
        var before = Text((await ReleaseAsync(1))["digest"]);
        var token = await HookAsync();
        var called = (await CallAsync(token, "")).AssertStatus(202);
        Assert.Equal(("web", 2), (Text(called["app"]), Number(called["release"])));
        await _user.WaitStateAsync(_project, "web", "live", release: 2);
        var release = await ReleaseAsync(2);
        Assert.Equal(("demo/moving:1", "Deploy hook", "Deploy hook: the present tag"), (Text(release["image"]), Text(release["createdBy"]), Text(release["message"])));
        Assert.NotEqual(before, Text(release["digest"]));
        Assert.Equal("Always", await PullPolicyAsync());

        // Another change keeps to it, so that no pod falls back to an old copy of the tag; a restart may find yet another one.
        await _user.DeployAsync(_project, "web", Specs.Checked("web", "demo/moving:1"));
        await _user.WaitStateAsync(_project, "web", "live", release: 3);
        Assert.Equal("Always", await PullPolicyAsync());
        var ran = Text((await ReleaseAsync(3))["digest"]);
        Assert.NotNull(ran);
        (await _user.PostAsync($"{Path}/restart", null)).AssertStatus(202);
        var restarted = await Eventually.GetAsync(() => ReleaseAsync(3), r => r.Status == 200 && Text(r["digest"]) is { } digest && digest != ran);
        (await _user.PostAsync($"{Path}/pin", null)).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 4);
        Assert.Equal($"demo/moving:1@{Text(restarted["digest"])}", Text((await _user.GetAsync(Path))["image"]));

        // The hook goes by the tag again, and a digest needs no second pull.
        (await CallAsync(token, "")).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 5);
        Assert.Equal("demo/moving:1", Text((await _user.GetAsync(Path))["image"]));
        (await CallAsync(token, $$"""{"digest":"{{OtherDigest}}"}""")).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 6);
        Assert.Equal($"demo/moving@{OtherDigest}", Text((await _user.GetAsync(Path))["image"]));
        Assert.Equal("IfNotPresent", await PullPolicyAsync());
    }

    [Fact]
    public async Task Only_images_of_the_repository_are_deployed_and_every_call_is_listed()
    {
        await LiveAsync("demo/hello:1");
        var token = await HookAsync();
        (await CallAsync(token, """{"image":"demo/other:1"}""")).AssertProblem(403, "other-repository");
        (await CallAsync(token, """{"tag":"../x"}""")).AssertProblem(400, "invalid");
        (await CallAsync(token, """{"tag":"1@sha256:0"}""")).AssertProblem(400, "invalid");
        (await CallAsync(token, """{"image":"demo/hello:2","tag":"3"}""")).AssertProblem(400, "invalid");
        (await CallAsync(token, """{"tags":"2"}""")).AssertProblem(400, "invalid");
        (await CallAsync(token, "not json")).AssertProblem(400, "invalid");
        (await CallAsync(token, $$"""{"tag":"{{new string('t', 9000)}}"}""")).AssertProblem(413, "too-large");
        Assert.Equal(1, Number((await _user.GetAsync(Path))["release"]));
        (await CallAsync(token, """{"image":"docker.io/demo/hello:2"}""")).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 2);
        (await CallAsync(token, """{"tag":"3"}""", "application/x-www-form-urlencoded")).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 3);
        Assert.Equal("docker.io/demo/hello:3", Text((await _user.GetAsync(Path))["image"]));

        var hook = (await _user.GetAsync($"{Path}/hook")).AssertStatus(200);
        Assert.Equal(token[..9], Text(hook["start"]));
        Assert.NotNull(hook["lastUsedAt"]);
        Assert.DoesNotContain(token, hook.Text, StringComparison.Ordinal);
        var deliveries = hook["deliveries"]!.AsArray().Select(d => (Asked: Text(d!["asked"]), Release: d["release"]?.GetValue<int>(), Problem: Text(d["problem"]), From: Text(d["address"]))).ToList();
        Assert.Equal(("tag 3", 3, null), (deliveries[0].Asked, deliveries[0].Release, deliveries[0].Problem));
        Assert.Equal(("docker.io/demo/hello:2", (int?)2), (deliveries[1].Asked, deliveries[1].Release));
        Assert.Contains(deliveries, d => d is { Asked: "demo/other:1", Release: null } && d.Problem!.Contains("docker.io/demo/hello", StringComparison.Ordinal));
        Assert.All(deliveries, d => Assert.True(IPAddress.TryParse(d.From, out _)));
        Assert.Equal("Deploy hook", await TestDatabase.ScalarAsync<string>(shared.App.Connection,
            $"SELECT actor FROM audit_entries WHERE subject = 'project/{_project}/app/web' AND action = 'application.deploy' AND user_id IS NULL ORDER BY id DESC LIMIT 1"));
        Assert.Equal(0, await TestDatabase.ScalarAsync<long>(shared.App.Connection, $"SELECT count(*) FROM audit_entries a WHERE a::text LIKE '%{token}%'"));
    }

    [Fact]
    public async Task Tokens_that_are_wrong_old_or_deleted_answer_alike()
    {
        await LiveAsync("demo/hello:1");
        (await _user.GetAsync($"{Path}/hook")).AssertProblem(404, "not-found");
        (await _user.PostAsync($"{Path}/hook/rotate", null)).AssertProblem(404, "not-found");
        var first = await HookAsync();
        (await _user.PostAsync($"{Path}/hook", null)).AssertProblem(409, "hook-exists");
        var made = (await _user.PostAsync($"{Path}/hook/rotate", null)).AssertStatus(201);
        var second = Text(made["token"])!;
        Assert.EndsWith($"/hooks/deploy/{second}", Text(made["url"]), StringComparison.Ordinal);
        var old = (await CallAsync(first, "")).AssertProblem(404, "not-found");
        foreach (var wrong in new[] { "x", "bhh_", new string('a', 3000), $"{second}x", second[..^1], second.ToUpperInvariant() })
            Assert.Equal(old.Text, (await CallAsync(wrong, "")).AssertStatus(404).Text);
        (await CallAsync(second, """{"tag":"2"}""")).AssertStatus(202);
        (await _user.DeleteAsync($"{Path}/hook")).AssertStatus(204);
        (await _user.DeleteAsync($"{Path}/hook")).AssertProblem(404, "not-found");
        Assert.Equal(old.Text, (await CallAsync(second, "")).Text);
        Assert.Equal(0, await TestDatabase.ScalarAsync<long>(shared.App.Connection, $"SELECT count(*) FROM hook_deliveries d WHERE NOT EXISTS (SELECT FROM deploy_hooks h WHERE h.id = d.hook_id)"));
    }

    [Fact]
    public async Task Who_tries_many_wrong_tokens_waits_and_others_do_not()
    {
        var (calls, limited) = (0, (HttpResponseMessage?)null);
        while (limited is null && calls++ < 500)
        {
            var response = await _anybody.PostAsync($"/hooks/deploy/bhh_{calls}", null);
            if (response.StatusCode == HttpStatusCode.TooManyRequests) limited = response;
            else (await Answer.OfAsync(response)).AssertProblem(404, "not-found");
        }
        Assert.True(calls > 20, $"after {calls} calls");
        Assert.True(limited?.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1), $"{calls} calls, {limited?.Headers.RetryAfter}");
        (await Answer.OfAsync(limited!)).AssertProblem(429, "too-many-requests");

        using var other = shared.App.CreateClient();
        (await Answer.OfAsync(await other.PostAsync("/hooks/deploy/bhh_0", null))).AssertProblem(404, "not-found");
    }

    /// <summary>A token is good until the release is written, not only when the call comes in.</summary>
    [Fact]
    public async Task A_token_that_is_replaced_while_its_call_waits_deploys_nothing()
    {
        await LiveAsync("demo/hello:1");
        var token = await HookAsync();
        await using var held = new NpgsqlConnection($"{shared.App.Connection};Pooling=false");
        await held.OpenAsync();
        await using var transaction = await held.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand($"SELECT id FROM projects WHERE name = '{_project}' FOR UPDATE", held, transaction)) await hold.ExecuteScalarAsync();
        var call = CallAsync(token, """{"tag":"2"}""");
        // Taken, and now on its way to the project's row.
        await Eventually.GetAsync(() => _user.GetAsync($"{Path}/hook"), h => h.Status == 200 && h["lastUsedAt"] is not null);
        (await _user.PostAsync($"{Path}/hook/rotate", null)).AssertStatus(201);
        await transaction.RollbackAsync();
        (await call).AssertProblem(404, "not-found");
        Assert.Equal(1, Number((await _user.GetAsync(Path))["release"]));
        var delivery = Assert.Single((await _user.GetAsync($"{Path}/hook"))["deliveries"]!.AsArray())!;
        Assert.Equal(("tag 2", null), (Text(delivery["asked"]), delivery["release"]));
    }

    [Fact]
    public async Task Callers_addresses_are_shown_to_owners_only()
    {
        await LiveAsync("demo/hello:1");
        (await CallAsync(await HookAsync(), """{"tag":"no tag"}""")).AssertProblem(400, "invalid");
        using var editor = await ApiUser.RegisterAsync(shared.App);
        (await shared.Admin.PatchAsync($"admin/users/{await shared.Admin.UserIdAsync(editor.Email)}", new { confirmed = true })).AssertStatus(204);
        (await _user.PutAsync($"projects/{_project}/members/{editor.Email}", new { role = "editor" })).AssertStatus(202);
        (await editor.PostAsync($"me/invitations/{_project}/accept", null)).AssertStatus(204);
        var (seen, known) = (await editor.GetAsync($"{Path}/hook"), await _user.GetAsync($"{Path}/hook"));
        Assert.Equal(("tag no tag", null), (Text(Assert.Single(seen["deliveries"]!.AsArray())!["asked"]), Text(seen["deliveries"]![0]!["address"])));
        Assert.True(IPAddress.TryParse(Text(known["deliveries"]![0]!["address"]), out _));
    }

    [Fact]
    public async Task Calls_at_once_make_releases_of_which_the_newest_runs_and_too_many_are_held_off()
    {
        await LiveAsync("demo/hello:1");
        var token = await HookAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => CallAsync(token, $$"""{"tag":"{{i}}"}""")));
        Assert.Equal(Enumerable.Range(2, 8), answers.Select(a => Number(a.AssertStatus(202)["release"])).Order());
        await _user.WaitStateAsync(_project, "web", "live", release: 9);
        var releases = (await _user.GetAsync($"{Path}/releases")).Json.AsArray();
        Assert.All(releases.Skip(1), r => Assert.Equal("superseded", Text(r!["state"])));
        var last = answers.Single(a => Number(a["release"]) == 9);
        Assert.Equal($"demo/hello:{Array.IndexOf(answers, last)}", Text((await _user.GetAsync(Path))["image"]));
        Assert.Equal(8, (await _user.GetAsync($"{Path}/hook"))["deliveries"]!.AsArray().Count);

        // As after as many calls as are let through, in a minute that is far from over; and after that minute.
        await WindowAsync("window_start = now() + interval '1 hour', window_calls = 20");
        var refused = await CallAsync(token, "");
        refused.AssertProblem(429, "too-many-requests");
        Assert.Equal(9, Number((await _user.GetAsync(Path))["release"]));
        await WindowAsync("window_start = now() - interval '1 hour'");
        (await CallAsync(token, "")).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "live", release: 10);
    }

    private async Task WindowAsync(string set) => Assert.Equal(1, await TestDatabase.ScalarAsync<long>(shared.App.Connection, $"""
        WITH changed AS (
            UPDATE deploy_hooks h SET {set} FROM applications a JOIN projects p ON p.id = a.project_id WHERE h.application_id = a.id AND p.name = '{_project}' RETURNING 1)
        SELECT count(*) FROM changed
        """));

    [Fact]
    public async Task A_stopped_application_stays_so_and_one_that_is_deleted_takes_no_call()
    {
        await LiveAsync("demo/hello:1");
        var token = await HookAsync();
        (await _user.PostAsync($"{Path}/stop", null)).AssertStatus(202);
        await _user.WaitStateAsync(_project, "web", "stopped", release: 2);
        Assert.Contains("stays so", Text((await CallAsync(token, """{"tag":"2"}""")).AssertStatus(202)["notice"]), StringComparison.Ordinal);
        await _user.WaitStateAsync(_project, "web", "stopped", release: 3);

        // A namespace whose end is held up, so that the deletion takes as long as the calls.
        var ns = $"bh-{_project}";
        var held = (JsonObject)JsonNode.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"held","finalizers":["example.com/held"]}}""")!;
        held["metadata"]!["namespace"] = ns;
        Assert.Null((await shared.Cluster.CreateAsync(held)).Error);
        (await _user.DeleteAsync($"projects/{_project}")).AssertStatus(202);
        (await CallAsync(token, """{"tag":"3"}""")).AssertProblem(409, "project-deleting");
        Assert.Null((await shared.Cluster.PatchAsync(ResourceType.ConfigMaps, ns, "held", (JsonObject)JsonNode.Parse("""{"metadata":{"finalizers":null}}""")!)).Error);
        await Eventually.GetAsync(() => _user.GetAsync($"projects/{_project}"), a => a.Status == 404);
        (await CallAsync(token, "")).AssertProblem(404, "not-found");
    }

    [Fact]
    public async Task The_digest_of_a_schedule_is_that_of_its_newest_run()
    {
        await _user.CreateAppAsync(_project, new { name = "tick", image = "demo/hello:1", kind = "cron", schedule = "0 0 1 1 *" });
        await _user.WaitStateAsync(_project, "tick", "live", release: 1);
        (await _user.PostAsync($"projects/{_project}/apps/tick/run", null)).AssertStatus(202);
        await Eventually.GetAsync(() => _user.GetAsync($"projects/{_project}/apps/tick/releases/1"), r => r.Status == 200 && Text(r["digest"])?.StartsWith("sha256:", StringComparison.Ordinal) == true);
    }

    private async Task LiveAsync(string image)
    {
        await _user.CreateAppAsync(_project, Specs.Checked("web", image));
        await _user.WaitStateAsync(_project, "web", "live", release: 1);
    }

    private async Task<string> HookAsync() => Text((await _user.PostAsync($"{Path}/hook", null)).AssertStatus(201)["token"])!;

    private async Task<Answer> CallAsync(string token, string body, string contentType = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8, contentType);
        return await Answer.OfAsync(await _anybody.PostAsync($"/hooks/deploy/{token}", content));
    }

    private Task<Answer> ReleaseAsync(int number) => _user.GetAsync($"{Path}/releases/{number}");

    private async Task<string?> PullPolicyAsync() =>
        Text((await shared.Cluster.GetAsync(ResourceType.Deployments, $"bh-{_project}", "web")).Value["spec"]!["template"]!["spec"]!["containers"]![0]!["imagePullPolicy"]);

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    private static int Number(JsonNode? node) => node!.GetValue<int>();
}
