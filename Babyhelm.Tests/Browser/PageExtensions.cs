using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Babyhelm.Tests.Browser;

/// <summary>What several browser tests wait for.</summary>
internal static class PageExtensions
{
    /// <summary>
    /// Waits until the browser is at this address, asking the browser again and again. Not for an event of loading: one that comes while
    /// it begins to wait would be waited for forever, and what leads on without a new document has none.
    /// </summary>
    /// <param name="glob"><c>**</c> is anything, <c>*</c> anything but a slash.</param>
    public static Task BeAtAsync(this IPage page, string glob) => Assertions.Expect(page).ToHaveURLAsync(
        new Regex($"^{Regex.Escape(glob).Replace(@"\*\*", ".*", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal)}$"));
}
