using System.Net;
using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>The account pages as a person uses them, with the outbox in place of a mailbox.</summary>
[Collection(BabyhelmCollection.Name)]
public sealed class AccountPagesTests(SharedBabyhelm shared)
{
    private const string NewPassword = "another horse battery";
    private BabyhelmProcess App => shared.App;

    [Fact]
    public async Task A_forgotten_password_is_replaced_by_the_link_of_a_mail()
    {
        using var user = await ApiUser.RegisterAsync(App);
        await using var browser = await StartAsync();
        var page = browser.Page;
        await page.GotoAsync($"{App.Url}account/login");
        await page.GetByRole(AriaRole.Link, new() { Name = "Forgot your password?" }).ClickAsync();
        await page.GetByLabel("E-mail address").FillAsync(user.Email);
        await page.PressAsync("Send the link");
        await Expect(page.GetByTestId("mail-asked")).ToContainTextAsync(user.Email);
        await Expect(page.GetByTestId("outbox-hint")).ToBeVisibleAsync();
        var link = await shared.Admin.MailedLinkAsync(user.Email, "Choose a new password");

        // What scans mails follows links.
        using (var scanner = App.CreateClient())
            for (var i = 0; i < 2; i++)
            {
                using var seen = await scanner.GetAsync(link);
                Assert.Equal(HttpStatusCode.OK, seen.StatusCode);
                Assert.Equal("no-referrer", seen.Headers.GetValues("Referrer-Policy").Single());
            }
        (await LoginAsync(user.Email, BabyhelmProcess.TestPassword)).AssertStatus(200);

        await page.GotoAsync(link);
        await page.GetByLabel("New password", new() { Exact = true }).FillAsync("password123");
        await page.PressAsync("Change the password");
        await Expect(page.Locator("#password-error")).ToContainTextAsync("guessed first");
        await page.GetByLabel("New password", new() { Exact = true }).FillAsync(NewPassword);
        await page.PressAsync("Change the password");
        await Expect(page.GetByTestId("password-reset")).ToBeVisibleAsync();
        (await user.GetAsync("me")).AssertStatus(401);

        await page.SignInAsync(App, user.Email);
        await Expect(page.GetByTestId("login-error")).ToBeVisibleAsync();
        await page.SignInAsync(App, user.Email, NewPassword);
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();

        // The link is used up.
        await page.GotoAsync(link);
        await page.GetByLabel("New password", new() { Exact = true }).FillAsync("a third horse battery");
        await page.PressAsync("Change the password");
        await Expect(page.GetByTestId("bad-link")).ToBeVisibleAsync();
        Assert.DoesNotContain(new Uri(link).Query.Split("code=")[1], App.Output, StringComparison.Ordinal);
        Assert.Empty(browser.Unexpected());
    }

