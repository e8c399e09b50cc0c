using System.Text.RegularExpressions;
using Babyhelm.Core.Monitoring.Panels;
using Babyhelm.Tests.Integration;
using Babyhelm.Tests.Monitoring;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>Panels as a person watches them, over a real Prometheus that goes away and comes back.</summary>
public sealed class MetricsPageTests
{
    [Fact]
    public async Task Panels_show_share_a_cursor_and_say_when_Prometheus_is_away()
    {
        await using var prometheus = await PrometheusFront.StartAsync((await TestPrometheus.Panels).Url);
        await using var app = await RunningBabyhelm.StartAsync(settings: new Dictionary<string, string>(SharedBabyhelm.FastSandbox) { ["Prometheus__Url"] = prometheus.Url.ToString() });
        using var user = await ApiUser.RegisterAsync(app, "ada@example.com");
        await user.CreateProjectAsync("shop");
        foreach (var name in new[] { "web", "api" }) await user.CreateAppAsync("shop", new { name, image = "demo/hello:1" });
        foreach (var name in new[] { "web", "api" }) await user.WaitStateAsync("shop", name, "live", context: () => app.Output);
        await AssertApiAsync(user);

        await using var browser = await BrowserSession.StartAsync();
        var page = browser.Page;
        await page.SignInAsync(app, "ada@example.com");
        await page.BeAtAsync("**/projects");
        await page.GotoAsync($"{app.Url}projects/shop");
        await Expect(page.GetByTestId("spark").First).ToContainTextAsync("m");
        await browser.PictureAsync("metrics-list");
        await page.GetByRole(AriaRole.Link, new() { Name = "Metrics", Exact = true }).ClickAsync();
        await page.BeAtAsync("**/projects/shop/metrics");
        await Expect(Panels(page, "ready")).ToHaveCountAsync(PanelCatalog.Project.Count);
        await Expect(Panel(page, "cpu").Locator(".legend li")).ToHaveCountAsync(2);
        await browser.PictureAsync("metrics-project");

        await page.GotoAsync($"{app.Url}projects/shop/apps/web/metrics");
        await Expect(Panels(page, "ready")).ToHaveCountAsync(PanelCatalog.Application.Count);
        await Expect(Panel(page, "cpu").Locator("path.line[data-line=used]")).ToHaveAttributeAsync("d", new Regex("^M[0-9]+ [0-9]+"));
        await Expect(Panel(page, "cpu").Locator(".times span").First).ToBeVisibleAsync(); // by the script
        await Expect(page.GetByTestId("release-mark").First).ToHaveAttributeAsync("title", new Regex("^Release #1: Live, demo/hello:1$"));

        // One cursor for all: the same time, each its own value.
        await Panel(page, "cpu").Locator(".area").HoverAsync();
        await Expect(page.Locator("bh-chart[data-at]")).ToHaveCountAsync(PanelCatalog.Application.Count);
        Assert.Single((await page.Locator(".cursor .when").AllTextContentsAsync()).Distinct());
        await Expect(Panel(page, "memory").Locator(".at").First).ToHaveTextAsync(new Regex("MiB$"));
        await browser.PictureAsync("metrics");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await browser.PictureAsync("metrics-dark");
        await page.Mouse.MoveAsync(5, 5);
        await Expect(page.Locator("bh-chart[data-at]")).ToHaveCountAsync(0);

        // By keyboard too.
        var area = Panel(page, "latency").Locator(".area");
        await area.FocusAsync();
        await page.Keyboard.PressAsync("Home");
        await Expect(area).ToHaveAttributeAsync("aria-valuenow", "0");
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(area).ToHaveAttributeAsync("aria-valuenow", "1");
        await Expect(area).ToHaveAttributeAsync("aria-valuetext", new Regex("p50 .*ms, p95 .*ms, p99 .*ms$"));
        await Expect(page.Locator("bh-chart[data-at]")).ToHaveCountAsync(PanelCatalog.Application.Count);
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("bh-chart[data-at]")).ToHaveCountAsync(0);

