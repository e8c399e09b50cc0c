using Microsoft.AspNetCore.Authentication.Cookies;

namespace Babyhelm.Web.Account;

/// <summary>
/// Names the sign-in cookie <c>__Host-…</c> wherever it is Secure: browsers take such a name from this host only, so no
/// application on a neighbouring host name can plant a sign-in of its own.
/// </summary>
internal sealed class HostCookieManager : ICookieManager
{
    public const string Prefix = "__Host-";
    private readonly ChunkingCookieManager _inner = new();

    public string? GetRequestCookie(HttpContext context, string key) => _inner.GetRequestCookie(context, Name(context, key));

    public void AppendResponseCookie(HttpContext context, string key, string? value, CookieOptions options) =>
        _inner.AppendResponseCookie(context, Name(context, key), value, options);

    public void DeleteCookie(HttpContext context, string key, CookieOptions options) => _inner.DeleteCookie(context, Name(context, key), options);

    private static string Name(HttpContext context, string key) => LoopbackAwareCookie.IsSecure(context.Request) ? Prefix + key : key;
}
