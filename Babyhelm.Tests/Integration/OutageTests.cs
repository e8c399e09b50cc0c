using System.Diagnostics;
using System.Text.Json.Nodes;
using Babyhelm.Tests.Common;
using Xunit.Abstractions;

namespace Babyhelm.Tests.Integration;

/// <summary>The database or the cluster is away, at start or later.</summary>
public sealed class OutageTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Babyhelm_waits_for_its_database_and_gets_over_its_restart()
    {
        using var postgres = OwnPostgres.Create();
        postgres.Stop();
        await using var app = BabyhelmProcess.Launch(postgres.Connection, TestPorts.Take(), SharedBabyhelm.FastSandbox);
        using var anonymous = new ApiUser(app.CreateClient());
        var notReady = await Eventually.GetAsync(() => TryAsync(() => anonymous.GetAsync("/healthz/ready")), a => a is { Status: 503 } && a.Text != "starting", context: () => app.Output);
        Assert.Equal("the database does not answer", notReady!.Text); // where it is, and as whom, is nobody's business
        (await anonymous.GetAsync("/healthz/live")).AssertStatus(200);
        (await anonymous.PostAsync("auth/register", new { email = "a@example.com", password = BabyhelmProcess.TestPassword })).AssertProblem(503, "database-unavailable");
        (await anonymous.PostAsync("auth/login", new { email = "a@example.com", password = BabyhelmProcess.TestPassword })).AssertProblem(503, "database-unavailable");

        postgres.Start();
        await app.WaitReadyAsync();
        using var user = await ApiUser.RegisterAsync(app);
        Assert.Equal("admin", (await user.GetAsync("me"))["role"]!.GetValue<string>());
        var project = await user.CreateProjectAsync();

        postgres.Stop();
        (await user.GetAsync("projects")).AssertProblem(503, "database-unavailable");
        (await user.PostAsync($"projects/{project}/apps", Specs.Checked("web", "demo/hello:1"))).AssertProblem(503, "database-unavailable");
        await Task.Delay(TimeSpan.FromSeconds(3)); // long enough for every background loop to meet the outage
        postgres.Start();
        var watch = Stopwatch.StartNew();
        await Eventually.GetAsync(() => user.GetAsync("projects"), a => a.Status == 200, context: () => app.Output);
        Assert.Empty((await user.GetAsync($"projects/{project}/apps")).Json.AsArray());
        await user.CreateAppAsync(project, Specs.Checked("web", "demo/hello:1"));
        await user.WaitStateAsync(project, "web", "live", within: TimeSpan.FromSeconds(180), context: () => app.Output);
        output.WriteLine($"live {watch.Elapsed.TotalSeconds:0.0} s after the database was back");
    }

    [Fact]
    public async Task Deploys_queue_while_the_cluster_is_away_and_go_on_when_it_is_back()
    {
        await using var cluster = await ExternalCluster.StartAsync();
        cluster.Link.Cut();
        await using var app = await BabyhelmProcess.StartAsync(settings: cluster.Settings);
        using var user = await ApiUser.RegisterAsync(app);
        var early = ApiUser.NewName("p");
        (await user.PostAsync("projects", new { name = early })).AssertStatus(201);
        var waiting = await Eventually.GetAsync(() => user.GetAsync($"projects/{early}"), a => a.Status == 200 && a["problem"] is not null);
        output.WriteLine(waiting["problem"]!.GetValue<string>());
        Assert.DoesNotContain("127.0.0.1", waiting.Text, StringComparison.Ordinal); // where the cluster is, tenants need not know

        cluster.Link.Restore();
        var watch = Stopwatch.StartNew();
        await Eventually.GetAsync(() => user.GetAsync($"projects/{early}"), a => a.Status == 200 && a["state"]!.GetValue<string>() == "ready", TimeSpan.FromSeconds(180));
        Assert.Null((await user.GetAsync($"projects/{early}"))["problem"]);
        output.WriteLine($"project ready {watch.Elapsed.TotalSeconds:0.0} s after the cluster was back");
        await user.CreateAppAsync(early, Specs.Checked("old", "demo/hello:1"));
        await user.WaitStateAsync(early, "old", "live", within: TimeSpan.FromSeconds(180), context: () => app.Output);

        cluster.Link.Cut();
        await user.CreateAppAsync(early, Specs.Checked("web", "demo/hello:1"));
        var stuck = await Eventually.GetAsync(
            () => user.GetAsync($"projects/{early}/apps/web/rollout"), a => a.Status == 200 && a["diagnosis"] is not null, context: () => app.Output);
        Assert.Equal("cluster-unreachable", stuck["diagnosis"]!["code"]!.GetValue<string>());
        Assert.Contains(stuck["state"]!.GetValue<string>(), new[] { "pending", "applying" });
        // What runs goes on answering: visitors need no API server.
        Assert.StartsWith("hello from demo/hello:1\n", await user.Http.GetStringAsync($"http://old-{early}.apps.localhost:{app.Port}"), StringComparison.Ordinal);

        cluster.Link.Restore();
        watch.Restart();
        var rollout = await user.WaitStateAsync(early, "web", "live", within: TimeSpan.FromSeconds(180), context: () => app.Output);
        Assert.Null(rollout["diagnosis"]);
        output.WriteLine($"live {watch.Elapsed.TotalSeconds:0.0} s after the cluster was back");
    }

    [Fact]
    public async Task What_cannot_be_started_ends_with_one_clear_line()
    {
        var folder = Directory.CreateTempSubdirectory("babyhelm-broken-");
        var (text, other) = (Path.Combine(folder.FullName, "text"), Path.Combine(folder.FullName, "other"));
        await File.WriteAllTextAsync(text, "this: is: no: kubeconfig\n\t-");
        await File.WriteAllTextAsync(other, """{"apiVersion":"v1","kind":"Config","contexts":[],"clusters":[],"users":[]}""");
        const string anywhere = "Host=127.0.0.1;Port=1;Username=x;Password=verysecret;Database=x";
        (string Connection, Dictionary<string, string> Settings, string Told)[] cases =
        [
            (anywhere, new() { ["Kubernetes__KubeConfig"] = text }, text),
            (anywhere, new() { ["Kubernetes__KubeConfig"] = Path.Combine(folder.FullName, "none") }, "none"),
            (anywhere, new() { ["Kubernetes__KubeConfig"] = other, ["Kubernetes__Context"] = "prod" }, "prod"),
            (anywhere, new() { ["KUBECONFIG"] = text }, text),
            (anywhere, new() { ["Sandbox__PullDelay"] = "soon" }, "Sandbox:PullDelay"),
            (anywhere, new() { ["Public__Url"] = "nowhere" }, "Public"),
            (anywhere, new() { ["Gateway__IdleTimeoutSeconds"] = "0" }, "IdleTimeoutSeconds"),
            ("", [], "ConnectionStrings__Babyhelm"),
            ("Hots=127.0.0.1;Password=verysecret", [], "ConnectionStrings"),
        ];
        await Task.WhenAll(cases.Select(async c =>
        {
            await using var app = BabyhelmProcess.Launch(c.Connection, TestPorts.Take(), c.Settings);
            var code = await app.WaitForExitAsync(TimeSpan.FromSeconds(180));
            var lines = app.Output.Split('\n').Where(l => l.StartsWith("babyhelm: ", StringComparison.Ordinal)).ToList();
            Assert.True(code == 1 && lines.Count == 1, $"{c.Told}: ended with {code}\n{app.Output}");
            Assert.Contains(c.Told, lines[0], StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", app.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("verysecret", app.Output, StringComparison.Ordinal);
        }));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Applications_come_back_when_the_sandbox_starts_empty_again()
    {
        var connection = await PostgresServer.CreateDatabaseAsync();
        var port = TestPorts.Take();
        string project;
        await using (var first = await BabyhelmProcess.StartAsync(connection, port, SharedBabyhelm.FastSandbox))
        {
            using var user = await ApiUser.RegisterAsync(first, "a@example.com");
            project = await user.CreateProjectAsync();
            await user.CreateAppAsync(project, new { name = "web", image = "demo/hello:1", health = new { path = "/" }, env = new[] { new { name = "KEY", value = "x", secret = true } } });
            await user.WaitStateAsync(project, "web", "live", context: () => first.Output);
            await user.CreateAppAsync(project, new { name = "slow", image = "demo/unready:1", health = new { path = "/" } });
            // Without a health check it settles for 10 s.
            await user.CreateAppAsync(project, new { name = "fresh", image = "demo/hello:1" });
            await user.WaitStepAsync(project, "fresh", "settling", () => first.Output);

            // Open streams don't hold up the end.
            using var stream = await user.Http.GetAsync($"/api/v1/projects/{project}/apps/web/logs?follow=true", HttpCompletionOption.ResponseHeadersRead);
            using var steps = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/projects/{project}/apps/slow/rollout");
            steps.Headers.Accept.ParseAdd("text/event-stream");
            using var rollout = await user.Http.SendAsync(steps, HttpCompletionOption.ResponseHeadersRead);
            var stopping = Stopwatch.StartNew();
            first.Terminate();
            var code = await first.WaitForExitAsync(TimeSpan.FromSeconds(60));
            output.WriteLine($"ended with {code} after {stopping.Elapsed.TotalSeconds:0.0} s");
            Assert.Equal(0, code);
        }

        var watch = Stopwatch.StartNew();
        await using var second = await BabyhelmProcess.StartAsync(connection, port, SharedBabyhelm.FastSandbox);
        using var again = await SignInAsync(second, "a@example.com");
        using var visitor = second.CreateClient();
        await Eventually.GetAsync(
            async () => await Answer.OfAsync(await visitor.GetAsync($"http://web-{project}.apps.localhost:{port}/")), a => a.Status == 200, TimeSpan.FromSeconds(180), () => second.Output);
        output.WriteLine($"live application answers {watch.Elapsed.TotalSeconds:0.0} s after the restart");
        await again.WaitStateAsync(project, "fresh", "live", within: TimeSpan.FromSeconds(180), context: () => second.Output);
        output.WriteLine($"interrupted rollout live {watch.Elapsed.TotalSeconds:0.0} s after the restart");
    }

    private static async Task<ApiUser> SignInAsync(BabyhelmProcess app, string email)
    {
        using var anonymous = new ApiUser(app.CreateClient());
        var tokens = (await anonymous.PostAsync("auth/login", new JsonObject { ["email"] = email, ["password"] = BabyhelmProcess.TestPassword })).AssertStatus(200);
        return new ApiUser(app.CreateClient(tokens["accessToken"]!.GetValue<string>()), email);
    }

    private static async Task<Answer?> TryAsync(Func<Task<Answer>> ask)
    {
        try
        {
            return await ask();
        }
        catch (HttpRequestException)
        {
            return null; // not listening yet
        }
    }
}
