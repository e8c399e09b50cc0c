using Microsoft.Playwright;

namespace Babyhelm.Tests.Browser;

/// <summary>What several browser tests wait for.</summary>
internal static class PageExtensions
{
    /// <summary>
    /// Waits until the browser is at this address. Not for the end of loading: what leads on without a new document has none,
    /// and a wait for it may never end.
    /// </summary>
    public static Task BeAtAsync(this IPage page, string glob) => page.WaitForURLAsync(glob, new() { WaitUntil = WaitUntilState.Commit });

    public static Task BeAtAsync(this IPage page, Func<string, bool> isThere) => page.WaitForURLAsync(isThere, new() { WaitUntil = WaitUntilState.Commit });
}
