namespace Babyhelm.Web;

/// <summary>
/// The time zone that a user chose, in a cookie: times are written by script (<c>bh-time</c>), which finds the zone on the
/// document's root.
/// </summary>
internal static class TimeZones
{
    private const string Cookie = "babyhelm-zone";

    /// <summary>IANA names of places, sorted; aliases such as <c>EST</c> left out.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        "UTC",
        .. TimeZoneInfo.GetSystemTimeZones().Where(z => z.HasIanaId && z.Id.Contains('/') && !z.Id.StartsWith("Etc/", StringComparison.Ordinal)).Select(z => z.Id).Order(StringComparer.Ordinal),
    ];

    private static readonly HashSet<string> Known = [.. All];

    /// <summary>Null for the browser's own.</summary>
    public static string? Of(HttpRequest request) => request.Cookies[Cookie] is { } zone && Known.Contains(zone) ? zone : null;

    /// <param name="zone">Null or empty for the browser's own.</param>
    public static void Write(HttpResponse response, string? zone) => Preference.Write(response, Cookie, string.IsNullOrEmpty(zone) ? null : zone);
}
