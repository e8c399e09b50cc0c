using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>Second factors as a person sets them up and uses them.</summary>
[Collection(AccountCollection.Name)]
public sealed class SecondFactorPagesTests(SharedBabyhelm shared)
{
    private RunningBabyhelm App => shared.App;

    [Fact]
    public async Task Two_factor_sign_in_with_codes_that_are_good_once()
    {
        using var user = await ApiUser.RegisterAsync(App);
        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.SignInAsync(App, user.Email);
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();
        await page.GotoAsync($"{App.Url}account/security");
        await page.PressAsync("Set it up");
        await Expect(page.GetByTestId("qr-code").Locator("svg")).ToBeVisibleAsync();
        var abandoned = await page.Locator("#two-factor .ident-text").InnerTextAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Not now" }).ClickAsync();
        await page.PressAsync("Set it up");
        var key = await page.Locator("#two-factor .ident-text").InnerTextAsync();
        Assert.NotEqual(abandoned, key); // begun again: what was seen before is worth nothing
        await page.GetByLabel("Code that the app shows now").FillAsync(AccountStage.CodeOf(abandoned, AccountStage.StepNow));
        await page.Locator("#two-factor-password").FillAsync(RunningBabyhelm.TestPassword);
        await page.PressAsync("Switch on");
        await Expect(page.Locator("#code-error")).ToBeVisibleAsync();
        Assert.Equal(key, await page.Locator("#two-factor .ident-text").InnerTextAsync()); // the app has it already
        await browser.PictureAsync("two-factor");
        await page.GetByLabel("Code that the app shows now").FillAsync(AccountStage.CodeOf(key, AccountStage.StepNow));
        await page.Locator("#two-factor-password").FillAsync(RunningBabyhelm.TestPassword);
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
        await page.BeAtAsync("**/account/login-code*");
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
    public async Task A_passkey_signs_in_until_it_is_removed()
    {
        using var user = await ApiUser.RegisterAsync(App);
        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.AddAuthenticatorAsync();
        await page.SignInAsync(App, user.Email);
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();
        await page.GotoAsync($"{App.Url}account/security");
        await page.UnfoldAsync("Add a passkey");
        await page.Locator("#passkey-add-name").FillAsync("laptop");
        await page.Locator("#passkey-password").FillAsync("not the right one");
        await page.PressAsync("Add a passkey");
        await Expect(page.Locator("#passkeys [data-passkey-problem]")).ToContainTextAsync("not your password");
        await page.Locator("#passkey-password").FillAsync(RunningBabyhelm.TestPassword);
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
        await page.GetByRole(AriaRole.Link, new() { Name = "Remove the passkey work laptop" }).ClickAsync();
        await page.Locator("#passkey-remove-password").FillAsync("not the right one");
        await page.PressAsync("Remove it");
        await Expect(page.Locator("#passkey-remove-password-error")).ToContainTextAsync("not your password");
        await page.Locator("#passkey-remove-password").FillAsync(RunningBabyhelm.TestPassword);
        await page.PressAsync("Remove it");
        await Expect(page.GetByTestId("done")).ToContainTextAsync("The passkey was removed");
        await Expect(page.GetByTestId("passkey")).ToHaveCountAsync(0);
        await page.SignOutAsync(App);
        await page.GotoAsync($"{App.Url}account/login");
        await page.PressAsync("Sign in with a passkey");
        await Expect(page.GetByTestId("passkey-problem")).ToContainTextAsync("does not sign in here");
        Assert.Empty(browser.Unexpected());
    }

    [Fact]
    public async Task Who_needs_a_second_factor_is_led_to_it_and_a_passkey_is_one()
    {
        using var user = await ApiUser.RegisterAsync(App);
        await using var rule = await RequiredSecondFactor.OfEveryoneAsync(shared);
        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.AddAuthenticatorAsync();
        await page.SignInAsync(App, user.Email);
        await Expect(page.GetByTestId("second-factor-due")).ToBeVisibleAsync();
        await browser.PictureAsync("second-factor-due");
        await page.GotoAsync($"{App.Url}account/tokens");
        await Expect(page.GetByTestId("second-factor-due")).ToBeVisibleAsync();
        await page.UnfoldAsync("Add a passkey");
        await page.Locator("#passkey-add-name").FillAsync("laptop");
        await page.Locator("#passkey-password").FillAsync(RunningBabyhelm.TestPassword);
        await page.PressAsync("Add a passkey");
        await page.BeAtAsync("**/account/tokens"); // where the way led before

        // From now on the password alone is not enough.
        await page.SignOutAsync(App);
        await page.SignInAsync(App, user.Email);
        await Expect(page.GetByTestId("needs-passkey")).ToBeVisibleAsync();
        using (var program = new ApiUser(App.CreateClient()))
            (await program.PostAsync("auth/login", new { email = user.Email, password = RunningBabyhelm.TestPassword })).AssertProblem(401, "passkey-required");
        await page.PressAsync("Sign in with a passkey");
        await Expect(page.GetByTestId("empty-state")).ToBeVisibleAsync();

        // Without the passkey it begins anew.
        await page.GotoAsync($"{App.Url}account/security");
        await page.GetByRole(AriaRole.Link, new() { Name = "Remove the passkey laptop" }).ClickAsync();
        await page.Locator("#passkey-remove-password").FillAsync(RunningBabyhelm.TestPassword);
        await page.PressAsync("Remove it");
        await Expect(page.GetByTestId("second-factor-due")).ToBeVisibleAsync();
        Assert.Empty(browser.Unexpected());
    }

    private static async Task EnterCodeAsync(IPage page, string code)
    {
        await page.Locator("#code").FillAsync(code);
        await page.PressAsync("Sign in");
    }
}
