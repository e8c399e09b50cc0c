using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Audit;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.StaticAssets;

namespace Babyhelm.Web.Account;

/// <summary>
/// Asks with each request of a cookie whether its session still lasts, in one query: whoever ended it, in whatever process, it
/// is over. What costs more (the whole user, a renewed cookie) is done once a minute, or when the role has changed.
/// </summary>
internal static class CookieSession
{
    public static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var http = context.HttpContext;
        if (http.GetEndpoint()?.Metadata.GetMetadata<StaticAssetDescriptor>() is not null) return; // the same for everybody
        if (Caller.From(context.Principal!) is not { SessionId: { } session } caller
            || await http.RequestServices.GetRequiredService<SessionStore>().FindAsync(session, caller.UserId, http.RequestAborted) is not { } standing)
        {
            context.RejectPrincipal();
            await http.SignOutAsync(IdentityConstants.ApplicationScheme);
            return;
        }
        http.Features.Set(standing);
        if (caller.IsAdmin != (standing.Role == PlatformRole.Admin)) context.Properties.IssuedUtc = null; // as if it had never been looked at
        await SecurityStampValidator.ValidatePrincipalAsync(context);
    }

    /// <summary>A page that is not for this user: noted, and told.</summary>
    public static async Task DenyAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        var http = context.HttpContext;
        if (Caller.From(http.User) is { } caller && (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } route)
            await http.RequestServices.GetRequiredService<RefusalLog>().NotePageAsync(route.TrimStart('/'), caller);
        http.Response.Redirect(context.RedirectUri);
    }
}
