using System.Text.RegularExpressions;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Tests.Integration;
using Microsoft.Playwright;

namespace Babyhelm.Tests.Browser;

/// <summary>What the tests of the account pages do again and again.</summary>
internal static class AccountStage
{
    private static int _people;

    public static async Task<BrowserSession> StartAsync()
    {
        var browser = await BrowserSession.StartAsync();
        await browser.Page.FromOwnAddressAsync();
        return browser;
    }

    /// <summary>A device that keeps passkeys and always says that it was unlocked.</summary>
    public static async Task AddAuthenticatorAsync(this IPage page)
    {
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
    }

    /// <summary>
    /// Forms are limited per address: each page gets one of its own, which the process believes as it believes any proxy
    /// on the same machine. Answers the address.
    /// </summary>
    public static async Task<string> FromOwnAddressAsync(this IPage page)
    {
        var number = Interlocked.Increment(ref _people);
        var address = $"10.77.{number / 250}.{number % 250 + 1}";
        await page.SetExtraHTTPHeadersAsync(new Dictionary<string, string> { ["X-Forwarded-For"] = address });
        return address;
    }

    public static async Task SignInAsync(this IPage page, RunningBabyhelm app, string email, string password = RunningBabyhelm.TestPassword)
    {
        await page.GotoAsync($"{app.Url}account/login");
        await page.GetByLabel("E-mail address").FillAsync(email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await page.PressAsync("Sign in");
    }

    /// <summary>From a page without a circuit: one that starts closes the menu.</summary>
    public static async Task SignOutAsync(this IPage page, RunningBabyhelm app)
    {
        await page.GotoAsync($"{app.Url}account");
        await page.GetByTestId("user-menu").Locator("summary").ClickAsync();
        await page.PressAsync("Sign out");
        await page.BeAtAsync("http://localhost:*/");
    }

    public static Task PressAsync(this IPage page, string button) => page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    /// <summary>Opens the folded part with this title.</summary>
    public static Task UnfoldAsync(this IPage page, string title) => page.Locator("summary", new() { HasTextString = title }).ClickAsync();

    /// <summary>The link of the newest mail to the address with this subject, as a platform admin reads it in the outbox.</summary>
    public static async Task<string> MailedLinkAsync(this ApiUser admin, string to, string subject)
    {
        var mails = await admin.MailsAsync(to);
        var mail = mails.Where(m => m!["to"]!.GetValue<string>() == to && m["subject"]!.GetValue<string>() == subject)
            .MaxBy(m => m!["createdAt"]!.GetValue<DateTimeOffset>()) ?? throw new InvalidOperationException($"No mail '{subject}' to {to}.");
        return Regex.Match(mail["text"]!.GetValue<string>(), @"http://\S+").Value;
    }

    /// <summary>The step of authenticator apps now.</summary>
    public static long StepNow => DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 30;

    public static string CodeOf(string key, long step) => OneTimeCodes.Compute(key, step);

    /// <summary>All faults but what the browser says of forms that were refused, as they are in these tests.</summary>
    public static IEnumerable<string> Unexpected(this BrowserSession browser) =>
        browser.Faults.Where(f => !f.Contains("the server responded with a status of 4", StringComparison.Ordinal));
}
