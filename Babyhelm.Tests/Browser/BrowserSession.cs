using Microsoft.Playwright;

namespace Babyhelm.Tests.Browser;

/// <summary>The distribution's Chromium with one page. Every request to a host other than localhost, and every error in the console, is kept as a fault.</summary>
internal sealed class BrowserSession : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly List<string> _faults = [];

    private const float PatienceMilliseconds = 90_000;

    private BrowserSession(IPlaywright playwright, IBrowser browser, IPage page)
    {
        _playwright = playwright;
        _browser = browser;
        Page = page;
        Watch(page);
    }

    private void Watch(IPage page)
    {
        page.SetDefaultTimeout(PatienceMilliseconds);
        Assertions.SetDefaultExpectTimeout(PatienceMilliseconds); // of 5 s, which a busy machine takes for a page
        page.Request += (_, request) =>
        {
            var host = new Uri(request.Url).Host;
            if (host is not ("localhost" or "") && !host.EndsWith(".localhost", StringComparison.Ordinal)) _faults.Add($"request to {request.Url}");
        };
        page.Console += (_, message) =>
        {
            // A machine that is too busy to keep the connection alive for half a minute; the page connects again by itself.
            if (message.Type == "error" && !message.Text.Contains("Server timeout elapsed without receiving a message", StringComparison.Ordinal)) _faults.Add($"console: {message.Text}");
        };
        page.PageError += (_, error) => _faults.Add($"script: {error}");
    }

    /// <summary>A page of somebody else, who shares no cookie with the first.</summary>
    public async Task<IPage> NewPersonAsync()
    {
        var page = await _browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = Page.ViewportSize!.Width, Height = Page.ViewportSize.Height } });
        Watch(page);
        return page;
    }

    public IPage Page { get; }
    public IReadOnlyList<string> Faults => _faults;

    public static async Task<BrowserSession> StartAsync(int width = 1440, int height = 900)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("BABYHELM_TEST_CHROMIUM") ?? "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"],
        });
        var page = await browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = width, Height = height } });
        return new BrowserSession(playwright, browser, page);
    }

    /// <summary>Writes a picture for the docs when <c>BABYHELM_SCREENSHOTS</c> names a folder.</summary>
    public async Task PictureAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("BABYHELM_SCREENSHOTS") is { Length: > 0 } folder)
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png") });
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
