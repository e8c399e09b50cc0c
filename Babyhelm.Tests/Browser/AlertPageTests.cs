using Babyhelm.Tests.Integration;
using Babyhelm.Tests.Monitoring.Alerts;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>Alerts as people see them: they come by themselves, rules and channels are changed in place, and a test says what came of it.</summary>
public sealed class AlertPageTests
{
    [Fact]
    public async Task A_failed_rollout_fires_in_the_open_tab_and_a_channel_is_told()
    {
        await using var receiver = await AlertServer.StartAsync();
        await using var app = await RunningBabyhelm.StartAsync(settings: new Dictionary<string, string>(SharedBabyhelm.FastSandbox) { ["Alerts__IntervalSeconds"] = "10" });
        using var user = await ApiUser.RegisterAsync(app, "ada@example.com");
        (await user.PutAsync("admin/settings", new { outboundNetworks = new[] { "127.0.0.0/8" } })).AssertStatus(204);
        await user.CreateProjectAsync("shop");
        (await user.PutAsync("projects/shop/alerts/times", new { groupWaitSeconds = 0 })).AssertStatus(200);
        await using var browser = await BrowserSession.StartAsync();
        var page = browser.Page;
        await page.GotoAsync($"{app.Url}account/login");
        await page.GetByLabel("E-mail").FillAsync("ada@example.com");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(RunningBabyhelm.TestPassword);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await page.BeAtAsync("**/projects");

        await page.GotoAsync($"{app.Url}projects/shop/alerts");
        await Expect(page.GetByTestId("empty-state")).ToContainTextAsync("Nothing fires");
        await Expect(page.GetByTestId("no-channels")).ToBeVisibleAsync();
        await Expect(page.Locator("[data-testid=rule][data-rule=cpu]")).ToContainTextAsync("Needs Prometheus");

        // A channel, with a key that is shown once, and a test that says what the receiver answered.
        var form = page.GetByTestId("channel-form");
        await form.GetByLabel("Kind").SelectOptionAsync("Webhook");
        await form.GetByLabel("Name").FillAsync("hook");
        await form.GetByLabel("Address").FillAsync("ftp://nowhere");
        await form.GetByRole(AriaRole.Button, new() { Name = "Add the channel" }).ClickAsync();
        await Expect(page.Locator("#channel-url-error")).ToContainTextAsync("begins with https://");
        await form.GetByLabel("Address").FillAsync(new Uri(receiver.Url, "hook/secret-path").ToString());
        await form.GetByRole(AriaRole.Button, new() { Name = "Add the channel" }).ClickAsync();
        await Expect(page.GetByTestId("channel-key-made")).ToBeVisibleAsync();
        var channel = page.Locator("[data-channel=hook]");
        await Expect(channel).ToContainTextAsync(receiver.Url.Authority);
        Assert.DoesNotContain("secret-path", await page.ContentAsync(), StringComparison.Ordinal);
        await channel.GetByRole(AriaRole.Button, new() { Name = "Send a test" }).ClickAsync();
        await Expect(page.GetByTestId("channel-said")).ToContainTextAsync("hook took the test message: 200 said 200");

        // A rollout that fails is in the open tab without a reload, and at the receiver.
        (await user.PostAsync("projects/shop/apps", new { name = "web", image = "demo/crash:1" })).AssertStatus(202);
        await user.WaitStateAsync("shop", "web", "failed", release: 1);
        await Expect(page.Locator("[data-testid=alert][data-rule=rollout-failed][data-state=Firing]")).ToBeVisibleAsync(new() { Timeout = 120_000 });
        await Expect(page.GetByTestId("alert-badge")).ToBeVisibleAsync();
        await Eventually.GetAsync(() => Task.FromResult(receiver.Got.Any(g => g.Body.Contains("rollout-failed", StringComparison.Ordinal))), found => found);
        await browser.PictureAsync("alerts");

        await page.GotoAsync($"{app.Url}projects/shop/apps/web");
        await page.GetByTestId("alert-badge").ClickAsync();
        await page.BeAtAsync("**/apps/web/alerts");
        await Expect(page.Locator("[data-testid=alert][data-rule=rollout-failed]")).ToBeVisibleAsync();
        await page.SetViewportSizeAsync(390, 900);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"));
        await page.GotoAsync($"{app.Url}projects/shop/alerts");
        await Expect(page.GetByTestId("alerts")).ToBeVisibleAsync();
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"));
        Assert.Empty(browser.Faults);
    }
}
