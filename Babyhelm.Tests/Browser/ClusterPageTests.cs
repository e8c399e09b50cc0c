using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>The cluster as a platform admin watches it, from any page when it goes away.</summary>
public sealed class ClusterPageTests
{
    [Fact]
    public async Task An_admin_sees_what_is_missing_and_the_cluster_going_away_and_coming_back()
    {
        await using var cluster = await ExternalCluster.StartAsync(forbidden: ["delete secrets", "get pods/log"]);
        await using var app = await RunningBabyhelm.StartAsync(settings: cluster.Settings);
        using var admin = await ApiUser.RegisterAsync(app, "ada@example.com");
        using var user = await ApiUser.RegisterAsync(app, "bob@example.com");
        var project = await admin.CreateProjectAsync("shop");
        await admin.CreateAppAsync(project, Specs.Checked("web", "demo/hello:1"));
        await admin.WaitStateAsync(project, "web", "live", context: () => app.Output);
        await using var browser = await BrowserSession.StartAsync();
        var page = browser.Page;
        await SignInAsync(page, app, "ada@example.com");

        // By keyboard alone: the menu, its link, the page.
        await page.GetByLabel("Account menu of ada@example.com").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByTestId("nav-cluster")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.BeAtAsync("**/admin/cluster");
        await Expect(page.GetByTestId("check-now")).ToBeEnabledAsync();
        await page.EvaluateAsync("window.notReloaded = true");

        var status = page.Locator(".page-header").GetByTestId("status");
        await Expect(status).ToHaveAttributeAsync("data-state", "answers");
        var check = page.Locator("[data-check=permissions]");
        await Expect(check).ToHaveAttributeAsync("data-status", "fail");
        await Expect(check).ToContainTextAsync("delete secrets, get pods/log");
        await Expect(page.Locator("[data-check='api:metrics.k8s.io/v1beta1/pods']")).ToHaveAttributeAsync("data-status", "warn");

        // Folded to what is missing; all on demand.
        await Expect(page.GetByTestId("permission")).ToHaveCountAsync(2);
        await Expect(page.Locator("[data-resource=secrets] [data-verb=delete]")).ToHaveAttributeAsync("data-granted", "false");
        await Expect(page.Locator("[data-resource=secrets] [data-verb=create]")).ToHaveAttributeAsync("data-granted", "true");
        await page.GetByTestId("show-permissions").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByTestId("permission")).ToHaveCountAsync(Core.Clusters.Permissions.All.Count);
        await Expect(page.Locator("[data-api='autoscaling/v2']")).ToHaveAttributeAsync("data-state", "served");

        // The nodes are read by themselves while the page is open; a check reads them at once.
        var pods = page.Locator("[data-node=sandbox] [aria-label=Pods]");
        await page.GetByTestId("check-now").ClickAsync();
        await Expect(pods).ToHaveAttributeAsync("aria-valuetext", "1 of 2000 ");
        await Expect(page.GetByTestId("latency-chart")).ToBeVisibleAsync();
        await browser.PictureAsync("cluster");

        cluster.Link.Cut();
        await Expect(page.GetByTestId("cluster-banner")).ToBeVisibleAsync();
        await Expect(status).ToHaveAttributeAsync("data-state", "silent");
        await Expect(page.Locator("[data-check=answers]")).ToHaveAttributeAsync("data-status", "fail");
        await Expect(page.GetByTestId("nodes").GetByTestId("stale-mark")).ToBeVisibleAsync();
        await Expect(pods).ToHaveAttributeAsync("aria-valuetext", "1 of 2000 ");
        await browser.PictureAsync("cluster-away");

        // On other pages too, and a deploy waits.
        await page.GetByRole(AriaRole.Link, new() { Name = "Babyhelm, start page" }).ClickAsync();
        await page.BeAtAsync("**/projects");
        await Expect(page.GetByTestId("cluster-banner")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "shop", Exact = true }).ClickAsync();
        await Expect(page.GetByTestId("cluster-banner").GetByRole(AriaRole.Link)).ToBeVisibleAsync();
        await Expect(page.Locator("[data-state=live]")).ToHaveAttributeAsync("data-old", "true");
        await page.GetByRole(AriaRole.Link, new() { Name = "web", Exact = true }).ClickAsync();
        await page.GetByLabel("Deploy another image").FillAsync("demo/hello:2");
        await page.GetByRole(AriaRole.Button, new() { Name = "Deploy", Exact = true }).ClickAsync();
        await page.EvaluateAsync("window.notReloaded = true");
        await Expect(page.GetByTestId("rollout")).ToContainTextAsync("Waiting for the cluster");
        await Expect(page.Locator(".page-header").GetByTestId("status")).ToContainTextAsync("Waiting for the cluster");
        await Expect(page.GetByTestId("diagnosis")).ToHaveAttributeAsync("data-code", "cluster-unreachable");
        await browser.PictureAsync("waiting-for-the-cluster");

        cluster.Link.Restore();
        await Expect(page.GetByTestId("rollout")).ToHaveAttributeAsync("data-release", "2");
        await Expect(page.GetByTestId("rollout")).ToHaveAttributeAsync("data-state", "live");
        await Expect(page.GetByTestId("cluster-banner")).ToHaveCountAsync(0);
        await Expect(page.GetByTestId("stale-mark")).ToHaveCountAsync(0);
        Assert.True(await page.EvaluateAsync<bool>("window.notReloaded === true"));

        Assert.Empty(browser.Faults);

        // Nobody else gets there: the page that says so comes with a status of its own, which the console notes.
        await page.Context.ClearCookiesAsync();
        await SignInAsync(page, app, "bob@example.com");
        await page.GetByLabel("Account menu of bob@example.com").ClickAsync();
        await Expect(page.GetByText("Sign out")).ToBeVisibleAsync();
        await Expect(page.GetByTestId("nav-cluster")).ToHaveCountAsync(0);
        await page.GotoAsync($"{app.Url}admin/cluster");
        await Expect(page.GetByTestId("checks")).ToHaveCountAsync(0);
        Assert.Contains("/account/denied", page.Url, StringComparison.Ordinal);
        Assert.All(browser.Faults, f => Assert.Contains("status of 403", f, StringComparison.Ordinal));
    }

    internal static async Task SignInAsync(IPage page, RunningBabyhelm app, string email)
    {
        await page.SignInAsync(app, email);
        await page.BeAtAsync("**/projects");
        await Expect(page.Locator("main[data-reacts=true]")).ToBeVisibleAsync(); // a menu opened before would be drawn anew, closed
        await Expect(page.Locator("h1")).ToBeFocusedAsync(); // the page's own last act before a person types
    }
}
