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
    /// <summary>Ways to sign in that stand for a second factor.</summary>
    public const string WithCode = "mfa", WithPasskey = "passkey";

    private const string FirstFactorClaim = "first";
    private Guid? _renewed;

    // Characters of JSON; some thousand are usual.
    private const int MaxCredential = 64 * 1024;

    /// <summary>False for who was locked by an admin, has to choose a new password, or has to confirm the address first.</summary>
    public override async Task<bool> CanSignInAsync(AppUser user) =>
        user is { LockedAt: null, MustResetPassword: false } && await base.CanSignInAsync(user);

    /// <summary>Renews the cookie within its session; one whose session has ended is signed out instead.</summary>
    public override async Task RefreshSignInAsync(AppUser user)
    {
        if (Caller.From(Context.User) is not { SessionId: { } session } caller || caller.UserId != user.Id || !await sessions.TouchAsync(session, user.Id, Context.RequestAborted))
        {
            await base.SignOutAsync();
            return;
        }
        _renewed = session;
        await base.RefreshSignInAsync(user);
    }

    /// <summary>Begins a session and puts it into the cookie. The one of an earlier sign-in of this browser ends.</summary>
    public override async Task SignInWithClaimsAsync(AppUser user, AuthenticationProperties? authenticationProperties, IEnumerable<Claim> additionalClaims)
    {
        if (_renewed is not { } session)
        {
            if (Caller.From(Context.User) is { SessionId: { } earlier }) await sessions.EndAsync(earlier, Context.RequestAborted);
            var strong = additionalClaims.Any(c => c is { Type: ClaimTypes.AuthenticationMethod, Value: WithCode or WithPasskey });
            session = (await sessions.BeginAsync(user.Id, SessionKind.Browser, strong, Context.Connection.RemoteIpAddress?.ToString(),
                Context.Request.Headers.UserAgent.ToString(), Context.RequestAborted)).Id;
        }
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
    /// <param name="first">With what the user has come so far, for the audit log.</param>
    public Task RememberForCodeAsync(AppUser user, string first)
    {
        var identity = new ClaimsIdentity(IdentityConstants.TwoFactorUserIdScheme);
        identity.AddClaim(new Claim(ClaimTypes.Name, user.Id.ToString())); // where Identity looks for it
        identity.AddClaim(new Claim(FirstFactorClaim, first));
        return Context.SignInAsync(IdentityConstants.TwoFactorUserIdScheme, new ClaimsPrincipal(identity));
    }

    /// <summary>With what the user has come who gives a code now.</summary>
    public async Task<string> FirstFactorAsync() =>
        (await Context.AuthenticateAsync(IdentityConstants.TwoFactorUserIdScheme)).Principal?.FindFirstValue(FirstFactorClaim) ?? "password";

    public Task ForgetForCodeAsync() => Context.SignOutAsync(IdentityConstants.TwoFactorUserIdScheme);

    /// <summary>Makes this browser's cookie good again after the own user was changed; the session stays the same.</summary>
    public async Task RenewAsync(Guid userId)
    {
        if (await UserManager.FindByIdAsync(userId.ToString()) is { } user) await RefreshSignInAsync(user);
    }

    /// <summary>The passkey that the browser made, and for whom; null when it is not good, or came after 5 minutes.</summary>
    public async Task<(UserPasskeyInfo Key, Guid UserId)?> AttestAsync(string? credential)
    {
        var made = await WhileAskedAsync(credential, PerformPasskeyAttestationAsync);
        return made is { Succeeded: true } && Guid.TryParse(made.UserEntity.Id, out var user) ? (made.Passkey, user) : null;
    }

    /// <summary>Whose passkey the browser showed; null when it is not good, or came after 5 minutes.</summary>
    public async Task<(AppUser User, UserPasskeyInfo Key)?> AssertAsync(string? credential)
    {
        var shown = await WhileAskedAsync(credential, PerformPasskeyAssertionAsync);
        return shown is { Succeeded: true } ? (shown.User, shown.Passkey) : null;
    }

    /// <summary>Null where no passkey was asked for, or it was for something else: Identity takes that for a fault of the program.</summary>
    private static async Task<T?> WhileAskedAsync<T>(string? credential, Func<string, Task<T>> check) where T : class
    {
        if (string.IsNullOrEmpty(credential) || credential.Length > MaxCredential) return null;
        try
        {
            return await check(credential);
        }
        catch (InvalidOperationException e) when (e.InnerException is null) // those of a database that is away have one
        {
            return null;
        }
    }

    public override async Task SignOutAsync()
    {
        if (Caller.From(Context.User) is { SessionId: { } session }) await sessions.EndAsync(session, CancellationToken.None);
        await base.SignOutAsync();
    }
}
