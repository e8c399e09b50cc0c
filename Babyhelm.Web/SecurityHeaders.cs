using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.External;
using Babyhelm.Core.Grafana;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Babyhelm.Web;

/// <summary>Headers on every answer of Babyhelm's own origin. Set last, so that nothing behind it can loosen them.</summary>
internal sealed class SecurityHeaders(RequestDelegate next, IOptions<AccountOptions> accounts)
{
    /// <summary>
    /// Style attributes are allowed because component libraries position with them; inline script never is, and style elements
    /// only with the page's own <see cref="StyleNonce"/>.
    /// </summary>
    private const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
        + "connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; object-src 'none'; form-action 'self'";

    /// <summary>Of Grafana's pages: nothing leads out of Babyhelm, and only Babyhelm's pages show them in a frame. Which scripts run, Grafana's own policy beside it says.</summary>
    private const string GrafanaPolicy =
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline' blob:; img-src 'self' data: blob:; "
        + "font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; frame-ancestors 'self'; base-uri 'self'; object-src 'none'; form-action 'self'";

    /// <summary>Of whatever else Grafana answers, opened by itself: a document of a plugin's or of a query runs no script and has no session.</summary>
    private const string GrafanaFilePolicy =
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; font-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";

    // The page of the API's description, which is a library's, writes a style element of its own.
    private const string ForeignStyles = "/docs";

    // Browsers hold a form's redirect, which leads to a provider, to this list too.
    private readonly string _policy = string.Join(' ', [Policy, .. accounts.Value.Providers.Select(p => p.AuthorizationUrl?.GetLeftPart(UriPartial.Authority)).OfType<string>().Distinct()]);

    private const string PermissionsPolicy = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

    // Only these: without a referrer browsers send no origin with forms either, which passkeys need.
    private static readonly string[] LinksOfMails = [AccountMails.ConfirmPage, AccountMails.ChangeEmailPage, AccountMails.ResetPage, AccountMails.RegisterPage];

    /// <summary>Whether the address of the page has a code that is good once.</summary>
    private static bool HoldsSecret(PathString path) => LinksOfMails.Any(page => path.Equals(page));

    /// <summary>Where Grafana would be shown in a frame of a page, what is said in its place is too.</summary>
    private static string OwnPolicy(HttpContext http, string policy) => http.Request.Path.StartsWithSegments(GrafanaProxy.Path)
        ? policy.Replace("frame-ancestors 'none'", "frame-ancestors 'self'", StringComparison.Ordinal) : policy;

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(static state =>
        {
            var (response, policy) = ((HttpResponse, string))state;
            var headers = response.Headers;
            var styles = response.HttpContext.Request.Path.StartsWithSegments(ForeignStyles) ? "'unsafe-inline'"
                : StyleNonce.Find(response.HttpContext) is { } nonce ? $"'nonce-{nonce}'" : null;
            headers.ContentSecurityPolicy = response.HttpContext.Features.Get<GrafanaAnswer>() is { } grafana ? StringValues.Concat(grafana.Runs ? GrafanaPolicy : GrafanaFilePolicy, grafana.Policies)
                : styles is null ? OwnPolicy(response.HttpContext, policy) : policy.Replace("style-src 'self'", $"style-src 'self' {styles}", StringComparison.Ordinal);
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = HoldsSecret(response.HttpContext.Request.Path) ? "no-referrer" : "same-origin";
            headers["Permissions-Policy"] = PermissionsPolicy;
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            return Task.CompletedTask;
        }, (context.Response, _policy));
        return next(context);
    }
}
