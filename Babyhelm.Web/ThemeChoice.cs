using Babyhelm.Core.Accounts;

namespace Babyhelm.Web;

/// <summary>
/// The look a browser asked for, remembered in a cookie that script may write: the server marks the first byte of the
/// page with it, so nothing flashes.
/// </summary>
internal static class ThemeChoice
{
    public const string Cookie = "babyhelm-theme";

    /// <summary><c>light</c>, <c>dark</c> or <c>system</c>; anything else in the cookie counts as <c>system</c>.</summary>
    public static string Of(HttpRequest? request) =>
        request?.Cookies[Cookie] is "light" or "dark" ? request.Cookies[Cookie]! : "system";

    /// <summary>Has the browser keep what the account says.</summary>
    public static void Write(HttpResponse response, ThemePreference theme) =>
        Preference.Write(response, Cookie, theme switch { ThemePreference.Light => "light", ThemePreference.Dark => "dark", _ => null });

    /// <summary>The media query that makes a theme's style sheet apply.</summary>
    public static string Media(string sheet, string choice) =>
        choice == "system" ? $"(prefers-color-scheme: {sheet})" : choice == sheet ? "all" : "not all";
}
