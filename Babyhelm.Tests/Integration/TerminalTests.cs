using System.Net;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Babyhelm.Web.Terminals;

namespace Babyhelm.Tests.Integration;

/// <summary>An owner with a project and an application that runs.</summary>
public sealed class TerminalStage : IDisposable
{
    public ApiUser Owner { get; private set; } = null!;
    public string Project { get; private set; } = "";

    /// <summary>Once, however many tests ask for it.</summary>
    public async Task BuildAsync(RunningBabyhelm app)
    {
        if (Owner is not null) return;
        Owner = await ApiUser.RegisterAsync(app);
        Project = await Owner.CreateProjectAsync();
        await DeployAsync("web", "demo/hello:1");
    }

    public async Task DeployAsync(string name, string image)
    {
        await Owner.CreateAppAsync(Project, new { name, image });
        await Owner.WaitStateAsync(Project, name, "live");
    }

    public void Dispose() => Owner?.Dispose();
}

/// <summary>Terminals over the API, in the sandbox with its small shell.</summary>
[Collection(StreamCollection.Name)]
public sealed class TerminalTests(SharedBabyhelm shared, TerminalStage stage) : IClassFixture<TerminalStage>, IAsyncLifetime
{
    private ApiUser _owner = null!;
    private string _project = "";

    private RunningBabyhelm App => shared.App;