    [Fact]
    public async Task An_address_is_confirmed_and_changed_by_links()
    {
        using var user = await ApiUser.RegisterAsync(App);
        await using var browser = await StartAsync();
        var page = browser.Page;
        await page.SignInAsync(App, user.Email);
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();
        await page.GotoAsync($"{App.Url}account/tokens");
        await page.GetByTestId("user-menu").Locator("summary").ClickAsync();
        await page.GetByTestId("nav-account").ClickAsync();
        await Expect(page.GetByTestId("confirmation")).ToHaveTextAsync("Not confirmed");
        await page.PressAsync("Send the link again");
        await Expect(page.GetByTestId("done")).ToBeVisibleAsync();

        var link = await shared.Admin.MailedLinkAsync(user.Email, "Confirm your e-mail address");
        await page.GotoAsync(link);
        Assert.False((await user.GetAsync("me/account"))["emailConfirmed"]!.GetValue<bool>());
        await page.PressAsync("Confirm my address");
        await Expect(page.GetByTestId("confirmed")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Go to your account" }).ClickAsync();
        await Expect(page.GetByTestId("confirmation")).ToHaveTextAsync("Confirmed");

        var moved = $"moved-{user.Email}";
        await page.UnfoldAsync("Change the address");
        await page.GetByLabel("New e-mail address").FillAsync(moved);
        await page.GetByLabel("Your password", new() { Exact = true }).FillAsync("not the right one");
        await page.PressAsync("Send the link");
        await Expect(page.Locator("#email-password-error")).ToBeVisibleAsync();
        await page.GetByLabel("Your password", new() { Exact = true }).FillAsync(BabyhelmProcess.TestPassword);
        await page.PressAsync("Send the link");
        await Expect(page.GetByTestId("done")).ToContainTextAsync("on its way to the new address");
        await Expect(page.GetByTestId("own-email")).ToHaveTextAsync(user.Email);

        await page.GotoAsync(await shared.Admin.MailedLinkAsync(moved, "Confirm your new e-mail address"));
        await page.PressAsync("Use this address");
        await page.GetByRole(AriaRole.Link, new() { Name = "Go to your account" }).ClickAsync();
        await Expect(page.GetByTestId("own-email")).ToHaveTextAsync(moved);
        Assert.Empty(browser.Unexpected());
    }

    [Fact]
    public async Task Two_factor_sign_in_with_codes_that_are_good_once()
    {
        using var user = await ApiUser.RegisterAsync(App);
        await using var browser = await StartAsync();
        var page = browser.Page;
        await page.SignInAsync(App, user.Email);
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();
        await page.GotoAsync($"{App.Url}account/security");
        await page.UnfoldAsync("Switch it on");
        await Expect(page.GetByTestId("qr-code").Locator("svg")).ToBeVisibleAsync();
        await browser.PictureAsync("two-factor");
        var key = await page.Locator("#two-factor .ident-text").InnerTextAsync();
        await page.GetByLabel("Code that the app shows now").FillAsync(AccountStage.CodeOf(key, AccountStage.StepNow));
        await page.Locator("#two-factor-password").FillAsync(BabyhelmProcess.TestPassword);
        await page.PressAsync("Switch on");
        var shown = page.GetByTestId("recovery-codes").Locator("li");
        await Expect(shown).ToHaveCountAsync(10);
        var recovery = await shown.First.InnerTextAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByTestId("download-codes").ClickAsync());
        Assert.Contains(recovery, await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
        (await user.GetAsync("me")).AssertStatus(401); // all other sessions ended; this one lasts
        await page.GetByRole(AriaRole.Link, new() { Name = "I kept them" }).ClickAsync();
        await Expect(page.GetByTestId("codes-left")).ToContainTextAsync("10 recovery codes are left");

        await page.SignOutAsync(App);
        await page.SignInAsync(App, user.Email);
        await page.WaitForURLAsync("**/account/login-code*");
        var next = AccountStage.CodeOf(key, AccountStage.StepNow + 1); // the current one may be used up
        await EnterCodeAsync(page, next);
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();

        await page.SignOutAsync(App);
        await page.SignInAsync(App, user.Email);
        await EnterCodeAsync(page, next);
        await Expect(page.GetByTestId("code-error")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Use a recovery code" }).ClickAsync();
        await EnterCodeAsync(page, recovery);
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();

        await page.SignOutAsync(App);
        await page.SignInAsync(App, user.Email);
        await page.GetByRole(AriaRole.Link, new() { Name = "Use a recovery code" }).ClickAsync();
        await EnterCodeAsync(page, recovery);
        await Expect(page.GetByTestId("code-error")).ToBeVisibleAsync();

        Assert.Empty(browser.Unexpected());
    }

    [Fact]
    public async Task Sessions_end_everywhere_else_and_by_signing_out()
    {
        using var user = await ApiUser.RegisterAsync(App);
        await using var browser = await StartAsync();
        var page = browser.Page;
        await page.SignInAsync(App, user.Email);
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();
        await page.GotoAsync($"{App.Url}account/sessions");
        await Expect(page.GetByTestId("session")).ToHaveCountAsync(2);
        await Expect(page.GetByTestId("session").Filter(new() { HasTextString = "This one" })).ToContainTextAsync("Chrome on Linux");
        await page.PressAsync("Sign out everywhere else");
        await Expect(page.GetByTestId("done")).ToBeVisibleAsync();
        await Expect(page.GetByTestId("session")).ToHaveCountAsync(1);
        (await user.GetAsync("me")).AssertStatus(401);

        // Another password keeps this session and no other.
        using var again = new ApiUser(await App.LoginAsync(user.Email));
        await page.GotoAsync($"{App.Url}account/security");
        await page.UnfoldAsync("Change the password");
        await page.Locator("#password-old").FillAsync(BabyhelmProcess.TestPassword);
        await page.Locator("#password-new").FillAsync(NewPassword);
        await page.PressAsync("Change the password");
        await Expect(page.GetByTestId("done")).ToContainTextAsync("Your password was changed");
        (await again.GetAsync("me")).AssertStatus(401);
        await page.GotoAsync($"{App.Url}account/sessions");
        await Expect(page.GetByTestId("session")).ToHaveCountAsync(1);

        // A copy of the cookie is worth nothing once its owner has signed out.
        var cookies = await page.Context.CookiesAsync();
        await page.SignOutAsync(App);
        var answer = await LoginAsync(user.Email, NewPassword);
        using var fresh = new ApiUser(App.CreateClient(answer.AssertStatus(200)["accessToken"]!.GetValue<string>()));
        var left = (await fresh.GetAsync("me/sessions")).AssertStatus(200).Json.AsArray();
        Assert.Equal(["api"], left.Select(s => s!["kind"]!.GetValue<string>()));
        Assert.Contains(cookies, c => c.Name == "babyhelm" && c.HttpOnly);
        Assert.Empty(browser.Unexpected());
    }

    [Fact]
    public async Task Tokens_preferences_data_and_the_end_of_an_account()
    {
        using var user = await ApiUser.RegisterAsync(App);
        await using var browser = await StartAsync();
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
        await page.Locator("#delete-password").FillAsync(BabyhelmProcess.TestPassword);
        await page.PressAsync("Delete my account");
        await page.WaitForURLAsync(url => new Uri(url).AbsolutePath == "/");
        (await user.GetAsync("me")).AssertStatus(401);
        await page.SignInAsync(App, user.Email);
        await Expect(page.GetByTestId("login-error")).ToBeVisibleAsync();
        Assert.Empty(browser.Unexpected());
    }

    [Fact]
    public async Task A_passkey_signs_in_until_it_is_removed()
    {
        using var user = await ApiUser.RegisterAsync(App);
        await using var browser = await StartAsync();
        var page = browser.Page;
        var devices = await page.Context.NewCDPSessionAsync(page);
        await devices.SendAsync("WebAuthn.enable");
        await devices.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
        await page.SignInAsync(App, user.Email);
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();
        await page.GotoAsync($"{App.Url}account/security");
        await page.UnfoldAsync("Add a passkey");
        await page.Locator("#passkey-add-name").FillAsync("laptop");
        await page.Locator("#passkey-password").FillAsync("not the right one");
        await page.PressAsync("Add a passkey");
        await Expect(page.Locator("#passkeys [data-passkey-problem]")).ToContainTextAsync("not your password");
        await page.Locator("#passkey-password").FillAsync(BabyhelmProcess.TestPassword);
        await page.PressAsync("Add a passkey");
        await Expect(page.GetByTestId("done")).ToContainTextAsync("The passkey was added");
        await page.GetByRole(AriaRole.Link, new() { Name = "Rename the passkey laptop" }).ClickAsync();
        await page.Locator("#passkey-name").FillAsync("work laptop");
        await page.PressAsync("Save");
        await Expect(page.GetByTestId("passkey")).ToContainTextAsync("work laptop");

        await page.SignOutAsync(App);
        await page.GotoAsync($"{App.Url}account/login");
        await page.PressAsync("Sign in with a passkey");
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();

        await page.GotoAsync($"{App.Url}account/security");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove the passkey work laptop" }).ClickAsync();
        await Expect(page.GetByTestId("done")).ToContainTextAsync("The passkey was removed");
        await Expect(page.GetByTestId("passkey")).ToHaveCountAsync(0);
        await page.SignOutAsync(App);
        await page.GotoAsync($"{App.Url}account/login");
        await page.PressAsync("Sign in with a passkey");
        await Expect(page.GetByTestId("passkey-problem")).ToContainTextAsync("does not sign in here");
        Assert.Empty(browser.Unexpected());
    }

    [Fact]
    public async Task Who_is_invited_registers_while_others_may_not()
    {
        await using var browser = await StartAsync();
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
            await page.GetByLabel("Password", new() { Exact = true }).FillAsync(BabyhelmProcess.TestPassword);
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

    private static async Task<BrowserSession> StartAsync()
    {
        var browser = await BrowserSession.StartAsync();
        await browser.Page.FromOwnAddressAsync();
        return browser;
    }

    private static async Task EnterCodeAsync(IPage page, string code)
    {
        await page.Locator("#code").FillAsync(code);
        await page.PressAsync("Sign in");
    }

    private async Task<Answer> LoginAsync(string email, string password)
    {
        using var anonymous = new ApiUser(App.CreateClient());
        return await anonymous.PostAsync("auth/login", new { email, password });
    }
}
