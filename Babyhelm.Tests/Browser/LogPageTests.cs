using System.Text.Json;
using System.Text.RegularExpressions;
using Babyhelm.Tests.Integration;
using static Microsoft.Playwright.Assertions;

namespace Babyhelm.Tests.Browser;

/// <summary>The log as a person reads it: what is chosen stands in the address, and a flood or hostile text does it no harm.</summary>
[Collection(StreamCollection.Name)]
public sealed class LogPageTests(SharedBabyhelm shared)
{
    private RunningBabyhelm App => shared.App;

    [Fact]
    public async Task A_log_is_searched_filtered_and_downloaded_and_tells_of_restarts()
    {
        using var user = await ApiUser.RegisterAsync(App);
        var project = await user.CreateProjectAsync();
        await user.CreateAppAsync(project, new { name = "tick", image = "demo/ticker:1" });
        await user.CreateAppAsync(project, new { name = "web", image = "demo/hello:1", replicas = 2 });
        await user.WaitStateAsync(project, "web", "live");
        await using var browser = await SignInAsync(user);
        var page = browser.Page;
        var (log, count, search) = (page.GetByTestId("log"), page.GetByTestId("log-count"), page.GetByLabel("Search in the lines shown"));
        await page.GotoAsync($"{App.Url}projects/{project}/apps/tick/logs");
        await Expect(log).ToContainTextAsync("tick 1");
        await Expect(log.Locator(".line-mark").First).ToContainTextAsync("The container started anew after exit code 4");

        // Each of the two pods has said one thing. What is chosen is in the address, and survives a reload.
        await page.GotoAsync($"{App.Url}projects/{project}/apps/web/logs");
        await Expect(log.Locator(".line")).ToHaveCountAsync(2);
        await page.GetByLabel("Live").UncheckAsync();
        await Expect(page).ToHaveURLAsync(new Regex(@"/logs\?follow=0$"));
        await search.FillAsync("LISTENING on");
        await Expect(count).ToHaveTextAsync("2 lines");
        await Expect(log.Locator("mark").First).ToHaveTextAsync("listening on");
        await page.GetByLabel("Only matches").CheckAsync();
        await page.GetByLabel("Times").CheckAsync();
        await Expect(log.Locator(".time").First).ToBeVisibleAsync();
        await page.GetByLabel("Wrap").UncheckAsync();
        await Expect(page).ToHaveURLAsync(new Regex(@"/logs\?follow=0&q=LISTENING%20on&only=1&times=1&wrap=0$"));
        await page.ReloadAsync();
        await Expect(search).ToHaveValueAsync("LISTENING on");
        await Expect(page.GetByLabel("Only matches")).ToBeCheckedAsync();
        await Expect(page.GetByLabel("Live")).Not.ToBeCheckedAsync();
        await Expect(count).ToHaveTextAsync("2 lines");
        await search.PressAsync("Enter");
        await Expect(count).ToHaveTextAsync("1 of 2 lines");
        await page.GetByLabel("Next match").ClickAsync();
        await Expect(count).ToHaveTextAsync("2 of 2 lines");
        await Expect(log.Locator(".line-found")).ToHaveCountAsync(1);
        await search.FillAsync("never there");
        await Expect(count).ToHaveTextAsync("Not found");
        await Expect(log.Locator(".line")).ToHaveCountAsync(0);

        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByTestId("log-download").ClickAsync());
        Assert.Equal($"{project}-web.log", download.SuggestedFilename);
        Assert.Matches(@"^(\d{4}-\d\d-\d\dT[\d:.]+Z \[web-[^\]]+\] web listening on \d+\n){2}$", await File.ReadAllTextAsync(await download.PathAsync()));
        Assert.Empty(browser.Faults);
    }

    /// <summary>Lines are given to the log's script as the circuit gives them.</summary>
    [Fact]
    public async Task Ten_thousand_lines_stay_few_elements_and_nothing_in_them_is_markup()
    {
        using var user = await ApiUser.RegisterAsync(App);
        var project = await user.CreateProjectAsync();
        await user.CreateAppAsync(project, new { name = "web", image = "demo/hello:1" });
        await user.WaitStateAsync(project, "web", "live");
        await using var browser = await SignInAsync(user);
        var page = browser.Page;
        await page.GotoAsync($"{App.Url}projects/{project}/apps/web/logs?follow=0");
        var log = page.GetByTestId("log");
        await Expect(log).ToContainTextAsync("web listening on"); // all that comes from the circuit

        await GiveAsync("""
            const far = Date.parse('2100-01-01');
            const line = i => ({ pod: 'web-a-' + i % 3, time: far + i, mark: null, text: [`line ${i} `, null, '<img src=x onerror="window.hacked=1">', '#ff8f87|#000000|b'] });
            for (let i = 0; i < 25000; i += 1000) log.add(log.received, 0, Array.from({ length: 1000 }, (_, j) => line(i + j)));
            """);
        Assert.Equal(10_000, await GetAsync("log.entries.length"));
        Assert.InRange(await GetAsync("log.querySelectorAll('*').length"), 10, 2000);
        await Expect(log).ToContainTextAsync("line 24999 <img");
        Assert.Equal(0, await GetAsync("log.querySelectorAll('img').length + (window.hacked ?? 0)"));

        // Up, and the end is not followed any more; the reader stays where they are, whatever comes.
        await GiveAsync("log.scrollTop = log.scrollHeight / 2;");
        await Expect(page.GetByText("You scrolled up")).ToBeVisibleAsync();
        await GiveAsync("window.seen = log.anchor().entry.plain; log.add(log.received, 0, [line2(1), line2(2), line2(3)]);");
        await Expect(page.GetByText("3 new lines.")).ToBeVisibleAsync();
        Assert.Equal(1, await GetAsync("Number(log.anchor().entry.plain === window.seen)"));
        await page.PressAsync("Follow");
        await Expect(log).ToContainTextAsync("late 3");
        await Expect(page.GetByText("You scrolled up")).ToBeHiddenAsync();

        // What came late stands where its time is; a batch that comes again is known; what was too much is told.
        await GiveAsync("log.add(log.received, 0, [{ pod: 'web-a-1', time: far2 - 0.5, mark: null, text: ['between', null] }]); log.add(0, 0, [line2(9)]); log.add(log.received, 1234, [line2(10)]);");
        Assert.Equal(1, await GetAsync("Number(log.entries.at(-6).plain === 'between')"));
        Assert.Equal(0, await GetAsync("log.entries.filter(e => e.plain.startsWith('late 9')).length"));
        await Expect(log).ToContainTextAsync("1,234 lines are left out here");

        // Long lines, wide and narrow: the end stays in sight.
        await GiveAsync("log.add(log.received, 0, Array.from({ length: 50 }, (_, i) => ({ pod: '', time: far2 + 1000 + i, mark: null, text: ['x'.repeat(16000) + ' end ' + i, null] })));");
        await Expect(log).ToContainTextAsync("end 49");
        await page.SetViewportSizeAsync(390, 844);
        await page.WaitForFunctionAsync("() => { const log = document.querySelector('bh-log'); return log.following && log.scrollHeight - log.scrollTop - log.clientHeight < 2; }");
        Assert.Empty(browser.Faults);

        async Task GiveAsync(string script) => await page.EvaluateAsync($$"""
            () => {
              const log = document.querySelector('bh-log');
              const far2 = Date.parse('2100-01-02');
              const line2 = i => ({ pod: 'web-a-1', time: far2 + i, mark: null, text: ['late ' + i, null] });
              {{script}}
            }
            """);

        async Task<int> GetAsync(string expression) =>
            (await page.EvaluateAsync<JsonElement>($"() => {{ const log = document.querySelector('bh-log'); return {expression}; }}")).GetInt32();
    }

    private async Task<BrowserSession> SignInAsync(ApiUser user)
    {
        var browser = await BrowserSession.StartAsync();
        await browser.Page.FromOwnAddressAsync();
        await browser.Page.SignInAsync(App, user.Email);
        await browser.Page.BeAtAsync("**/projects");
        return browser;
    }
}
