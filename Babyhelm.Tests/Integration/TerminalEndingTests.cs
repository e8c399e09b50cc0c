using Babyhelm.Tests.Browser;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Integration;

/// <summary>What ends a terminal that its user did not end, in a process of its own that looks each second.</summary>
public sealed class TerminalEndingTests
{
    [Fact]
    public async Task A_terminal_ends_with_the_right_to_it()
    {
        await using var app = await BabyhelmProcess.StartAsync(settings: new Dictionary<string, string>(SharedBabyhelm.FastSandbox) { ["Circuits__CheckSeconds"] = "1" });
        using var admin = await ApiUser.RegisterAsync(app);
        using var editor = await ApiUser.RegisterAsync(app);
        var project = await admin.CreateProjectAsync();
        await admin.CreateAppAsync(project, new { name = "web", image = "demo/hello:1" });
        var editorId = await admin.UserIdAsync(editor.Email);
        (await admin.PatchAsync($"admin/users/{editorId}", new { confirmed = true })).AssertStatus(204);
        (await admin.PutAsync($"projects/{project}/members/{editor.Email}", new { role = "editor" })).AssertStatus(202);
        (await editor.PostAsync($"me/invitations/{project}/accept", null)).AssertStatus(204);
        await admin.WaitStateAsync(project, "web", "live");

        // A lost role.
        var shown = await OpenAsync();
        (await admin.PutAsync($"projects/{project}/members/{editor.Email}", new { role = "viewer" })).AssertStatus(200);
        await EndsAsync(shown, "Only an editor or an owner of the project can do this.");
        (await editor.GetAsync($"projects/{project}/apps/web/terminal")).AssertProblem(403, "forbidden");
        await ViewerSeesTheTabOffAsync();
        (await admin.PutAsync($"projects/{project}/members/{editor.Email}", new { role = "editor" })).AssertStatus(200);

        // Terminals switched off, for admins too.
        shown = await OpenAsync();
        (await admin.PutAsync("admin/settings", new { terminals = false })).AssertStatus(204);
        await EndsAsync(shown, "A platform admin has switched terminals off.");
        (await admin.GetAsync($"projects/{project}/apps/web/terminal")).AssertProblem(403, "forbidden");
        Assert.False((await admin.GetAsync("admin/settings"))["terminals"]!.GetValue<bool>());
        (await admin.PutAsync("admin/settings", new { terminals = true })).AssertStatus(204);

        // A locked user.
        shown = await OpenAsync();
        (await admin.PatchAsync($"admin/users/{editorId}", new { locked = true })).AssertStatus(204);
        await EndsAsync(shown, "You are not signed in any more.");

        async Task<TerminalClient> OpenAsync()
        {
            var terminal = await TerminalClient.OpenAsync(app, editor, project, "web");
            Assert.NotNull(terminal.Opened);
            return terminal;
        }

        async Task ViewerSeesTheTabOffAsync()
        {
            await using var browser = await BrowserSession.StartAsync();
            await browser.Page.SignInAsync(app, editor.Email);
            await browser.Page.BeAtAsync("**/projects");
            await browser.Page.GotoAsync($"{app.Url}projects/{project}/apps/web");
            var tab = browser.Page.GetByRole(AriaRole.Link, new() { Name = "Terminal" });
            await Expect(tab).ToHaveAttributeAsync("aria-disabled", "true");
            await Expect(tab).ToHaveAttributeAsync("title", "Only an editor or an owner of the project can do this.");
            await browser.Page.GotoAsync($"{app.Url}projects/{project}/apps/web/terminal");
            await Expect(browser.Page.GetByText("No terminal here")).ToBeVisibleAsync();
            await Expect(browser.Page.GetByTestId("terminal")).ToHaveCountAsync(0);
            Assert.Empty(browser.Faults);
        }
    }

    [Fact]
    public async Task An_idle_terminal_is_closed()
    {
        await using var app = await BabyhelmProcess.StartAsync(settings: new Dictionary<string, string>(SharedBabyhelm.FastSandbox) { ["Terminal__IdleSeconds"] = "3" });
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

    private static async Task EndsAsync(TerminalClient terminal, string message)
    {
        await using (terminal)
        {
            await terminal.EndsAsync();
            Assert.Equal(("not-allowed", message), (terminal.Ended!["code"]!.GetValue<string>(), terminal.Ended["message"]!.GetValue<string>()));
            Assert.False(terminal.Ended["again"]!.GetValue<bool>());
        }
    }
}
