using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>What platform admins do on the pages for users and invitations.</summary>
[Collection(AccountCollection.Name)]
public sealed class AdminPagesTests(SharedBabyhelm shared)
{
    private RunningBabyhelm App => shared.App;

    [Fact]
    public async Task An_invitation_is_taken_back_and_the_tokens_of_a_user_are_revoked()
    {
        using var admin = await ApiUser.RegisterAsync(App);
        using var user = await ApiUser.RegisterAsync(App);
        (await shared.Admin.PatchAsync($"admin/users/{await shared.Admin.UserIdAsync(admin.Email)}", new { role = "admin" })).AssertStatus(204);
        var invited = $"{Guid.NewGuid():N}@example.com";
        (await admin.PostAsync("admin/invitations", new { email = invited, role = "user" })).AssertStatus(202);
        var text = (await user.PostAsync("me/tokens", new { name = "leaked", scope = "read", days = 1 })).AssertStatus(201)["token"]!.GetValue<string>();
        using var token = new ApiUser(App.CreateClient(text));

        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.SignInAsync(App, admin.Email);
        // Admins see all projects, those of other tests too.
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Projects", Exact = true })).ToBeVisibleAsync();
        // The mail is found by its address, then the invitation.
        await page.GotoAsync($"{App.Url}admin/mails");
        await SearchAsync("Part of the address or subject", invited);
        await page.BeAtAsync($"**/admin/mails?search={Uri.EscapeDataString(invited)}");
        await Expect(page.GetByTestId("mail-count")).ToHaveTextAsync("1 mail found");
        await Expect(page.GetByTestId("mail")).ToHaveAttributeAsync("data-to", invited);
        await page.GotoAsync($"{App.Url}admin/invitations");
        await SearchAsync("Part of the e-mail address", invited);
        await page.BeAtAsync($"**/admin/invitations?search={Uri.EscapeDataString(invited)}");
        var row = page.GetByTestId("invitation").And(page.Locator($"[data-to='{invited}']"));
        await Expect(row.GetByRole(AriaRole.Button, new() { Name = "Copy the link for" })).ToHaveAttributeAsync("data-copy", new System.Text.RegularExpressions.Regex("/account/register\\?invitation="));
        await row.GetByRole(AriaRole.Button, new() { Name = "Revoke the invitation of" }).ClickAsync();
        await page.GetByTestId("confirm-dialog").GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(row).ToHaveCountAsync(0);
        Assert.DoesNotContain(invited, (await admin.GetAsync($"admin/invitations?search={invited}")).AssertStatus(200).Text, StringComparison.Ordinal);

        await page.GotoAsync($"{App.Url}admin/users");
        await SearchAsync("Part of the e-mail address", user.Email);
        await Expect(page.GetByTestId("user-count")).ToHaveTextAsync("1 user found");
        await Expect(page.GetByTestId("second-factor")).ToHaveTextAsync("None");
        await page.GetByLabel("Show", new() { Exact = true }).SelectOptionAsync("With a passkey");
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();
        await page.GetByLabel("Show", new() { Exact = true }).SelectOptionAsync("No second factor");
        await page.GetByRole(AriaRole.Link, new() { Name = user.Email }).ClickAsync();
        await page.BeAtAsync($"**/admin/users/{await admin.UserIdAsync(user.Email)}");
        await page.Locator("[data-action=revoke-tokens]").GetByRole(AriaRole.Button).ClickAsync();
        await page.GetByTestId("confirm-dialog").GetByRole(AriaRole.Button, new() { Name = "Revoke the tokens" }).ClickAsync();
        await Expect(page.Locator("[data-action=revoke-tokens]")).ToContainTextAsync("There are none.");
        (await token.GetAsync("me")).AssertStatus(401);
        (await user.GetAsync("me")).AssertStatus(200);
        Assert.Empty(browser.Faults);

        async Task SearchAsync(string field, string text)
        {
            await Expect(page.Locator("main[data-reacts=true]")).ToBeVisibleAsync();
            await page.GetByLabel(field).FillAsync(text);
            await page.PressAsync("Search");
        }
    }
}
