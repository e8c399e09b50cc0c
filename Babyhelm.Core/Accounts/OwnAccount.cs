using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts;

/// <summary>One of the user's sessions, as shown to the user.</summary>
public sealed record SessionView(Guid Id, SessionKind Kind, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, string? Address, string? Agent, bool Current);

/// <summary>The own account, as shown to its user.</summary>
public sealed record AccountView(
    string Email, bool EmailConfirmed, PlatformRole Role, bool HasPassword, bool TwoFactor, int RecoveryCodes, ThemePreference Theme, string? TimeZone, DateTimeOffset CreatedAt);

/// <summary>What an authenticator app needs.</summary>
/// <param name="Key">Base32.</param>
/// <param name="Uri">What its QR code holds: otpauth://totp/…</param>
public sealed record AuthenticatorKey(string Key, string Uri)
{
    private const string Issuer = "Babyhelm";

    internal static AuthenticatorKey Of(AppUser user, string key) => new(key, $"otpauth://totp/{Issuer}:{System.Uri.EscapeDataString(user.Email!)}?secret={key}&issuer={Issuer}&digits=6");
}

/// <summary>
/// What users do with their own account, in person. What weakens it or takes it over asks for the password once more,
/// where there is one.
/// </summary>
public sealed class OwnAccount(UserManager<AppUser> users, OneTimeCodes oneTime, IUserAuthenticatorKeyStore<AppUser> keys, SignInAttempts attempts, BabyhelmDbContext db, AccountMails mails, TimeProvider time)
{
    public const int RecoveryCodeCount = 10;
    private static readonly Conflict Changed = new("This changed meanwhile. Look again.", "changed");
    internal static readonly NotFound Gone = new("This account does not exist any more.");
    private static readonly Invalid WrongPassword = new("password", "This is not your password, or it was tried too often: then wait five minutes.");
    private static readonly TimeSpan FreshSignIn = TimeSpan.FromMinutes(10);
    private static readonly Conflict SignInAgain = new("Sign out and in again first: this needs a sign-in of the last 10 minutes.", "sign-in-again");

    public async Task<Result<AccountView>> GetAsync(Caller caller, CancellationToken cancellation)
    {
        if ((await FindAsync(caller)).Failed(out var error, out var user)) return error;
        return new AccountView(user.Email!, user.EmailConfirmed, user.Role, user.PasswordHash is not null, user.TwoFactorEnabled,
            user.TwoFactorEnabled ? await users.CountRecoveryCodesAsync(user) : 0, user.Theme, user.TimeZone, user.CreatedAt);
    }

