using System.Net;

namespace Babyhelm.Web.Account;

/// <summary>
/// A cookie that is Secure everywhere but on loopback names, which browsers trust without TLS and where a fresh
/// installation is first opened.
/// </summary>
internal sealed class LoopbackAwareCookie : CookieBuilder
{
    public override CookieOptions Build(HttpContext context, DateTimeOffset expiresFrom)
    {
        var options = base.Build(context, expiresFrom);
        options.Secure = IsSecure(context.Request);
        return options;
    }

    public static bool IsSecure(HttpRequest request) => request.IsHttps || !IsLoopback(request.Host);

    public static bool IsLoopback(HostString host) =>
        host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>True when the browser will not keep a sign-in: plain HTTP from another machine.</summary>
    public static bool IsRefused(HttpRequest request) => !request.IsHttps && !IsLoopback(request.Host);
}