        // The range stands in the address.
        await page.GetByTestId("ranges").GetByText("6h", new() { Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex(@"/metrics\?range=6h$"));
        await Expect(Panel(page, "cpu").Locator("bh-chart")).ToHaveAttributeAsync("data-step", "30");
        await page.ReloadAsync();
        await Expect(page.GetByTestId("board")).ToHaveAttributeAsync("data-range", "6h");
        await page.GetByTestId("ranges").GetByText("15m", new() { Exact = true }).ClickAsync();
        await Expect(Panels(page, "ready")).ToHaveCountAsync(PanelCatalog.Application.Count);

        // The page's own refresh notices, and keeps what it knew.
        prometheus.IsUp = false;
        await Expect(Panels(page, "unreachable")).ToHaveCountAsync(PanelCatalog.Application.Count);
        await Expect(Panel(page, "cpu").GetByTestId("panel-note")).ToContainTextAsync("Prometheus does not answer");
        await Expect(Panel(page, "cpu").Locator("path.line[data-line=used]")).ToHaveAttributeAsync("d", new Regex("^M"));
        await browser.PictureAsync("metrics-away");
        prometheus.IsUp = true;
        await Expect(Panels(page, "ready")).ToHaveCountAsync(PanelCatalog.Application.Count);

        await page.GotoAsync($"{app.Url}projects/shop/apps/api/metrics");
        await Expect(Panel(page, "cpu")).ToHaveAttributeAsync("data-state", "partial");
        await Expect(Panel(page, "cpu").GetByTestId("panel-note")).ToContainTextAsync("Without limit");

        await page.SetViewportSizeAsync(390, 844);
        await page.GotoAsync($"{app.Url}projects/shop/apps/web/metrics");
        await Expect(Panels(page, "ready")).ToHaveCountAsync(PanelCatalog.Application.Count);
        Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        await browser.PictureAsync("metrics-phone-dark");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await page.GetByTestId("board").GetByText("Numbers").First.ClickAsync();
        await Expect(Panel(page, "cpu").GetByText("Highest")).ToBeVisibleAsync();
        await browser.PictureAsync("metrics-phone");
        await page.GotoAsync($"{app.Url}projects/shop");
        await Expect(page.GetByTestId("spark").First).ToContainTextAsync("m");
        Assert.Equal(0, await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        await browser.PictureAsync("metrics-phone-list");
        Assert.Empty(browser.Faults);
    }

    /// <summary>The same panels for programs.</summary>
    private static async Task AssertApiAsync(ApiUser user)
    {
        var answer = (await user.GetAsync("projects/shop/apps/web/metrics?range=1h")).AssertStatus(200).Json;
        Assert.Equal(PanelCatalog.Application.Select(p => p.Code), answer["panels"]!.AsArray().Select(p => p!["panel"]!.GetValue<string>()));
        var replicas = answer["panels"]!.AsArray().Single(p => p!["panel"]!.GetValue<string>() == "replicas")!;
        Assert.Equal(("ready", "count", 15), (replicas["state"]!.GetValue<string>(), replicas["unit"]!.GetValue<string>(), replicas["stepSeconds"]!.GetValue<int>()));
        Assert.Equal([("ready", 2.0), ("wanted", 3.0)], replicas["series"]!.AsArray().Select(s => (s!["name"]!.GetValue<string>(), s["values"]!.AsArray()[0]!.GetValue<double>())));
        Assert.Equal(1, Assert.Single(answer["releases"]!.AsArray())!["number"]!.GetValue<int>());
        var project = (await user.GetAsync("projects/shop/metrics?range=15m")).AssertStatus(200).Json;
        Assert.Equal(PanelCatalog.Project.Count, project["panels"]!.AsArray().Count);
        (await user.GetAsync("projects/shop/metrics?range=2y")).AssertProblem(400, "invalid");
    }

    private static ILocator Panel(IPage page, string code) => page.Locator($"[data-panel={code}]");

    private static ILocator Panels(IPage page, string state) => page.Locator($"[data-testid=panel][data-state={state}]");
}
