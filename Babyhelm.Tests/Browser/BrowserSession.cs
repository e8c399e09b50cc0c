using Microsoft.Playwright;

namespace Babyhelm.Tests.Browser;

/// <summary>A person at the browser that all tests share, with one page and cookies of their own. Every request to a host other than localhost, and every error in the console, is kept as a fault.</summary>
internal sealed class BrowserSession : IAsyncDisposable
{
    private readonly List<IBrowserContext> _people = [];
    private readonly List<string> _faults = [];

    private const float PatienceMilliseconds = 90_000;

    private BrowserSession(IBrowserContext person, IPage page)
    {
        _people.Add(person);
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
        var person = await TestBrowser.NewPersonAsync(Page.ViewportSize!.Width, Page.ViewportSize.Height);
        _people.Add(person);
        var page = await person.NewPageAsync();
        Watch(page);
        return page;
    }

    public IPage Page { get; }
    public IReadOnlyList<string> Faults => _faults;

    public static async Task<BrowserSession> StartAsync(int width = 1440, int height = 900)
    {
        var person = await TestBrowser.NewPersonAsync(width, height);
        return new BrowserSession(person, await person.NewPageAsync());
    }

    /// <summary>Writes a picture for the docs when <c>BABYHELM_SCREENSHOTS</c> names a folder.</summary>
    public async Task PictureAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("BABYHELM_SCREENSHOTS") is { Length: > 0 } folder)
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png") });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var person in _people) await person.DisposeAsync();
    }
}
