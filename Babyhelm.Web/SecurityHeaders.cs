using Babyhelm.Core.Accounts.External;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web;

/// <summary>Headers on every answer of Babyhelm's own origin. Set last, so that nothing behind it can loosen them.</summary>
internal sealed class SecurityHeaders(RequestDelegate next, IOptions<AccountOptions> accounts)
{
    /// <summary>Inline styles are allowed because component libraries position with them; inline script never is.</summary>
    private const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; object-src 'none'; form-action 'self'";

    // Browsers hold a form's redirect, which leads to a provider, to this list too.
    private readonly string _policy = string.Join(' ', [Policy, .. accounts.Value.Providers.Select(p => p.AuthorizationUrl?.GetLeftPart(UriPartial.Authority)).OfType<string>().Distinct()]);

    private const string PermissionsPolicy = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(static state =>
        {
            var (headers, policy) = ((IHeaderDictionary, string))state;
            headers.ContentSecurityPolicy = policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "same-origin";
            headers["Permissions-Policy"] = PermissionsPolicy;
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            return Task.CompletedTask;
        }, (context.Response.Headers, _policy));
        return next(context);
    }
}
