using Babyhelm.Core.Accounts;

namespace Babyhelm.Web;

/// <summary>Headers on every answer of Babyhelm's own origin. Set last, so that nothing behind it can loosen them.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    /// <summary>Inline styles are allowed because component libraries position with them; inline script never is.</summary>
    public const string ContentSecurityPolicy =
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'";

    private const string PermissionsPolicy = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

    // Only these: without a referrer browsers send no origin with forms either, which passkeys need.
    private static readonly string[] LinksOfMails = [AccountMails.ConfirmPage, AccountMails.ChangeEmailPage, AccountMails.ResetPage, AccountMails.RegisterPage];

    /// <summary>Whether the address of the page has a code that is good once.</summary>
    private static bool HoldsSecret(PathString path) => LinksOfMails.Any(page => path.Equals(page));

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(static state =>
        {
            var headers = ((HttpResponse)state).Headers;
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = HoldsSecret(((HttpResponse)state).HttpContext.Request.Path) ? "no-referrer" : "same-origin";
            headers["Permissions-Policy"] = PermissionsPolicy;
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            return Task.CompletedTask;
        }, context.Response);
        return next(context);
    }
}
