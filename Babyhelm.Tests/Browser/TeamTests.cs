using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>A team as its people see it: invitation, roles, the audit log, and an admin who locks somebody.</summary>
public sealed class TeamTests
{
    private static readonly Dictionary<string, string> Settings = new(SharedBabyhelm.FastSandbox) { ["Circuits__CheckSeconds"] = "1" };

    [Fact]
    public async Task Somebody_is_invited_gets_another_role_and_is_locked_each_time_seen_in_an_open_page()
    {
        await using var app = await RunningBabyhelm.StartAsync(settings: Settings);
        using var admin = await ApiUser.RegisterAsync(app, "ada@example.com");
        using var user = await ApiUser.RegisterAsync(app, "bob@example.com");
        await admin.CreateProjectAsync("shop");
        await using var browser = await BrowserSession.StartAsync();
        var ada = browser.Page;
        var bob = await browser.NewPersonAsync();
        await SignInAsync(ada, app, "ada@example.com");
        await SignInAsync(bob, app, "bob@example.com");
        await Expect(bob.GetByTestId("unconfirmed")).ToBeVisibleAsync();

        // Invited; the mail waits where an admin can read it.
        await ada.GetByRole(AriaRole.Link, new() { Name = "shop", Exact = true }).ClickAsync();
        await ada.GetByRole(AriaRole.Link, new() { Name = "Members" }).ClickAsync();
        await ada.BeAtAsync("**/projects/shop/members");
        await ada.GetByLabel("E-mail address").FillAsync("bob@example.com");
        await ada.GetByTestId("invite").GetByLabel("Role").SelectOptionAsync("Viewer");
        await ada.GetByRole(AriaRole.Button, new() { Name = "Invite", Exact = true }).ClickAsync();
        await Expect(ada.GetByTestId("invited")).ToContainTextAsync("bob@example.com");
        await Expect(ada.Locator("[data-member='bob@example.com']")).ToContainTextAsync("Invited");
        await Expect(ada.GetByRole(AriaRole.Button, new() { Name = "Leave" })).ToBeDisabledAsync(); // the last owner
        await ada.GotoAsync($"{app.Url}admin/mails");
        var mail = ada.GetByTestId("mail").Filter(new() { HasText = "You are invited to the project shop" });
        await Expect(mail.GetByTestId("status")).ToHaveAttributeAsync("data-state", "kept");
        await mail.GetByRole(AriaRole.Button, new() { Name = "Read" }).ClickAsync();
        await Expect(ada.GetByTestId("mail-text")).ToContainTextAsync($"{app.Url}account/login");

        // Bob's address is not confirmed, so anybody may be bob: an admin says that it is him.
        await Expect(bob.GetByTestId("invitations")).ToHaveCountAsync(0);
        await ada.GotoAsync($"{app.Url}admin/users?search=bob");
        await ada.GetByRole(AriaRole.Link, new() { Name = "bob@example.com" }).ClickAsync();
        await Act(ada, "confirm").ClickAsync();
        await Expect(ada.Locator("[data-action=confirm]")).ToContainTextAsync("The address is confirmed.");
        var bobsAddress = ada.Url;
        await bob.ReloadAsync();
        await bob.GetByTestId("invitation").GetByRole(AriaRole.Button, new() { Name = "Accept" }).ClickAsync();
        await bob.GetByRole(AriaRole.Link, new() { Name = "shop", Exact = true }).ClickAsync();
        await Expect(bob.GetByTestId("own-role")).ToHaveTextAsync("You are a viewer");
        await Expect(bob.GetByRole(AriaRole.Button, new() { Name = "Delete project" })).ToBeDisabledAsync();
        await Expect(bob.GetByRole(AriaRole.Button, new() { Name = "New application" })).ToBeDisabledAsync();
        await bob.EvaluateAsync("window.notReloaded = true");

        // A new role arrives in the open page.
        await ada.GotoAsync($"{app.Url}projects/shop/members");
        await ada.GetByLabel("Role of bob@example.com").SelectOptionAsync("Editor");
        await Expect(bob.GetByTestId("own-role")).ToHaveTextAsync("You are an editor");
        await Expect(bob.GetByRole(AriaRole.Link, new() { Name = "New application" })).ToBeVisibleAsync();
        Assert.True(await bob.EvaluateAsync<bool>("window.notReloaded === true"));
        await bob.GetByRole(AriaRole.Link, new() { Name = "Members" }).ClickAsync();
        await Expect(bob.GetByLabel("Role of ada@example.com")).ToBeDisabledAsync();

        // Who did what, as owners see it; as a file too.
        await bob.GetByRole(AriaRole.Link, new() { Name = "Audit" }).ClickAsync();
        await Expect(bob.GetByTestId("no-audit")).ToBeVisibleAsync();
        await ada.GetByRole(AriaRole.Link, new() { Name = "Audit", Exact = true }).ClickAsync();
        await ada.BeAtAsync("**/projects/shop/audit");
        await ada.GetByLabel("Action").FillAsync("member.role");
        await ada.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();
        await ada.BeAtAsync("**/projects/shop/audit?action=member.role");
        await Expect(ada.GetByTestId("audit-entry")).ToHaveCountAsync(1);
        await Expect(ada.GetByTestId("audit-entry")).ToContainTextAsync("viewer");
        var file = await ada.RunAndWaitForDownloadAsync(() => ada.GetByTestId("audit-export").ClickAsync());
        Assert.Equal("audit-shop.csv", file.SuggestedFilename);
        var lines = (await File.ReadAllTextAsync(await file.PathAsync())).Split("\r\n");
        Assert.Equal(3, lines.Length); // heads, the one entry, the end
        Assert.Contains("member.role", lines[1], StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", lines[1].Replace("::1", "127.0.0.1", StringComparison.Ordinal), StringComparison.Ordinal); // from where, though it came over the circuit
        Assert.Equal(403, (await bob.Context.APIRequest.GetAsync($"{app.Url}download/projects/shop/audit.csv")).Status);
        Assert.Equal(403, (await bob.Context.APIRequest.GetAsync($"{app.Url}download/audit.csv")).Status);
        Assert.Equal(404, (await bob.Context.APIRequest.GetAsync($"{app.Url}download/projects/missing/audit.csv")).Status);

        // A platform role that is taken away takes effect in an open page of the administration.
        await ada.GotoAsync(bobsAddress);
        await Act(ada, "promote").ClickAsync();
        await ada.GetByTestId("confirm-dialog").GetByRole(AriaRole.Button, new() { Name = "Make a platform admin" }).ClickAsync();
        await Expect(Act(ada, "demote")).ToBeVisibleAsync();
        await bob.GotoAsync($"{app.Url}admin/users");
        await Expect(bob.GetByTestId("user")).ToHaveCountAsync(2);
        await Expect(bob.Locator("main[data-reacts=true]")).ToBeVisibleAsync();
        await Act(ada, "demote").ClickAsync();
        await ada.GetByTestId("confirm-dialog").GetByRole(AriaRole.Button, new() { Name = "Make an ordinary user" }).ClickAsync();
        await bob.BeAtAsync("**/account/denied**");
        await Expect(bob.GetByTestId("user")).ToHaveCountAsync(0);
        await bob.GotoAsync($"{app.Url}projects/shop");

        // Locked: the open page ends by itself.
        await ada.GotoAsync(bobsAddress);
        await Act(ada, "lock").ClickAsync();
        await ada.GetByTestId("confirm-dialog").GetByRole(AriaRole.Button, new() { Name = "Lock" }).ClickAsync();
        await Expect(ada.Locator(".page-header").GetByTestId("status")).ToHaveAttributeAsync("data-state", "locked");
        await bob.BeAtAsync("**/account/login**");
        Assert.Empty(browser.Unexpected());
    }

    private static ILocator Act(IPage page, string action) => page.Locator($"[data-testid=user-action][data-action={action}]").GetByRole(AriaRole.Button);

    private static async Task SignInAsync(IPage page, RunningBabyhelm app, string email)
    {
        await page.GotoAsync($"{app.Url}account/login");
        await page.GetByLabel("E-mail address").FillAsync(email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(RunningBabyhelm.TestPassword);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await page.BeAtAsync("**/projects");
        await Expect(page.Locator("main[data-reacts=true]")).ToBeVisibleAsync(); // a menu opened before would be drawn anew, closed
    }
}
