using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>A terminal in the browser, with the sandbox's small shell.</summary>
[Collection(StreamCollection.Name)]
public sealed class TerminalPageTests(SharedBabyhelm shared)
{
    [Fact]
    public async Task A_terminal_opens_runs_commands_and_can_be_opened_again_when_its_pod_is_gone()
    {
        var app = shared.App;
        using var user = await ApiUser.RegisterAsync(app);
        var project = await user.CreateProjectAsync();
        await user.CreateAppAsync(project, new { name = "web", image = "demo/hello:1" });
        await user.WaitStateAsync(project, "web", "live");
        await using var browser = await BrowserSession.StartAsync();
        var page = browser.Page;
        await page.FromOwnAddressAsync();
        await page.SignInAsync(app, user.Email);
        await page.BeAtAsync("**/projects");
        await page.GotoAsync($"{app.Url}projects/{project}/apps/web");
        await page.GetByRole(AriaRole.Link, new() { Name = "Terminal", Exact = true }).ClickAsync();
        var terminal = page.GetByTestId("terminal");
        var status = page.GetByTestId("terminal-status");
        var rows = terminal.Locator(".xterm-rows");

        await page.PressAsync("Open terminal");
        await Expect(terminal).ToHaveAttributeAsync("data-state", "open");
        await Expect(status).ToContainTextAsync("/bin/sh in web-");
        await Expect(rows).ToContainTextAsync("/ #");
        await page.Keyboard.TypeAsync("echo on-$HOSTNAME");
        await page.Keyboard.PressAsync("Enter");
        await Expect(rows).ToContainTextAsync("on-web-");
        // The terminal's own style elements are heeded: without them letters would have no fixed width.
        Assert.True(await page.EvaluateAsync<bool>("() => [...document.querySelectorAll('.xterm style, .xterm-screen style')].every(s => s.sheet !== null) && document.querySelectorAll('.xterm style, .xterm-screen style').length > 0"));

        // A way out without a mouse, as Tab is the shell's.
        await page.Keyboard.PressAsync("Control+Shift+E");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true })).ToBeFocusedAsync();

        // The pod goes; another comes, and a new terminal opens there.
        var pod = (await user.GetAsync($"projects/{project}/apps/web/rollout"))["pods"]![0]!["name"]!.GetValue<string>();
        var gone = await shared.Cluster.DeleteAsync(Core.Kubernetes.ResourceType.Pods, $"bh-{project}", pod);
        Assert.Null(gone.Error);
        await Expect(terminal).ToHaveAttributeAsync("data-state", "ended");
        await Eventually.GetAsync(() => user.GetAsync($"projects/{project}/apps/web/rollout"),
            a => a["pods"]!.AsArray() is [{ } only] && only["ready"]!.GetValue<bool>() && only["name"]!.GetValue<string>() != pod);
        await page.PressAsync("Reconnect");
        await Expect(terminal).ToHaveAttributeAsync("data-state", "open");
        await Expect(status).Not.ToContainTextAsync(pod);
        await page.PressAsync("Close");
        await Expect(terminal).ToHaveAttributeAsync("data-state", "ended");
        await browser.PictureAsync("terminal");
        Assert.Empty(browser.Faults);
    }
}
