namespace Babyhelm.Tests.Integration;

/// <summary>A terminal that nobody types into, in a process of its own that waits for 3 s.</summary>
public sealed class IdleTerminalTests
{
    [Fact]
    public async Task An_idle_terminal_is_closed()
    {
        await using var app = await RunningBabyhelm.StartAsync(settings: new Dictionary<string, string>(SharedBabyhelm.FastSandbox) { ["Terminal__IdleSeconds"] = "3" });
        using var user = await ApiUser.RegisterAsync(app);
        var project = await user.CreateProjectAsync();
        await user.CreateAppAsync(project, new { name = "web", image = "demo/hello:1" });
        await user.WaitStateAsync(project, "web", "live");
        await using var idle = await TerminalClient.OpenAsync(app, user, project, "web");
        await idle.EndsAsync();
        Assert.Equal(("idle", true), (idle.Ended!["code"]!.GetValue<string>(), idle.Ended["again"]!.GetValue<bool>()));
        await Eventually.GetAsync(() => user.GetAsync($"projects/{project}/audit?action=terminal.close"),
            a => a.AssertStatus(200)["entries"]!.AsArray().Any(e => e!["detail"]!.GetValue<string>().EndsWith("no key for too long", StringComparison.Ordinal)));
    }
}