    public async Task InitializeAsync()
    {
        await stage.BuildAsync(App);
        (_owner, _project) = (stage.Owner, stage.Project);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_shell_runs_takes_sizes_and_keys_and_its_opening_and_end_are_in_the_audit_log()
    {
        await stage.DeployAsync("audited", "demo/hello:1");
        await using var terminal = await TerminalClient.OpenAsync(App, _owner, _project, "audited", "?columns=100&rows=30");
        Assert.Equal(("/bin/sh", "audited"), (terminal.Opened!["shell"]!.GetValue<string>(), terminal.Opened["container"]!.GetValue<string>()));
        await terminal.TypeAsync("echo answer; stty size\r");
        await terminal.ShowsAsync("30 100");
        await terminal.SayAsync("""{"columns":61,"rows":17}""");
        await terminal.TypeAsync("stty size\r");
        await terminal.ShowsAsync("17 61");
        await terminal.TypeAsync("exit 3\r");
        await terminal.EndsAsync();

        Assert.Equal("exited", terminal.Ended!["code"]!.GetValue<string>());
        var pod = terminal.Opened["pod"]!.GetValue<string>();
        var entries = await AuditAsync(2);
        Assert.Equal(["terminal.close", "terminal.open"], entries.Select(e => e["action"]!.GetValue<string>()));
        Assert.All(entries, e => Assert.Equal((_owner.Email, $"project/{_project}/app/audited"), (e["actor"]!.GetValue<string>(), e["subject"]!.GetValue<string>())));
        Assert.Equal($"pod {pod}, container audited, /bin/sh", entries[1]["detail"]!.GetValue<string>());
        Assert.Matches($"^pod {pod}, container audited, after .+: the shell ended with exit code 3$", entries[0]["detail"]!.GetValue<string>());
        Assert.DoesNotContain(entries, e => e.ToJsonString().Contains("answer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_image_without_a_shell_says_so()
    {
        await stage.DeployAsync("bare", "demo/scratch:1");
        await using var terminal = await TerminalClient.OpenAsync(App, _owner, _project, "bare");
        await terminal.EndsAsync();
        Assert.Null(terminal.Opened);
        Assert.Equal(("exec-command-not-found", false), (terminal.Ended!["code"]!.GetValue<string>(), terminal.Ended["again"]!.GetValue<bool>()));
        Assert.StartsWith("The image has no shell: neither /bin/bash nor /bin/sh is in it.", terminal.Ended["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_draws_nothing_is_sent_no_more_than_it_can_hold()
    {
        await using var terminal = await TerminalClient.OpenAsync(App, _owner, _project, "web");
        terminal.Draws = false;
        // More than all that can wait on the way, so that only the limit can be the reason for a halt.
        await terminal.TypeAsync("seq 1000000\r");
        await terminal.ReadUntilAsync(() => terminal.Received >= TerminalCredit.Limit);
        Assert.InRange(terminal.Received, TerminalCredit.Limit, TerminalCredit.Limit + 16 * 1024);

        // A paste that a busy shell does not take must not hold up what else the client says.
        await terminal.TypeAsync(new string(' ', 512 * 1024) + "\r");
        // All of it comes once it is drawn: nothing was lost.
        terminal.Draws = true;
        await terminal.SayAsync($"{{\"drawn\":{terminal.Received}}}");
        await terminal.ShowsAsync("\n1000000\r\n");
        await terminal.TypeAsync("exit\r");
        await terminal.EndsAsync();
        Assert.Equal("exited", terminal.Ended!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task More_than_can_wait_for_the_shell_ends_the_terminal()
    {
        await using var terminal = await TerminalClient.OpenAsync(App, _owner, _project, "web");
        terminal.Draws = false;
        await terminal.TypeAsync("seq 1000000\r");
        await terminal.ReadUntilAsync(() => terminal.Received >= TerminalCredit.Limit);
        await terminal.TypeAsync(new string(' ', 8 * 1024 * 1024));
        await terminal.EndsAsync();
        Assert.Equal("overflow", terminal.Ended!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task Pods_of_others_are_not_there()
    {
        using var other = await ApiUser.RegisterAsync(App);
        var project = await other.CreateProjectAsync();
        await other.CreateAppAsync(project, new { name = "web", image = "demo/hello:1" });
        var pod = (await other.WaitStateAsync(project, "web", "live"))["pods"]![0]!["name"]!.GetValue<string>();

        foreach (var query in new[] { $"?pod={pod}", "?pod=../../kube-system", "?pod=web%0a", "?container=nothing" })
        {
            var answer = await _owner.GetAsync($"projects/{_project}/apps/web/terminal{query}");
            answer.AssertProblem(404, "not-found");
        }
        (await other.GetAsync($"projects/{_project}/apps/web/terminal")).AssertProblem(404, "not-found");
        (await _owner.GetAsync($"projects/{_project}/apps/web/terminal")).AssertProblem(400, "invalid");
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"columns":0,"rows":1}""")]
    [InlineData("""{"columns":70000,"rows":1}""")]
    [InlineData("null")]
    public async Task A_client_that_breaks_the_protocol_is_left(string said)
    {
        await using var terminal = await TerminalClient.OpenAsync(App, _owner, _project, "web");
        await terminal.SayAsync(said);
        await terminal.EndsAsync();
        Assert.Equal(("protocol", false), (terminal.Ended!["code"]!.GetValue<string>(), terminal.Ended["again"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task Words_that_never_end_are_not_kept()
    {
        await using var terminal = await TerminalClient.OpenAsync(App, _owner, _project, "web");
        await terminal.SayAsync(new string(' ', 4096));
        await terminal.EndsAsync();
        Assert.Equal("protocol", terminal.Ended!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task Whatever_bytes_are_typed_the_shell_goes_on()
    {
        await using var terminal = await TerminalClient.OpenAsync(App, _owner, _project, "web");
        await terminal.TypeAsync("\u001b[A\u001b]0;x\u0007\0\ud7ff\u202e");
        await terminal.TypeAsync("\u0003");
        await terminal.TypeAsync("echo on-$HOSTNAME\r");
        await terminal.ShowsAsync($"on-{terminal.Opened!["pod"]!.GetValue<string>()}");
        Assert.Null(terminal.Ended);
    }

    /// <summary>A browser sends the cookie along whoever asks.</summary>
    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("http://web.apps.localhost")]
    [InlineData("null")]
    [InlineData(null)]
    public async Task A_page_of_another_site_gets_no_terminal(string? origin)
    {
        using var browser = await FormClient.SignInAsync(App, _owner.Email);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/terminal/projects/{_project}/apps/web");
        if (origin is not null) request.Headers.Add("Origin", origin);
        using var answer = await browser.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task An_own_page_gets_one_by_its_cookie_and_nobody_without()
    {
        using var browser = await FormClient.SignInAsync(App, _owner.Email);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/terminal/projects/{_project}/apps/web");
        request.Headers.Add("Origin", App.Url.GetLeftPart(UriPartial.Authority));
        using var answer = await browser.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode); // allowed, but no WebSocket

        await using var stranger = new TerminalClient();
        await Assert.ThrowsAsync<WebSocketException>(() => stranger.ConnectAsync(App, $"/terminal/projects/{_project}/apps/web", ("Origin", App.Url.GetLeftPart(UriPartial.Authority))));
        Assert.NotEqual(HttpStatusCode.SwitchingProtocols, stranger.Status);
    }

    [Fact]
    public async Task One_user_has_so_many_and_no_more()
    {
        using var user = await ApiUser.RegisterAsync(App); // others' terminals of other tests may still be ending
        var project = await user.CreateProjectAsync();
        await user.CreateAppAsync(project, new { name = "web", image = "demo/hello:1" });
        await user.WaitStateAsync(project, "web", "live");
        var open = new List<TerminalClient>();
        try
        {
            for (var i = 0; i < 10; i++)
            {
                open.Add(await TerminalClient.OpenAsync(App, user, project, "web"));
                Assert.True(open[^1].Opened is not null, open[^1].Ended?.ToJsonString());
            }
            await using var refused = await TerminalClient.OpenAsync(App, user, project, "web");
            await refused.EndsAsync();
            Assert.Equal("too-many-terminals", refused.Ended!["code"]!.GetValue<string>());

            await open[0].TypeAsync("exit\r");
            await open[0].EndsAsync();
            await using var next = await TerminalClient.OpenAsync(App, user, project, "web");
            Assert.NotNull(next.Opened);
        }
        finally
        {
            foreach (var terminal in open) await terminal.DisposeAsync();
        }
    }

    /// <summary>The newest entries about terminals; an end is written after the client has heard of it.</summary>
    private async Task<IReadOnlyList<JsonNode>> AuditAsync(int count)
    {
        var answer = await Eventually.GetAsync(() => _owner.GetAsync($"projects/{_project}/audit?action=terminal.&subject=app/audited"), a => a.AssertStatus(200)["entries"]!.AsArray().Count >= count);
        return [.. answer["entries"]!.AsArray().Select(e => e!)];
    }
}
