using System.Text.RegularExpressions;
using Babyhelm.Core.Monitoring.Panels;
using Babyhelm.Tests.Integration;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>The tab <em>Grafana</em> as a person sees it: panels in frames that load when they are in sight and follow the page's theme.</summary>
[Collection(PageCollection.Name)]
public sealed class GrafanaPageTests(WatchfulBabyhelm shared)
{
    [Fact]
    public async Task Panels_of_the_namespace_are_embedded_and_follow_the_theme()
    {
        var app = shared.App;
        using var user = await ApiUser.RegisterAsync(app);
        var project = await user.CreateProjectAsync();
        await user.CreateAppAsync(project, new { name = "web", image = "demo/hello:1" });
        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await page.SignInAsync(app, user.Email);
        await page.BeAtAsync("**/projects");

        await page.GotoAsync($"{app.Url}projects/{project}/apps/web");
        await page.GetByRole(AriaRole.Link, new() { Name = "Grafana", Exact = true }).ClickAsync();
        await page.BeAtAsync("**/apps/web/grafana");
        var frames = page.Locator("bh-grafana iframe");
        await Expect(frames).ToHaveCountAsync(PanelCatalog.Application.Count);
        await Expect(Frame(page, "cpu")).ToHaveAttributeAsync("title", "CPU of web, from Grafana");
        var cpu = page.FrameLocator("[data-panel=cpu] iframe");
        await Expect(cpu.Locator("#asked")).ToHaveTextAsync($"/grafana/d-solo/babyhelm-application/babyhelm?orgId=1&panelId=1&from=now-1h&to=now&refresh=30s&var-namespace=bh-{project}&var-application=web&theme=light");
        await Expect(cpu.Locator("#role")).ToHaveTextAsync("Viewer");
        await Expect(cpu.Locator("#live")).ToHaveTextAsync("hello"); // over the WebSocket and back
        await Expect(cpu.Locator("#foreign")).ToHaveTextAsync("kept out"); // Grafana's own script has run, and one without its nonce has not
        await browser.PictureAsync("grafana");

        // What the browser, or the person in the menu, changes.
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Expect(cpu.Locator("#asked")).ToHaveTextAsync(new Regex("theme=dark$"));
        await page.EvaluateAsync("document.documentElement.dataset.theme = 'light'");
        await Expect(cpu.Locator("#asked")).ToHaveTextAsync(new Regex("theme=light$"));

        // The range is in the address, and a step back leads to the last one and not into a frame's past.
        await page.GetByTestId("ranges").GetByText("6h", new() { Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex(@"/grafana\?range=6h$"));
        await Expect(cpu.Locator("#asked")).ToHaveTextAsync(new Regex("from=now-6h&"));
        await Expect(page.GetByTestId("open-grafana")).ToHaveAttributeAsync("href", new Regex("^/grafana/d/babyhelm-application/babyhelm\\?.*from=now-6h"));
        await page.GoBackAsync(new() { WaitUntil = WaitUntilState.Commit });
        await Expect(cpu.Locator("#asked")).ToHaveTextAsync(new Regex("from=now-1h&"));

        await page.GotoAsync($"{app.Url}projects/{project}/grafana");
        await Expect(frames).ToHaveCountAsync(PanelCatalog.Project.Count);
        await Expect(page.FrameLocator("[data-panel=cpu] iframe").Locator("#asked")).ToHaveTextAsync(new Regex($"babyhelm-namespace/.*var-namespace=bh-{project}&theme=dark$"));
        await page.SetViewportSizeAsync(390, 844);
        Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        await Expect(Frame(page, "network")).ToHaveAttributeAsync("loading", "lazy");
        Assert.Empty(Unexpected(browser));
    }

    [Fact]
    public async Task A_Grafana_that_is_away_is_told_in_each_frame()
    {
        var app = shared.App;
        using var user = await ApiUser.RegisterAsync(app);
        var project = await user.CreateProjectAsync();
        await using var browser = await AccountStage.StartAsync();
        var page = browser.Page;
        await page.SignInAsync(app, user.Email);
        await page.BeAtAsync("**/projects");
        shared.Grafana.Link.Cut();
        try
        {
            await page.GotoAsync($"{app.Url}projects/{project}/grafana");
            await Expect(page.FrameLocator("[data-panel=cpu] iframe").GetByRole(AriaRole.Heading, new() { Name = "Grafana does not answer" })).ToBeVisibleAsync();
        }
        finally
        {
            shared.Grafana.Link.Restore();
        }
        await page.GotoAsync($"{app.Url}projects/{project}/grafana");
        await Expect(page.FrameLocator("[data-panel=cpu] iframe").Locator("#role")).ToHaveTextAsync("Viewer");
        Assert.DoesNotContain(Unexpected(browser), f => !f.Contains("the server responded with a status of 502", StringComparison.Ordinal));
    }

    /// <summary>A frame that goes while its WebSocket opens says that it failed, and each page of the test's Grafana has a script that is kept out.</summary>
    private static IEnumerable<string> Unexpected(BrowserSession browser) =>
        browser.Faults.Where(f => !f.Contains("/grafana/api/live/ws", StringComparison.Ordinal) && !f.Contains("Executing inline script violates", StringComparison.Ordinal));

    private static ILocator Frame(IPage page, string panel) => page.Locator($"[data-panel={panel}] iframe");
}
