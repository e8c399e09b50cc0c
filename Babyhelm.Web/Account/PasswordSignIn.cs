using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Audit;
using Microsoft.AspNetCore.Identity;

namespace Babyhelm.Web.Account;

/// <summary>What a sign-in came to. What is told apart is told only to who gave the right password.</summary>
internal enum SignInOutcome
{
    Done,

    /// <summary>No such account, wrong password or code, locked: nobody learns which.</summary>
    Refused,

    /// <summary>The password is right; a code of the authenticator app is needed.</summary>
    NeedsCode,

    /// <summary>The password is right; the address has to be confirmed first.</summary>
    NeedsConfirmation,

    /// <summary>The password is right; a second factor is required here, and the account's only one is a passkey.</summary>
    NeedsPasskey,

    /// <summary>The password is right; an admin asks for a new one.</summary>
    NeedsNewPassword,
}

/// <summary>
/// Signs a person in with e-mail and password, and a code where the account asks for one. Every refusal looks and takes
/// the same, whether the account is missing, locked or the password is wrong. All are in the audit log.
/// </summary>
internal sealed class PasswordSignIn(
    UserManager<AppUser> users, AccountSignIn signIn, SessionStore sessions, SignInAttempts attempts, OneTimeCodes codes, IPasswordHasher<AppUser> hasher,
    SignInLog log, RefusalCounts refusals, IHttpContextAccessor http)
{
    // Of a password nobody has; checked where there is nothing to check.
    private static string? _decoy;

    /// <summary>Signs a browser in, with a cookie; for <see cref="SignInOutcome.NeedsCode"/> with one that waits for the code.</summary>
    public async Task<SignInOutcome> ExecuteAsync(string? email, string? password, bool remember)
    {
        var (outcome, user) = await CheckPasswordAsync(email, password);
        if (outcome == SignInOutcome.NeedsCode) await signIn.RememberForCodeAsync(user!, "password");
        if (outcome != SignInOutcome.Done) return outcome;
        await signIn.SignInAsync(user!, remember, "pwd");
        await NoteAsync(user!, AuditOutcome.Done, "password");
        return SignInOutcome.Done;
    }

    /// <summary>Signs the browser in that gave its password before, with a code of the app or a recovery code.</summary>
    public async Task<SignInOutcome> ExecuteCodeAsync(string? code, string? recoveryCode, bool remember)
    {
        if (await signIn.GetTwoFactorAuthenticationUserAsync() is not { } user) return SignInOutcome.Refused; // that cookie has ended
        if (!await signIn.CanSignInAsync(user))
        {
            await NoteAsync(user, AuditOutcome.Refused, "locked, or asked for a new password, before the code came");
            return SignInOutcome.Refused;
        }
        if (!await CheckCodeAsync(user, code, recoveryCode)) return SignInOutcome.Refused;
        var first = await signIn.FirstFactorAsync();
        await signIn.ForgetForCodeAsync();
        await signIn.SignInAsync(user, remember, AccountSignIn.WithCode);
        await NoteAsync(user, AuditOutcome.Done, $"{first} and {(recoveryCode is null ? "code" : "recovery code")}");
        return SignInOutcome.Done;
    }

    /// <summary>Signs the browser in that shows a passkey of an account; the device has checked who holds it.</summary>
    public async Task<SignInOutcome> ExecutePasskeyAsync(string? credential)
    {
        if (await signIn.AssertAsync(credential) is not var (user, key))
        {
            refusals.Add(RefusalCounts.Passkey, http.HttpContext?.Connection.RemoteIpAddress);
            return SignInOutcome.Refused;
        }
        if (user.LockedAt is not null)
        {
            await NoteAsync(user, AuditOutcome.Refused, "locked by an administrator");
            return SignInOutcome.Refused;
        }
        if (user.MustResetPassword)
        {
            await NoteAsync(user, AuditOutcome.Refused, "passkey, needs a new password");
            return SignInOutcome.NeedsNewPassword;
        }
        if (!await signIn.CanSignInAsync(user))
        {
            await NoteAsync(user, AuditOutcome.Refused, "passkey, address not confirmed");
            return SignInOutcome.NeedsConfirmation;
        }
        // Its counter, which tells of copies. When it can't be kept, the user was changed meanwhile: removed this key, for example.
        if (!(await users.AddOrUpdatePasskeyAsync(user, key)).Succeeded)
        {
            await NoteAsync(user, AuditOutcome.Refused, "passkey, account changed meanwhile");
            return SignInOutcome.Refused;
        }
        await signIn.SignInAsync(user, isPersistent: false, AccountSignIn.WithPasskey);
        await NoteAsync(user, AuditOutcome.Done, "passkey");
        return SignInOutcome.Done;
    }

    /// <summary>The user whom these credentials belong to, with <see cref="SignInOutcome.Done"/>, and whether a code was among them; sets no cookie.</summary>
    public async Task<(SignInOutcome Outcome, AppUser? User, bool WithCode)> CheckAsync(string? email, string? password, string? code = null, string? recoveryCode = null)
    {
        var (outcome, user) = await CheckPasswordAsync(email, password);
        var (how, withCode) = ("password", outcome == SignInOutcome.NeedsCode && !(string.IsNullOrEmpty(code) && string.IsNullOrEmpty(recoveryCode)));
        if (withCode)
        {
            how = recoveryCode is null ? "password and code" : "password and recovery code";
            outcome = await CheckCodeAsync(user!, code, recoveryCode) ? SignInOutcome.Done : SignInOutcome.Refused;
        }
        if (outcome != SignInOutcome.Done) return (outcome, null, false);
        await NoteAsync(user!, AuditOutcome.Done, how);
        return (outcome, user, withCode);
    }

    private async Task<(SignInOutcome Outcome, AppUser? User)> CheckPasswordAsync(string? email, string? password)
    {
        if (!Passwords.IsPossible(password)) return (SignInOutcome.Refused, null);
        // PostgreSQL takes no NUL in text; no address has any other control character either.
        if (string.IsNullOrWhiteSpace(email) || email.Length > EmailAddress.MaxLength || email.Any(char.IsControl)) return (SignInOutcome.Refused, null);

        var user = await users.FindByEmailAsync(email.Trim());
        if (user?.PasswordHash is null || !await attempts.TryBeginAsync(user))
        {
            SpendTheSameTime(password!);
            if (user is not null) await NoteAsync(user, AuditOutcome.Refused, "locked for a while, or without a password");
            else refusals.Add(RefusalCounts.UnknownAddress, http.HttpContext?.Connection.RemoteIpAddress);
            return (SignInOutcome.Refused, null);
        }
        if (!await users.CheckPasswordAsync(user, password!))
        {
            await NoteAsync(user, AuditOutcome.Refused, "wrong password");
            return (SignInOutcome.Refused, null);
        }
        if (user.LockedAt is not null)
        {
            await NoteAsync(user, AuditOutcome.Refused, "locked by an administrator");
            return (SignInOutcome.Refused, null);
        }
        if (user.MustResetPassword) return await LackingAsync(user, SignInOutcome.NeedsNewPassword, "needs a new password");
        if (!await signIn.CanSignInAsync(user)) return await LackingAsync(user, SignInOutcome.NeedsConfirmation, "address not confirmed");
        if (await sessions.NeedsPasskeyAsync(user.Id, CancellationToken.None)) return await LackingAsync(user, SignInOutcome.NeedsPasskey, "needs the passkey");
        return user.TwoFactorEnabled ? (SignInOutcome.NeedsCode, user) : (SignInOutcome.Done, user);
    }

    /// <summary>The password was right and is not enough: nobody is locked out for trying it. No code is asked for here that could be guessed so.</summary>
    private async Task<(SignInOutcome Outcome, AppUser? User)> LackingAsync(AppUser user, SignInOutcome outcome, string what)
    {
        await attempts.SucceededAsync(user, signedIn: false);
        await NoteAsync(user, AuditOutcome.Refused, what);
        return (outcome, null);
    }

    /// <summary>Wrong codes count as wrong passwords do.</summary>
    private async Task<bool> CheckCodeAsync(AppUser user, string? code, string? recoveryCode)
    {
        if (await attempts.TryBeginAsync(user))
        {
            var right = string.IsNullOrWhiteSpace(recoveryCode)
                ? await codes.UseAsync(user, code)
                : recoveryCode.Length <= 32 && (await users.RedeemTwoFactorRecoveryCodeAsync(user, recoveryCode.Trim())).Succeeded;
            if (right) return true;
        }
        await NoteAsync(user, AuditOutcome.Refused, "wrong code");
        return false;
    }

    private Task NoteAsync(AppUser user, AuditOutcome outcome, string how) => log.NoteAsync(user, outcome, how, http.HttpContext?.Connection.RemoteIpAddress?.ToString());

    private void SpendTheSameTime(string password)
    {
        var nobody = new AppUser();
        _decoy ??= hasher.HashPassword(nobody, Guid.NewGuid().ToString());
        hasher.VerifyHashedPassword(nobody, _decoy, password);
    }
}
