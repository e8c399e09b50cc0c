using System.Net;
using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>Ways back into an account and out of it as a person takes them, with the outbox in place of a mailbox.</summary>
[Collection(AccountCollection.Name)]
public sealed class AccountPagesTests(SharedBabyhelm shared)
{
    private const string NewPassword = "another horse battery";
    private RunningBabyhelm App => shared.App;

    [Fact]
    public async Task A_forgotten_password_is_replaced_by_the_link_of_a_mail()
    {
        using var user = await ApiUser.RegisterAsync(App);
        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.GotoAsync($"{App.Url}account/login");
        await page.GetByRole(AriaRole.Link, new() { Name = "Forgot your password?" }).ClickAsync();
        await page.BeAtAsync("**/account/forgot-password"); // the page before has a field of the same name
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
        (await LoginAsync(user.Email, RunningBabyhelm.TestPassword)).AssertStatus(200);

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
        await using var browser = await AccountStage.StartAsync();
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
        await page.GetByLabel("Your password", new() { Exact = true }).FillAsync(RunningBabyhelm.TestPassword);
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
    public async Task Sessions_end_everywhere_else_and_by_signing_out()
    {
        using var user = await ApiUser.RegisterAsync(App);
        await using var browser = await AccountStage.StartAsync();
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
        await page.Locator("#password-old").FillAsync(RunningBabyhelm.TestPassword);
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

    private async Task<Answer> LoginAsync(string email, string password)
    {
        using var anonymous = new ApiUser(App.CreateClient());
        return await anonymous.PostAsync("auth/login", new { email, password });
    }
}
