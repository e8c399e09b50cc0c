namespace Babyhelm.Web;

/// <summary>Cookies that hold how a person likes things to look: no secrets, readable by script.</summary>
internal static class Preference
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(365);

    /// <param name="value">Null removes the cookie.</param>
    public static void Write(HttpResponse response, string cookie, string? value)
    {
        var options = new CookieOptions
        {
            Path = "/",
            SameSite = SameSiteMode.Lax,
            Secure = Account.LoopbackAwareCookie.IsSecure(response.HttpContext.Request),
            MaxAge = Keep,
            IsEssential = true,
        };
        if (value is null) response.Cookies.Delete(cookie, options);
        else response.Cookies.Append(cookie, value, options);
    }
}
