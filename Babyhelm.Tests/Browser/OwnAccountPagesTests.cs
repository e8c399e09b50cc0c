using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>What people keep in their account, and how they come to have one.</summary>
[Collection(AccountCollection.Name)]
public sealed class OwnAccountPagesTests(SharedBabyhelm shared)
{
    private RunningBabyhelm App => shared.App;

    [Fact]
    public async Task Tokens_preferences_data_and_the_end_of_an_account()
    {
        using var user = await ApiUser.RegisterAsync(App);
        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.SignInAsync(App, user.Email);
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();

        await page.GotoAsync($"{App.Url}account/tokens");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("build server");
        await page.PressAsync("Create token");
        var text = await page.GetByTestId("new-token").Locator(".ident-text").InnerTextAsync();
        using var token = new ApiUser(App.CreateClient(text));
        (await token.GetAsync("me")).AssertStatus(200);
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke the token build server" }).ClickAsync();
        await Expect(page.GetByTestId("no-tokens")).ToBeVisibleAsync();
        (await token.GetAsync("me")).AssertStatus(401);

        await page.GotoAsync($"{App.Url}account");
        await page.GetByLabel("Dark").First.CheckAsync();
        await page.GetByLabel("Time zone").SelectOptionAsync("Pacific/Auckland");
        await page.PressAsync("Save");
        await Expect(page.GetByTestId("done")).ToBeVisibleAsync();
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-time-zone", "Pacific/Auckland");
        await page.GetByTestId("user-menu").Locator("summary").ClickAsync();
        await page.Locator("[data-set-theme=light]").ClickAsync();
        await Eventually.GetAsync(() => user.GetAsync("me/account"), a => a["theme"]!.GetValue<string>() == "light");

        await page.GotoAsync($"{App.Url}account/data");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByTestId("personal-data").ClickAsync());
        var data = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(await download.PathAsync()))!;
        Assert.Equal(user.Email, data["account"]!["email"]!.GetValue<string>());
        Assert.Equal("Pacific/Auckland", data["account"]!["timeZone"]!.GetValue<string>());
        Assert.Contains(data["audit"]!.AsArray(), a => a!["action"]!.GetValue<string>() == "token.revoke");
        Assert.Equal(2, data["sessions"]!.AsArray().Count);
        Assert.DoesNotContain("hash", data.ToJsonString(), StringComparison.OrdinalIgnoreCase);

        await page.UnfoldAsync("Delete it");
        await page.Locator("#delete-email").FillAsync(user.Email);
        await page.Locator("#delete-password").FillAsync(RunningBabyhelm.TestPassword);
        await page.PressAsync("Delete my account");
        await page.BeAtAsync("http://localhost:*/");
        (await user.GetAsync("me")).AssertStatus(401);
        await page.SignInAsync(App, user.Email);
        await Expect(page.GetByTestId("login-error")).ToBeVisibleAsync();
        Assert.Empty(browser.Unexpected());
    }

    [Fact]
    public async Task Who_is_invited_registers_while_others_may_not()
    {
        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        var invited = $"{Guid.NewGuid():N}@example.com";
        (await shared.Admin.PutAsync("admin/settings", new { registration = "invitation" })).AssertStatus(204);
        try
        {
            (await shared.Admin.PostAsync("admin/invitations", new { email = invited, role = "user" })).AssertStatus(202);
            await page.GotoAsync($"{App.Url}account/register");
            await Expect(page.GetByTestId("registration-closed")).ToContainTextAsync("by invitation");
            await page.GotoAsync(await shared.Admin.MailedLinkAsync(invited, "You are invited to this platform"));
            var email = page.GetByLabel("E-mail address");
            await Expect(email).ToHaveValueAsync(invited);
            await Expect(email).Not.ToBeEditableAsync();
            await page.GetByLabel("Password", new() { Exact = true }).FillAsync(RunningBabyhelm.TestPassword);
            await page.PressAsync("Create account");
            await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();
        }
        finally
        {
            (await shared.Admin.PutAsync("admin/settings", new { registration = "open" })).AssertStatus(204);
        }
        await page.GotoAsync($"{App.Url}account");
        await Expect(page.GetByTestId("confirmation")).ToHaveTextAsync("Confirmed");
        Assert.Empty(browser.Unexpected());
    }
}
