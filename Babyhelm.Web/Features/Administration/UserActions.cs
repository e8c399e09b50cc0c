using Babyhelm.Core.Accounts;
using Babyhelm.Core.Administration;
using Babyhelm.Core.Common;

namespace Babyhelm.Web.Features.Administration;

/// <summary>Something a platform admin can do with a user.</summary>
/// <param name="Consequence">What it does, before it is done.</param>
/// <param name="Confirm">Question of the dialog that comes first; null where none is needed.</param>
/// <param name="WhyNot">Why it can't be done; null when it can.</param>
public sealed record UserAction(
    string Id, string Verb, string Consequence, string? Confirm, string? WhyNot, Func<UserAdministration, Caller, CancellationToken, Task<Result<Done>>> Run)
{
    public bool IsDanger => Confirm is not null;
}

/// <summary>What a platform admin can do with one user as things are, and why not. The commands decide; this says it before.</summary>
public static class UserActions
{
    public const string LastAdmin = "This is the last platform admin. Make somebody else an admin first.";

    public static IReadOnlyList<UserAction> Of(UserDetail detail)
    {
        var (user, id) = (detail.User, detail.User.Id);
        var last = detail.LastAdmin ? LastAdmin : null;
        return
        [
            user.LockedAt is null
                ? new("lock", "Lock", "Keeps the user out: every session and token stops working at once, open pages close within a minute.", $"Lock {user.Email}?", last,
                    (users, caller, cancellation) => users.LockAsync(caller, id, cancellation))
                : new("unlock", "Unlock", "Lets the user sign in again.", null, null, (users, caller, cancellation) => users.UnlockAsync(caller, id, cancellation)),
            user.Role == PlatformRole.User
                ? new("promote", "Make a platform admin", "An admin manages users, settings and the cluster, and sees every project.", $"Make {user.Email} a platform admin?", null,
                    (users, caller, cancellation) => users.SetRoleAsync(caller, id, PlatformRole.Admin, cancellation))
                : new("demote", "Make an ordinary user", "Takes the administration away; memberships in projects stay.", $"Make {user.Email} an ordinary user?", last,
                    (users, caller, cancellation) => users.SetRoleAsync(caller, id, PlatformRole.User, cancellation)),
            new("confirm", "Confirm the address", "For somebody whose confirmation mail never came. Be sure that the address is theirs: invitations to it can be accepted then.", null,
                user.EmailConfirmed ? "The address is confirmed." : null, (users, caller, cancellation) => users.ConfirmAsync(caller, id, cancellation)),
            new("two-factor-reset", "Remove the second factors", "For somebody who lost the phone and the recovery codes, or a passkey, or from whom one was stolen. Switches two-factor sign-in off, removes every passkey and ends every session; the user is told by mail.",
                $"Remove the second factors of {user.Email}?", user.TwoFactor || detail.Passkeys > 0 ? null : "Two-factor sign-in is off, and there is no passkey.",
                (users, caller, cancellation) => users.ResetTwoFactorAsync(caller, id, cancellation)),
            new("end-sessions", "Sign out everywhere", "Ends every session, in browsers and over the API; the password and the tokens stay good.", $"Sign {user.Email} out everywhere?",
                detail.Sessions == 0 ? "Signed in nowhere." : null, (users, caller, cancellation) => users.EndSessionsAsync(caller, id, cancellation)),
            new("revoke-tokens", "Revoke the tokens", $"{Tokens(detail.Tokens)} working at once, for example after one leaked. The user can make new ones.", $"Revoke all tokens of {user.Email}?",
                detail.Tokens == 0 ? "There are none." : null, (users, caller, cancellation) => users.RevokeTokensAsync(caller, id, cancellation)),
            new("password-reset", "Ask for a new password", "The old password stops working and every session ends; the user gets a mail with a link to choose a new one.", $"Ask {user.Email} for a new password?",
                user.MustResetPassword ? "Asked for already." : last, (users, caller, cancellation) => users.ForcePasswordResetAsync(caller, id, cancellation)),
        ];
    }

    private static string Tokens(int count) => count switch
    {
        0 => "Personal access tokens stop",
        1 => "The personal access token stops",
        _ => $"All {count} personal access tokens stop",
    };
}
