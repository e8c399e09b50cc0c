using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts;

/// <param name="Invitation">The token of an invitation's link; null without one.</param>
/// <param name="Address">Where the request came from.</param>
public sealed record Registration(string? Email, string? Password, string? Invitation = null, string? Address = null);

/// <summary>What a registration came to.</summary>
/// <param name="User">The user, who may sign in now. Null where the address has to be confirmed first: then the answer is
/// the same whether there was an account before or not, and the mail tells.</param>
public sealed record Registered(AppUser? User);

/// <summary>
/// Creates an account. The first one of an installation is the platform admin. Where mails are sent, an account has to
/// be confirmed before it can sign in; without, it can do so at once.
/// </summary>
public sealed class RegisterUser(
    UserManager<AppUser> users, BabyhelmDbContext db, Outbox outbox, AccountMails mails, TimeProvider time)
{
    // Any constant: two first registrations at once must not both become admin.
    private const long FirstUserLock = 0x626168656c6d01;
    private const string Taken = "This address already has an account. Sign in instead.";

    /// <summary>
    /// Answers <see cref="Invalid"/> with a fault per field (<c>email</c>, <c>password</c>), <see cref="Forbidden"/> where
    /// registration is closed to this person.
    /// </summary>
    public async Task<Result<Registered>> ExecuteAsync(Registration given, CancellationToken cancellation)
    {
        var email = given.Email?.Trim();
        if (Check(email, given.Password) is { Count: > 0 } faults) return new Invalid(faults);

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await LockAsync(db, cancellation);
        var first = !await db.Users.AnyAsync(cancellation);
        var invitation = await InvitationAsync(given.Invitation, email!, cancellation);
        if (!first && invitation is null && await WhyNotAsync(given.Invitation, cancellation) is { } closed) return closed;

        var (now, waits) = (time.GetUtcNow(), outbox.Sends && !first && invitation is null);
        var user = new AppUser
        {
            Id = Guid.CreateVersion7(),
            UserName = email,
            Email = email,
            Role = first ? PlatformRole.Admin : invitation?.Role ?? PlatformRole.User,
            // The link of an invitation came to that very address.
            EmailConfirmed = invitation is not null,
            CreatedAt = now,
            LastSignInAt = waits ? null : now, // whoever need not wait is signed in with the answer
        };
        var created = await users.CreateAsync(user, given.Password!);
        if (!created.Succeeded)
        {
            var problems = created.Errors.Select(ToFault).DistinctBy(f => f.Message).ToList();
            return waits && problems.All(f => f.Message == Taken) ? await TellOwnerAsync(email!, transaction, cancellation) : new Invalid(problems);
        }
        if (invitation is not null) await db.Set<Invitation>().Where(i => i.NormalizedEmail == invitation.NormalizedEmail).ExecuteDeleteAsync(cancellation);
        db.Add(AuditEntry.Of(Caller.Of(user, given.Address), "user.register", $"user/{user.Email}", time,
            detail: invitation is null ? null : $"invited by {invitation.InvitedBy}"));
        var mail = user.EmailConfirmed ? null : mails.Confirm(db, user, await users.GenerateEmailConfirmationTokenAsync(user));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        if (mail is not null) await mails.HandOverAsync(mail, cancellation);
        return new Registered(waits ? null : user);
    }

    /// <summary>
    /// One change at a time of who has an account, under what address, and who may make one, until the end of the transaction:
    /// of two for the same address the second sees what the first made. Taken after the lock of a project, where both are.
    /// </summary>
    internal static Task LockAsync(BabyhelmDbContext db, CancellationToken cancellation) =>
        db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({FirstUserLock})", cancellation);

    /// <summary>Why nobody without an invitation may make an account now, in words to show; null when anybody may.</summary>
    public async Task<Forbidden?> WhyNotAsync(string? invitation, CancellationToken cancellation)
    {
        if (!await db.Users.AnyAsync(cancellation)) return null;
        var mode = await db.Set<PlatformSettings>().Select(s => s.Registration).SingleAsync(cancellation);
        return mode == RegistrationMode.Open ? null
            : !string.IsNullOrEmpty(invitation) ? new Forbidden("This invitation is not valid (any more), or it is for another address. Ask for a new one.")
            : new Forbidden(mode == RegistrationMode.Invitation
                ? "Accounts are made by invitation here. Ask somebody who has one to invite you."
                : "Nobody can register here. Ask the administrator for an account.");
    }

    /// <summary>The address that an invitation's link is for; null when it is not good.</summary>
    public async Task<string?> InvitedAsync(string? token, CancellationToken cancellation) =>
        (await FindInvitationAsync(token, cancellation))?.Email;

    /// <summary>The best invitation of the address, where the link is one of that address: whoever has it reads the mailbox.</summary>
    private async Task<Invitation?> InvitationAsync(string? token, string email, CancellationToken cancellation) =>
        await FindInvitationAsync(token, cancellation) is { NormalizedEmail: var normalized } && normalized == EmailAddress.Normalize(email)
            ? await Good(db, time.GetUtcNow()).FirstOrDefaultAsync(i => i.NormalizedEmail == normalized, cancellation) : null;

    private async Task<Invitation?> FindInvitationAsync(string? token, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(token) || token.Length > 128) return null;
        var (hash, now) = (TokenHash.Of(token), time.GetUtcNow());
        return await Good(db, now).FirstOrDefaultAsync(i => i.TokenHash == hash, cancellation);
    }

    /// <summary>Invitations that let in now: those of admins while they are admins, those of others while registration is not closed. Of an address's those of admins first.</summary>
    internal static IQueryable<Invitation> Good(BabyhelmDbContext db, DateTimeOffset now) => db.Set<Invitation>().Where(i => i.ExpiresAt > now && (i.ByAdmin
        ? db.Users.Any(u => u.Id == i.InvitedById && u.Role == PlatformRole.Admin && u.LockedAt == null)
        : db.Set<PlatformSettings>().Any(s => s.Registration != RegistrationMode.Closed))).OrderByDescending(i => i.ByAdmin);

    /// <summary>The address is taken: its owner hears of it by mail, whoever asks sees what he would see with a new one.</summary>
    private async Task<Result<Registered>> TellOwnerAsync(
        string email, Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction, CancellationToken cancellation)
    {
        if (await users.FindByEmailAsync(email) is not { } owner) return new Invalid("email", Taken);
        if (await mails.HadJustNowAsync(db, owner, AccountMails.RegisteredSubject, cancellation)) return new Registered(null);
        var mail = mails.AlreadyRegistered(db, owner);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        await mails.HandOverAsync(mail, cancellation);
        return new Registered(null);
    }

    private static List<Fault> Check(string? email, string? password)
    {
        var faults = new List<Fault>();
        if (EmailAddress.Problem(email) is { } problem) faults.Add(new Fault("email", problem));
        if (Passwords.Problem(password) is { } bad) faults.Add(new Fault("password", bad));
        return faults;
    }

    private static Fault ToFault(IdentityError error) => error.Code switch
    {
        nameof(IdentityErrorDescriber.DuplicateEmail) or nameof(IdentityErrorDescriber.DuplicateUserName) => new Fault("email", Taken),
        _ when error.Code.StartsWith("Password", StringComparison.Ordinal) => new Fault("password", error.Description),
        _ => new Fault("email", error.Description),
    };
}
