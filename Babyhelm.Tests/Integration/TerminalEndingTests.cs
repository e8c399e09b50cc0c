using Babyhelm.Tests.Browser;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Integration;

/// <summary>What ends a terminal that its user did not end.</summary>
[Collection(PageCollection.Name)]
public sealed class TerminalEndingTests(WatchfulBabyhelm shared)
{
    [Fact]
    public async Task A_terminal_ends_with_the_right_to_it()
    {
        var (app, admin) = (shared.App, shared.Admin);
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
            await using var browser = await AccountStage.StartAsync();
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
