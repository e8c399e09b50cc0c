using Babyhelm.Core.Rollouts;
using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>From registration to a running application and its failures, as a person does it.</summary>
public class DeployFlowTests
{
    [Fact]
    public async Task A_person_registers_creates_a_project_deploys_and_watches()
    {
        // Long enough for the page to show each step, also on a busy machine.
        await using var app = await RunningBabyhelm.StartAsync(settings: new Dictionary<string, string> { ["Sandbox__PullDelay"] = "00:00:10", ["Sandbox__StartDelay"] = "00:00:03" });
        await using var browser = await BrowserSession.StartAsync();
        var page = browser.Page;

        await page.GotoAsync(app.Url.ToString());
        await Expect(page.GetByTestId("cluster-mark")).ToContainTextAsync("Sandbox");
        await page.GetByRole(AriaRole.Link, new() { Name = "Create an account" }).ClickAsync();
        await Expect(page.GetByTestId("first-user")).ToBeVisibleAsync();
        await page.GetByLabel("E-mail address").FillAsync("ada@example.com");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(RunningBabyhelm.TestPassword);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "New project" }).First.ClickAsync();
        await page.GetByLabel("Name").FillAsync("My shop");
        await Expect(page.GetByText("Start with a lower-case letter")).ToBeVisibleAsync();
        await page.GetByLabel("Name").FillAsync("shop");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create project" }).ClickAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "New application" }).First.ClickAsync();
        await page.GetByLabel("Image").FillAsync("demo/hello:1");
        await Expect(page.GetByLabel("Name")).ToHaveValueAsync("hello");
        await WatchStepsAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Deploy", Exact = true }).ClickAsync();

        // The page is never reloaded from here on: a mark on the window would be lost.
        await page.BeAtAsync("**/projects/shop/apps/hello");
        await page.EvaluateAsync("window.notReloaded = true");
        var rollout = page.GetByTestId("rollout");
        await Expect(page.GetByTestId("pod").First).ToBeVisibleAsync();
        await browser.PictureAsync("rollout");
        await Expect(rollout).ToHaveAttributeAsync("data-state", "live");
        Assert.Equal([StepIds.Pulling, StepIds.Starting], (await SeenStepsAsync(page)).Where(s => s is StepIds.Pulling or StepIds.Starting).Distinct());
        await browser.PictureAsync("live");

        var link = page.GetByTestId("live-link").GetByRole(AriaRole.Link);
        Assert.Equal($"http://hello-shop.apps.localhost:{app.Port}", (await link.GetAttributeAsync("href"))?.TrimEnd('/'));
        var opened = await page.Context.RunAndWaitForPageAsync(() => link.ClickAsync());
        await Expect(opened.Locator("body")).ToContainTextAsync("hello from demo/hello:1");
        await opened.CloseAsync();

        await DeployAsync(page, "demo/hello:2");
        await Expect(rollout).ToHaveAttributeAsync("data-release", "2");
        await Expect(rollout).ToHaveAttributeAsync("data-state", "live");
        var again = await page.Context.RunAndWaitForPageAsync(() => link.ClickAsync());
        await Expect(again.Locator("body")).ToContainTextAsync("hello from demo/hello:2");
        await again.CloseAsync();

        await DeployAsync(page, "demo/missing:1");
        var notice = page.GetByTestId("rollback-notice");
        await Expect(notice).ToContainTextAsync("Release #3 failed, so Babyhelm went back to release #2");
        await Expect(notice).ToContainTextAsync("The image was not found");
        await Expect(rollout).ToHaveAttributeAsync("data-release", "4");
        await Expect(rollout).ToHaveAttributeAsync("data-state", "live");
        await browser.PictureAsync("rolled-back");

        await DeployAsync(page, "demo/crash:1");
        await Expect(notice).ToContainTextAsync("Release #5 failed, so Babyhelm went back to release #4");
        await notice.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.GetByTestId("release-detail")).ToHaveAttributeAsync("data-release", "5");
        await Expect(page.GetByTestId("diagnosis")).ToContainTextAsync("exit code 3");
        await Expect(page.GetByTestId("diagnosis-evidence")).ToContainTextAsync("boom: DATABASE_URL is not set");
        await Expect(page.GetByTestId("kept-log")).ToContainTextAsync("boom: DATABASE_URL is not set");
        await browser.PictureAsync("failed-release");
        await Expect(page.GetByTestId("release")).ToHaveCountAsync(6);
        Assert.True(await page.EvaluateAsync<bool>("window.notReloaded === true"));
        Assert.Empty(browser.Faults);
    }

    private static async Task DeployAsync(IPage page, string image)
    {
        await page.GetByLabel("Deploy another image").FillAsync(image);
        await page.GetByRole(AriaRole.Button, new() { Name = "Deploy", Exact = true }).ClickAsync();
    }

    /// <summary>Notes every step that the page marks as the current one, from now on.</summary>
    private static Task WatchStepsAsync(IPage page) => page.EvaluateAsync("""
        () => {
          window.seenSteps = [];
          const look = () => document.querySelectorAll('[data-step][data-status=current]').forEach(e => {
            const step = e.dataset.step;
            if (window.seenSteps.at(-1) !== step) window.seenSteps.push(step);
          });
          new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
        }
        """);

    private static async Task<string[]> SeenStepsAsync(IPage page) => await page.EvaluateAsync<string[]>("window.seenSteps");
}
