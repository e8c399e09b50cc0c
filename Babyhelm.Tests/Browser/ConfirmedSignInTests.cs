using Babyhelm.Tests.Common;
using Babyhelm.Tests.Integration;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>Where mails are sent, an account waits for its address to be confirmed.</summary>
public sealed class ConfirmedSignInTests
{
    [Fact]
    public async Task A_new_account_signs_in_once_its_address_is_confirmed()
    {
        // Nothing listens there: the mails stay in the outbox, where their text can be read until they are sent.
        await using var app = await RunningBabyhelm.StartAsync(settings: new Dictionary<string, string>(SharedBabyhelm.FastSandbox)
        {
            ["Mail__Host"] = "127.0.0.1",
            ["Mail__Port"] = $"{TestPorts.Take()}",
            ["Mail__From"] = "Babyhelm <no-reply@example.com>",
        });
        using var admin = await ApiUser.RegisterAsync(app, "ada@example.com");
        await using var browser = await BrowserSession.StartAsync();
        var page = browser.Page;
        await page.FromOwnAddressAsync();

        await page.GotoAsync($"{app.Url}account/register");
        await page.GetByLabel("E-mail address").FillAsync("bob@example.com");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(RunningBabyhelm.TestPassword);
        await page.PressAsync("Create account");
        await Expect(page.GetByTestId("check-mail")).ToContainTextAsync("bob@example.com");

        // Only who knows the password is told why.
        await page.SignInAsync(app, "bob@example.com", "not the right one");
        await Expect(page.GetByTestId("login-error")).ToBeVisibleAsync();
        await page.SignInAsync(app, "bob@example.com");
        await Expect(page.GetByTestId("needs-confirmation")).ToBeVisibleAsync();
        await page.PressAsync("Send it again");
        await Expect(page.GetByTestId("mail-asked")).ToContainTextAsync("bob@example.com");
        await Expect(page.GetByTestId("outbox-hint")).ToHaveCountAsync(0);

        await page.GotoAsync(await admin.MailedLinkAsync("bob@example.com", "Confirm your e-mail address"));
        await page.PressAsync("Confirm my address");
        await Expect(page.GetByTestId("confirmed")).ToBeVisibleAsync();
        await page.SignInAsync(app, "bob@example.com");
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();

        // An admin asks for a new password: the old one says so, and leads to a link.
        await page.SignOutAsync(app);
        (await admin.PatchAsync($"admin/users/{await admin.UserIdAsync("bob@example.com")}", new { mustResetPassword = true })).AssertStatus(204);
        await page.SignInAsync(app, "bob@example.com");
        await Expect(page.GetByTestId("needs-password")).ToBeVisibleAsync();
        await page.PressAsync("Send a new link");
        await Expect(page.GetByTestId("mail-asked")).ToContainTextAsync("bob@example.com");

        // The answer for an address that is taken is the same as for a new one.
        await page.GotoAsync($"{app.Url}account/register");
        await page.GetByLabel("E-mail address").FillAsync("ada@example.com");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(RunningBabyhelm.TestPassword);
        await page.PressAsync("Create account");
        await Expect(page.GetByTestId("check-mail")).ToContainTextAsync("ada@example.com");
        Assert.StartsWith("http://", await admin.MailedLinkAsync("ada@example.com", "You have an account already"), StringComparison.Ordinal);
        Assert.Empty(browser.Unexpected());
    }
}
