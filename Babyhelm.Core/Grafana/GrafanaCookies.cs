using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Babyhelm.Core.Grafana;

/// <summary>
/// Only Grafana's own cookies go either way, known by their names: Babyhelm's stay with Babyhelm, and Grafana can't set one that
/// Babyhelm would read. Browsers send them back below Grafana's path alone.
/// </summary>
internal static class GrafanaCookies
{
    private const string Prefix = "grafana_";

    /// <summary>Those for Grafana, as one header; null for none.</summary>
    public static string? Passing(StringValues cookies)
    {
        var passing = cookies.SelectMany(c => (c ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Where(c => IsOwn(c.AsSpan(0, Math.Max(0, c.IndexOf('=', StringComparison.Ordinal))))).ToList();
        return passing.Count == 0 ? null : string.Join("; ", passing);
    }

    /// <param name="https">Whether the browser came by HTTPS.</param>
    public static StringValues Limited(IEnumerable<string> setCookies, bool https)
    {
        var limited = new List<string>();
        foreach (var text in setCookies)
        {
            if (!SetCookieHeaderValue.TryParse(text, out var cookie) || !IsOwn(cookie.Name.AsSpan())) continue;
            cookie.Path = $"{GrafanaProxy.Path}/";
            cookie.Domain = default;
            cookie.Secure |= https;
            if (cookie.SameSite != SameSiteMode.Strict) cookie.SameSite = SameSiteMode.Lax;
            limited.Add(cookie.ToString());
        }
        return new StringValues([.. limited]);
    }

    private static bool IsOwn(ReadOnlySpan<char> name) => name.StartsWith(Prefix, StringComparison.Ordinal);
}