    public Task<Result<Done>> SetPreferencesAsync(Caller caller, ThemePreference theme, string? timeZone, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return Task.FromResult<Result<Done>>(no);
        timeZone = string.IsNullOrWhiteSpace(timeZone) ? null : timeZone.Trim();
        if (timeZone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _))
            return Task.FromResult<Result<Done>>(new Invalid("timeZone", "There is no such time zone. Choose one like Europe/Berlin."));
        return ChangeAsync(caller, "user.preferences", async user =>
        {
            (user.Theme, user.TimeZone) = (theme, timeZone);
            return await users.UpdateAsync(user);
        }, cancellation: cancellation);
    }

    /// <summary>Keeps how the pages look; the time zone stays.</summary>
    public Task<Result<Done>> SetThemeAsync(Caller caller, ThemePreference theme, CancellationToken cancellation) =>
        ChangeAsync(caller, "user.preferences", user =>
        {
            user.Theme = theme;
            return users.UpdateAsync(user);
        }, cancellation: cancellation);

    /// <summary>Sets another password; all other sessions end. The first one of an account that came from a provider needs no old one.</summary>
    /// <param name="revokeTokens">Whether all personal access tokens go too; they stay otherwise.</param>
    public Task<Result<Done>> ChangePasswordAsync(Caller caller, string? old, string? password, bool revokeTokens, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return Task.FromResult<Result<Done>>(no);
        if (Passwords.Problem(password) is { } bad) return Task.FromResult<Result<Done>>(new Invalid("newPassword", bad));
        if (password == old) return Task.FromResult<Result<Done>>(new Invalid("newPassword", "This is the password that you have. Choose another."));
        return ChangeAsync(caller, "user.change-password", async user =>
            {
                user.MustChangePassword = false;
                var changed = user.PasswordHash is null ? await users.AddPasswordAsync(user, password!) : await users.ChangePasswordAsync(user, old ?? "", password!);
                // Whoever saw the key of an app that is not in use yet must not know the second factor later.
                if (changed.Succeeded && !user.TwoFactorEnabled) changed = await users.ResetAuthenticatorKeyAsync(user);
                if (!changed.Succeeded || !revokeTokens) return changed;
                var count = await db.Set<PersonalToken>().Where(t => t.UserId == user.Id).ExecuteDeleteAsync(cancellation);
                db.Add(AuditEntry.Of(caller, "user.revoke-tokens", Subject(user), time, detail: $"{count} tokens"));
                return changed;
            },
            "Your password was changed", endOthers: true, confirm: (true, old), cancellation: cancellation);
    }

    /// <summary>Mails a link to the new address; the account keeps the old one until it is opened.</summary>
    public async Task<Result<Done>> ChangeEmailAsync(Caller caller, string? password, string? newEmail, CancellationToken cancellation)
    {
        if ((await FindAsync(caller)).Failed(out var error, out var user)) return error;
        newEmail = newEmail?.Trim();
        if (EmailAddress.Problem(newEmail) is { } problem) return new Invalid("email", problem);
        if (await WhyNotConfirmedAsync(caller, user, password, cancellation) is { } unconfirmed) return unconfirmed;
        // Whether the address has an account, only its mailbox may learn: the link then does nothing.
        var mail = mails.ChangeEmail(db, user, newEmail!, await users.GenerateChangeEmailTokenAsync(user, newEmail!));
        db.Add(AuditEntry.Of(caller, "user.ask-change-email", Subject(user), time));
        await db.SaveChangesAsync(cancellation);
        await mails.HandOverAsync(mail, cancellation);
        return Done.Result;
    }

    /// <summary>A new key for an authenticator app, and the address that its QR code holds (otpauth://totp/…). One that was made before is worth nothing then.</summary>
    public async Task<Result<AuthenticatorKey>> BeginTwoFactorAsync(Caller caller, CancellationToken cancellation)
    {
        if ((await FindAsync(caller)).Failed(out var error, out var user)) return error;
        if (user.TwoFactorEnabled) return new Conflict("Two-factor sign-in is on already. Switch it off first to use another app.", "two-factor-on");
        // Whoever has no password confirms the end of it by having signed in just now: better told before the key is in an app.
        if (user.PasswordHash is null && await WhyNotConfirmedAsync(caller, user, null, cancellation) is { } unconfirmed) return unconfirmed;
        var key = users.GenerateNewAuthenticatorKey();
        // Not by Identity's reset: it would sign the user out elsewhere, for a key that is not in use yet.
        await keys.SetAuthenticatorKeyAsync(user, key, cancellation);
        var kept = await users.UpdateAsync(user);
        return kept.Succeeded ? AuthenticatorKey.Of(user, key) : Changed;
    }

    /// <summary>The key that was made last and is not in use yet, to show it again; <see cref="NotFound"/> without one.</summary>
    public async Task<Result<AuthenticatorKey>> PendingTwoFactorAsync(Caller caller)
    {
        if ((await FindAsync(caller)).Failed(out var error, out var user)) return error;
        return !user.TwoFactorEnabled && await users.GetAuthenticatorKeyAsync(user) is { Length: > 0 } key ? AuthenticatorKey.Of(user, key) : new NotFound("No two-factor sign-in is being set up.");
    }

    /// <summary>Switches two-factor sign-in on, with a code of the app; answers the recovery codes, which are shown once.</summary>
    public async Task<Result<IReadOnlyList<string>>> EnableTwoFactorAsync(Caller caller, string? password, string? code, CancellationToken cancellation)
    {
        IReadOnlyList<string> codes = [];
        var done = await ChangeAsync(caller, "user.two-factor-on", async user =>
        {
            if (!await oneTime.UseAsync(user, code))
                return IdentityResult.Failed(new IdentityError { Code = "code", Description = "This is not the code that the app shows now. Check the clock of your phone and try the next one." });
            var enabled = await users.SetTwoFactorEnabledAsync(user, true);
            if (!enabled.Succeeded) return enabled;
            codes = [.. (await users.GenerateNewTwoFactorRecoveryCodesAsync(user, RecoveryCodeCount))!];
            await SessionStore.NoteSecondFactorAsync(db, caller.SessionId, cancellation);
            return enabled;
        }, "Two-factor sign-in was switched on", endOthers: true, confirm: (true, password), cancellation: cancellation);
        return done.Ok(out _, out var error) ? codes.ToList() : error;
    }

    public Task<Result<Done>> DisableTwoFactorAsync(Caller caller, string? password, CancellationToken cancellation) =>
        ChangeAsync(caller, "user.two-factor-off", async user =>
        {
            var disabled = await users.SetTwoFactorEnabledAsync(user, false);
            if (disabled.Succeeded) disabled = await users.ResetAuthenticatorKeyAsync(user);
            await SessionStore.ForgetSecondFactorAsync(db, user.Id, cancellation);
            return disabled;
        }, "Two-factor sign-in was switched off", endOthers: true, confirm: (true, password), cancellation: cancellation);

    /// <summary>New recovery codes; the old ones stop working.</summary>
    public async Task<Result<IReadOnlyList<string>>> NewRecoveryCodesAsync(Caller caller, string? password, CancellationToken cancellation)
    {
        IReadOnlyList<string> codes = [];
        var done = await ChangeAsync(caller, "user.recovery-codes", async user =>
        {
            if (!user.TwoFactorEnabled) return IdentityResult.Failed(new IdentityError { Code = "code", Description = "Two-factor sign-in is off." });
            codes = [.. (await users.GenerateNewTwoFactorRecoveryCodesAsync(user, RecoveryCodeCount))!];
            return IdentityResult.Success;
        }, "New recovery codes were made", confirm: (true, password), cancellation: cancellation);
        return done.Ok(out _, out var error) ? codes.ToList() : error;
    }

    public async Task<Result<IReadOnlyList<SessionView>>> SessionsAsync(Caller caller, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        var now = time.GetUtcNow();
        return await db.Set<UserSession>().AsNoTracking().Where(s => s.UserId == caller.UserId && s.ExpiresAt > now).OrderByDescending(s => s.LastSeenAt)
            .Select(s => new SessionView(s.Id, s.Kind, s.CreatedAt, s.LastSeenAt, s.Address, s.Agent, s.Id == caller.SessionId)).ToListAsync(cancellation);
    }

    /// <summary>Ends one of the own sessions, the current one too.</summary>
    public async Task<Result<Done>> EndSessionAsync(Caller caller, Guid id, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await db.Set<UserSession>().Where(s => s.Id == id && s.UserId == caller.UserId).ExecuteDeleteAsync(cancellation) == 0)
            return new NotFound("There is no such session (any more).");
        db.Add(AuditEntry.Of(caller, "session.end", $"user/{caller.Email}", time));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return Done.Result;
    }

    /// <summary>Ends every session but this one; tokens and cookies elsewhere stop working at once, open pages within a minute.</summary>
    public Task<Result<Done>> SignOutElsewhereAsync(Caller caller, CancellationToken cancellation) =>
        ChangeAsync(caller, "session.end-all", _ => Task.FromResult(IdentityResult.Success), endOthers: true, cancellation: cancellation);

    /// <summary>One change of the own user: in a transaction, with the audit log and a mail that tells of it.</summary>
    /// <param name="notice">Subject of a mail that tells the user; null for none.</param>
    /// <param name="endOthers">Whether all sessions but this one end.</param>
    /// <param name="detail">For the audit log.</param>
    /// <param name="confirm">Whether the password is asked for, and the one that was given.</param>
    internal async Task<Result<Done>> ChangeAsync(
        Caller caller, string action, Func<AppUser, Task<IdentityResult>> change, string? notice = null, bool endOthers = false,
        (bool Needed, string? Password) confirm = default, string? detail = null, CancellationToken cancellation = default)
    {
        if ((await FindAsync(caller)).Failed(out var error, out var user)) return error;
        if (confirm.Needed && await WhyNotConfirmedAsync(caller, user, confirm.Password, cancellation) is { } unconfirmed) return unconfirmed;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var result = await change(user);
        if (result.Errors.Any(e => e.Code is nameof(IdentityErrorDescriber.ConcurrencyFailure) or nameof(IdentityErrorDescriber.LoginAlreadyAssociated))) return Changed;
        if (!result.Succeeded) return new Invalid([.. result.Errors.Select(ToFault).DistinctBy(f => f.Message)]);
        if (endOthers) await SessionStore.EndAllAsync(db, user.Id, caller.SessionId, cancellation);
        db.Add(AuditEntry.Of(caller, action, Subject(user), time, detail: detail));
        var mail = notice is null ? null : mails.SecurityNotice(db, user, notice);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        if (mail is not null) await mails.HandOverAsync(mail, cancellation);
        return Done.Result;
    }

    internal async Task<Result<AppUser>> FindAsync(Caller caller)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        return await users.FindByIdAsync(caller.UserId.ToString()) is { } user ? user : Gone;
    }

    /// <summary>
    /// Null when it is the user: the password is right, and guesses count as those at sign-in do. An account without one has
    /// to have signed in just now: a cookie that was left behind must not become a lasting way in.
    /// </summary>
    internal async Task<Error?> WhyNotConfirmedAsync(Caller caller, AppUser user, string? password, CancellationToken cancellation)
    {
        if (user.PasswordHash is null)
        {
            var since = time.GetUtcNow() - FreshSignIn;
            return await db.Set<UserSession>().AnyAsync(s => s.Id == caller.SessionId && s.CreatedAt >= since, cancellation) ? null : SignInAgain;
        }
        if (!Passwords.IsPossible(password)) return WrongPassword;
        if (await attempts.TryBeginAsync(user) && await users.CheckPasswordAsync(user, password!))
        {
            await attempts.SucceededAsync(user, signedIn: false);
            return null;
        }
        db.Add(AuditEntry.Of(caller, "user.confirm-password", Subject(user), time) with { Outcome = AuditOutcome.Refused });
        await db.SaveChangesAsync(cancellation);
        return WrongPassword;
    }

    private static Fault ToFault(IdentityError error) => new(
        error.Code.StartsWith("Password", StringComparison.Ordinal) ? "newPassword" : error.Code == "code" ? "code" : "password", error.Description);

    private static string Subject(AppUser user) => $"user/{user.Email}";
}
