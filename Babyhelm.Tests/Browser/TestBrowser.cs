using Microsoft.Playwright;

namespace Babyhelm.Tests.Browser;

/// <summary>
/// The distribution's Chromium, started by the first test that needs it and shared by all: a start costs more than most of what
/// a test does with it. People share no cookie, cache or permission. It ends with the test run, whose end its driver notices.
/// </summary>
internal static class TestBrowser
{
    private static readonly SemaphoreSlim Gate = new(1, 1);
    private static IPlaywright? _playwright;
    private static IBrowser? _browser;

    public static async Task<IBrowserContext> NewPersonAsync(int width, int height) =>
        await (await StartedAsync()).NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ReducedMotion = ReducedMotion.Reduce, // frames that nobody sees cost as much as others
        });

    private static async Task<IBrowser> StartedAsync()
    {
        await Gate.WaitAsync();
        try
        {
            // Another one after a crash, which fails the tests that were in it alone.
            if (_browser is { IsConnected: true }) return _browser;
            _playwright ??= await Playwright.CreateAsync();
            return _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = Environment.GetEnvironmentVariable("BABYHELM_TEST_CHROMIUM") ?? "/usr/bin/chromium",
                Args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"],
            });
        }
        finally
        {
            Gate.Release();
        }
    }
}
