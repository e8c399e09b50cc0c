using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Identity;

namespace Babyhelm.Core.Accounts;

/// <summary>
/// What people do before they are signed in: confirm an address, get a new password. What is asked for an address takes
/// the same time and answers the same, whether it has an account or not.
/// </summary>
public sealed class AccountRecovery(UserManager<AppUser> users, BabyhelmDbContext db, AccountMails mails, TimeProvider time)
{
    // Longer than looking up a user and writing a mail takes.
    private static readonly TimeSpan AnswerAfter = TimeSpan.FromMilliseconds(400);
    private static readonly Invalid BadLink = new("code", "This link is not valid (any more). Have a new one sent to you.");

    /// <summary>Mails a link to choose a new password, if the address has an account and none was mailed in the last 10 minutes.</summary>
    public Task ForgotPasswordAsync(string? email, string? address, CancellationToken cancellation) => EvenlyAsync(email, AccountMails.ResetSubject, async user =>
    {
        db.Add(AuditEntry.Of(Caller.Of(user, address), "user.forgot-password", Subject(user), time));
        return mails.Reset(db, user, await users.GeneratePasswordResetTokenAsync(user));
    }, cancellation);

    /// <summary>Mails the link that confirms an address once more, if it has an account that is not confirmed; also at most every 10 minutes.</summary>
    public Task ResendConfirmationAsync(string? email, CancellationToken cancellation) => EvenlyAsync(email, AccountMails.ConfirmSubject, async user =>
        user.EmailConfirmed ? null : mails.Confirm(db, user, await users.GenerateEmailConfirmationTokenAsync(user)), cancellation);

    /// <summary>Sets a new password by the link of a mail: all sessions end. Who reads the mailbox has confirmed the address.</summary>
    public async Task<Result<Done>> ResetPasswordAsync(Guid userId, string? code, string? password, string? address, CancellationToken cancellation)
    {
        if (Passwords.Problem(password) is { } bad) return new Invalid("password", bad);
        if (AccountMails.Decode(code) is not { } token || await users.FindByIdAsync(userId.ToString()) is not { } user) return BadLink;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var reset = await users.ResetPasswordAsync(user, token, password!);
        if (!reset.Succeeded)
            return reset.Errors.FirstOrDefault(e => e.Code.StartsWith("Password", StringComparison.Ordinal)) is { } weak
                ? new Invalid("password", weak.Description) : BadLink;
        (user.MustResetPassword, user.MustChangePassword, user.EmailConfirmed) = (false, false, true);
        // Where a code is needed too, whoever reads the mailbox must not win new tries at guessing it.
        if (!user.TwoFactorEnabled) (user.LockoutEnd, user.AccessFailedCount) = (null, 0);
        await users.UpdateAsync(user);
        await SessionStore.EndAllAsync(db, user.Id, keep: null, cancellation);
        db.Add(AuditEntry.Of(Caller.Of(user, address), "user.reset-password", Subject(user), time));
        var notice = mails.SecurityNotice(db, user, "Your password was changed");
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        await mails.HandOverAsync(notice, cancellation);
        return Done.Result;
    }

    public async Task<Result<Done>> ConfirmEmailAsync(Guid userId, string? code, string? address, CancellationToken cancellation)
    {
        if (AccountMails.Decode(code) is not { } token || await users.FindByIdAsync(userId.ToString()) is not { } user) return BadLink;
        if (user.EmailConfirmed) return Done.Result; // the link was opened twice
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!(await users.ConfirmEmailAsync(user, token)).Succeeded) return BadLink;
        db.Add(AuditEntry.Of(Caller.Of(user, address), "user.confirm-email", Subject(user), time));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return Done.Result;
    }

    /// <summary>Gives an account another address, by the link that was mailed there.</summary>
    public async Task<Result<Done>> ConfirmNewEmailAsync(Guid userId, string? newEmail, string? code, string? address, CancellationToken cancellation)
    {
        if (AccountMails.Decode(code) is not { } token || EmailAddress.Problem(newEmail) is not null
            || await users.FindByIdAsync(userId.ToString()) is not { } user) return BadLink;
        var old = user.Email!;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await RegisterUser.LockAsync(db, cancellation);
        var changed = await users.ChangeEmailAsync(user, newEmail!, token);
        if (changed.Succeeded) changed = await users.SetUserNameAsync(user, newEmail);
        if (!changed.Succeeded) return BadLink;
        db.Add(AuditEntry.Of(Caller.Of(user, address), "user.change-email", Subject(user), time) with { Changes = [new AuditChange("email", old, newEmail)] });
        var notice = mails.EmailChanged(db, old, newEmail!);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        await mails.HandOverAsync(notice, cancellation);
        return Done.Result;
    }

    private async Task EvenlyAsync(string? email, string subject, Func<AppUser, Task<OutgoingMail?>> write, CancellationToken cancellation)
    {
        var answer = Task.Delay(AnswerAfter, time, CancellationToken.None);
        email = email?.Trim();
        if (EmailAddress.Problem(email) is null && await users.FindByEmailAsync(email!) is { LockedAt: null } user) await OnceAsync(user, subject, write, cancellation);
        await answer;
    }

    private async Task OnceAsync(AppUser user, string subject, Func<AppUser, Task<OutgoingMail?>> write, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await mails.HadJustNowAsync(db, user, subject, cancellation) || await write(user) is not { } mail) return;
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        await mails.HandOverAsync(mail, cancellation);
    }

    private static string Subject(AppUser user) => $"user/{user.Email}";
}
