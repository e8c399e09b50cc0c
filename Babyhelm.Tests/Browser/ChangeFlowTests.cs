using System.Text.RegularExpressions;
using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>What is done to an application after its first deploy, as people see it.</summary>
[Collection(PageCollection.Name)]
public sealed class ChangeFlowTests(WatchfulBabyhelm shared)
{
    private RunningBabyhelm App => shared.App;

    [Fact]
    public async Task Two_people_edit_preview_scale_stop_compare_and_roll_back()
    {
        using var user = await ApiUser.RegisterAsync(App);
        var project = await user.CreateProjectAsync();
        await user.CreateAppAsync(project, new { name = "web", image = "demo/hello:1", health = new { path = "/" }, env = new[] { new { name = "MODE", value = "one" } } });
        await user.WaitStateAsync(project, "web", "live", release: 1);
        await using var browser = await BrowserSession.StartAsync();
        var page = browser.Page;
        await SignInAsync(page, user);
        var url = $"{App.Url}projects/{project}/apps/web";

        // A preview shows what would change; nothing changes by it.
        await page.GotoAsync($"{url}/settings");
        await page.GetByLabel("Image", new() { Exact = true }).FillAsync("demo/hello:2");
        await page.GetByLabel("Value of variable 1").FillAsync("two");
        await page.GetByTestId("ask-preview").ClickAsync();
        var preview = page.GetByTestId("preview");
        await Expect(preview).ToContainTextAsync("The cluster would take it.");
        await Expect(preview.GetByTestId("changes").First).ToContainTextAsync("demo/hello:2");
        await Expect(preview.GetByTestId("object-change")).ToContainTextAsync("Deployment");
        await browser.PictureAsync("preview");

        // Somebody else is faster: what they changed is told, and both changes are kept.
        (await user.PutAsync($"projects/{project}/apps/web", new { name = "web", image = "demo/hello:1", replicas = 2, health = new { path = "/" }, env = new[] { new { name = "MODE", value = "one" } } })).AssertStatus(202);
        await Expect(page.GetByTestId("settings-behind")).ToBeVisibleAsync();
        await page.GetByLabel("Why").FillAsync("the second version");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save and deploy" }).ClickAsync();
        var conflict = page.GetByTestId("settings-conflict");
        await Expect(conflict).ToContainTextAsync($"{user.Email} changed the application");
        await Expect(conflict.GetByTestId("changes")).ToContainTextAsync("replicas");
        await browser.PictureAsync("conflict");
        await page.GetByTestId("take-over").ClickAsync();
        await Expect(conflict).ToHaveCountAsync(0);
        await Expect(page.GetByLabel("Replicas")).ToHaveValueAsync("2");
        await Expect(page.GetByLabel("Image", new() { Exact = true })).ToHaveValueAsync("demo/hello:2");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save and deploy" }).ClickAsync();
        await page.BeAtAsync(url);
        var rollout = page.GetByTestId("rollout");
        await Expect(rollout).ToHaveAttributeAsync("data-release", "3");
        await Expect(rollout).ToHaveAttributeAsync("data-state", "live");
        var merged = await user.GetAsync($"projects/{project}/apps/web");
        Assert.Equal((2, "demo/hello:2", "two"), (merged["replicas"]!.GetValue<int>(), merged["image"]!.GetValue<string>(), merged["env"]![0]!["value"]!.GetValue<string>()));

        // Scaled and stopped and started, each without a reload.
        await page.EvaluateAsync("window.notReloaded = true");
        await page.GetByTestId("actions").GetByLabel("Replicas").FillAsync("3");
        await page.GetByTestId("do-scale").ClickAsync();
        await Expect(page.GetByTestId("replicas")).ToHaveTextAsync("3 of 3 ready");
        await page.GetByTestId("do-stop").ClickAsync();
        await page.GetByTestId("confirm-dialog").GetByRole(AriaRole.Button, new() { Name = "Stop", Exact = true }).ClickAsync();
        await Expect(rollout).ToHaveAttributeAsync("data-state", "stopped");
        await Expect(page.GetByTestId("do-scale")).ToBeDisabledAsync();
        await page.GetByTestId("do-start").ClickAsync();
        await Expect(rollout).ToHaveAttributeAsync("data-release", "5");
        await Expect(rollout).ToHaveAttributeAsync("data-state", "live");
        await Expect(page.GetByTestId("replicas")).ToHaveTextAsync("3 of 3 ready");
        await browser.PictureAsync("actions");

        // Two releases are compared, and the first comes back by the digest that it ran.
        await page.GetByRole(AriaRole.Link, new() { Name = "Releases", Exact = true }).ClickAsync();
        await Expect(page.GetByTestId("releases")).ToContainTextAsync("the second version");
        await page.Locator("[data-testid=release][data-release='1']").GetByRole(AriaRole.Link).ClickAsync();
        await page.GetByTestId("compare").GetByRole(AriaRole.Link, new() { Name = "#3", Exact = true }).ClickAsync();
        await Expect(page.GetByTestId("comparison")).ToContainTextAsync("env[MODE].value");
        await browser.PictureAsync("comparison");
        await page.GetByLabel("Why").FillAsync("the second one is slow");
        await page.GetByTestId("roll-back").ClickAsync();
        await page.BeAtAsync(url);
        await Expect(rollout).ToHaveAttributeAsync("data-release", "6");
        await Expect(rollout).ToHaveAttributeAsync("data-state", "live");
        Assert.Matches(new Regex("^demo/hello:1@sha256:[0-9a-f]{64}$"), (await user.GetAsync($"projects/{project}/apps/web"))["image"]!.GetValue<string>());

        // What was typed is not lost by a wrong click.
        await page.GetByRole(AriaRole.Link, new() { Name = "Settings", Exact = true }).ClickAsync();
        await page.GetByLabel("Value of variable 1").FillAsync("three");
        await page.GetByRole(AriaRole.Link, new() { Name = "Releases", Exact = true }).ClickAsync();
        var leave = page.GetByTestId("confirm-dialog");
        await Expect(leave).ToContainTextAsync("What you changed in the settings of web is not saved.");
        await browser.PictureAsync("leave");
        await leave.GetByRole(AriaRole.Button, new() { Name = "Cancel", Exact = true }).ClickAsync();
        await Expect(page.GetByLabel("Value of variable 1")).ToHaveValueAsync("three");
        await page.GetByRole(AriaRole.Link, new() { Name = "Releases", Exact = true }).ClickAsync();
        await leave.GetByRole(AriaRole.Button, new() { Name = "Leave", Exact = true }).ClickAsync();
        await Expect(page.GetByTestId("releases")).ToContainTextAsync("the second one is slow");
        Assert.True(await page.EvaluateAsync<bool>("window.notReloaded === true"));
        Assert.Empty(browser.Faults);
    }

    [Fact]
    public async Task A_run_is_started_by_hand_and_its_end_arrives()
    {
        using var user = await ApiUser.RegisterAsync(App);
        var project = await user.CreateProjectAsync();
        await user.CreateAppAsync(project, new { name = "report", image = "demo/hello:1", kind = "cron", schedule = "0 0 1 1 *" });
        await user.WaitStateAsync(project, "report", "live", release: 1);
        await using var browser = await BrowserSession.StartAsync(390, 844);
        var page = browser.Page;
        await SignInAsync(page, user);
        await page.GotoAsync($"{App.Url}projects/{project}/apps/report");
        await page.GetByTestId("do-run").ClickAsync();
        await Expect(page.GetByTestId("run")).ToHaveAttributeAsync("data-state", "succeeded");
        await Expect(page.GetByTestId("run")).ToContainTextAsync("by hand");
        Assert.Empty(browser.Faults);
    }

    private async Task SignInAsync(IPage page, ApiUser user)
    {
        await page.FromOwnAddressAsync();
        await page.SignInAsync(App, user.Email);
        await page.BeAtAsync("**/projects");
        await Expect(page.Locator("main[data-reacts=true]")).ToBeVisibleAsync();
    }
}
