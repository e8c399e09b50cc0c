using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Accounts.Sessions;

/// <summary>Identity's sign-in with sessions: each cookie belongs to one, and who is kept out by an admin does not get in.</summary>
public sealed class AccountSignIn(
    UserManager<AppUser> users, IHttpContextAccessor http, IUserClaimsPrincipalFactory<AppUser> claims, IOptions<IdentityOptions> options,
    ILogger<SignInManager<AppUser>> logger, IAuthenticationSchemeProvider schemes, IUserConfirmation<AppUser> confirmation, SessionStore sessions)
    : SignInManager<AppUser>(users, http, claims, options, logger, schemes, confirmation)
{
    /// <summary>False for who was locked by an admin, has to choose a new password, or has to confirm the address first.</summary>
    public override async Task<bool> CanSignInAsync(AppUser user) =>
        user is { LockedAt: null, MustResetPassword: false } && await base.CanSignInAsync(user);

    /// <summary>Begins a session and puts it into the cookie; a cookie that is renewed keeps its own.</summary>
    public override async Task SignInWithClaimsAsync(AppUser user, AuthenticationProperties? authenticationProperties, IEnumerable<Claim> additionalClaims)
    {
        var session = Caller.From(Context.User) is { SessionId: { } current } caller && caller.UserId == user.Id
            && await sessions.TouchAsync(current, user.Id, Context.RequestAborted)
            ? current
            : (await sessions.BeginAsync(user.Id, SessionKind.Browser, Context.Connection.RemoteIpAddress?.ToString(),
                Context.Request.Headers.UserAgent.ToString(), Context.RequestAborted)).Id;
        await base.SignInWithClaimsAsync(user, authenticationProperties, [.. additionalClaims, new Claim(Caller.SessionClaim, session.ToString())]);
    }

    /// <summary>The user, if the principal may go on: same security stamp, not locked, its session not ended.</summary>
    public override async Task<AppUser?> ValidateSecurityStampAsync(ClaimsPrincipal? principal) =>
        principal is not null && Caller.From(principal) is { SessionId: { } session } caller
        && await base.ValidateSecurityStampAsync(principal) is { LockedAt: null } user
        && await sessions.TouchAsync(session, caller.UserId, CancellationToken.None)
            ? user
            : null;

    /// <summary>Copies what the sign-in added onto a principal that was made anew from the user.</summary>
    public static void KeepSession(ClaimsPrincipal old, ClaimsPrincipal renewed)
    {
        var identity = (ClaimsIdentity)renewed.Identity!;
        foreach (var kept in new[] { Caller.SessionClaim, Caller.AddressClaim, "amr", ClaimTypes.AuthenticationMethod })
            if (identity.FindFirst(kept) is null && old.FindFirst(kept) is { } claim) identity.AddClaim(claim.Clone());
    }

    /// <summary>The password was right: keeps, in a cookie of 5 minutes, who has to give a code now.</summary>
    public Task RememberForCodeAsync(AppUser user)
    {
        var identity = new ClaimsIdentity(IdentityConstants.TwoFactorUserIdScheme);
        identity.AddClaim(new Claim(ClaimTypes.Name, user.Id.ToString())); // where Identity looks for it
        return Context.SignInAsync(IdentityConstants.TwoFactorUserIdScheme, new ClaimsPrincipal(identity));
    }

    public Task ForgetForCodeAsync() => Context.SignOutAsync(IdentityConstants.TwoFactorUserIdScheme);

    public override async Task SignOutAsync()
    {
        if (Caller.From(Context.User) is { SessionId: { } session }) await sessions.EndAsync(session, CancellationToken.None);
        await base.SignOutAsync();
    }
}
