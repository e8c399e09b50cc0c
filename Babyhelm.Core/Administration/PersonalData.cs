using System.Text.Json;
using System.Text.Json.Serialization;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Administration;

public sealed record StoredAccount(
    Guid Id, string Email, bool EmailConfirmed, PlatformRole Role, bool HasPassword, bool TwoFactor, DateTimeOffset CreatedAt, DateTimeOffset? LastSignInAt,
    DateTimeOffset? LockedAt, bool MustResetPassword, DateTimeOffset? LockedOutUntil, int WrongTries, ThemePreference Theme, string? TimeZone);

public sealed record StoredProject(string Project, ProjectRole Role);

public sealed record StoredInvitation(string Project, ProjectRole Role, string InvitedBy, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

public sealed record StoredPasskey(string? Name, DateTimeOffset CreatedAt);

/// <param name="Key">What the provider calls the user.</param>
public sealed record StoredProvider(string Provider, string Key);

public sealed record StoredMail(string To, string Subject, DateTimeOffset CreatedAt, DateTimeOffset? SentAt);

public sealed record StoredAct(DateTimeOffset At, string Actor, string? Address, string Action, string Subject, AuditOutcome Outcome, string? Detail, IReadOnlyList<AuditChange> Changes);

/// <summary>All that is stored about a user, but for secrets, which nobody can read again.</summary>
/// <param name="Audit">What the user did and what was done to the account, newest first, at most <see cref="PersonalData.MaxAudit"/>.</param>
/// <param name="AuditIsWhole">False when there is more.</param>
public sealed record StoredData(
    StoredAccount Account, IReadOnlyList<StoredProject> Projects, IReadOnlyList<StoredInvitation> Invitations, IReadOnlyList<SessionView> Sessions,
    IReadOnlyList<PersonalTokenView> Tokens, IReadOnlyList<StoredPasskey> Passkeys, IReadOnlyList<StoredProvider> Providers, IReadOnlyList<StoredMail> Mails,
    IReadOnlyList<StoredAct> Audit, bool AuditIsWhole);

/// <summary>What the deletion of the own account means.</summary>
/// <param name="OnlyOwnerOf">Projects that nobody else owns: these stand in its way.</param>
/// <param name="MemberOf">The other ones.</param>
public sealed record AccountEnding(
    string Email, bool HasPassword, IReadOnlyList<string> OnlyOwnerOf, IReadOnlyList<string> MemberOf, int Sessions, int Tokens, int Passkeys);

/// <summary>What is stored about the caller, for the caller.</summary>
public sealed class PersonalData(IDbContextFactory<BabyhelmDbContext> contexts)
{
    public const int MaxAudit = 20_000;
    private static readonly NotFound Gone = new("This account does not exist any more.");
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public async Task<Result<StoredData>> ReadAsync(Caller caller, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        var id = caller.UserId;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (await db.Users.AsNoTracking().FirstOrDefaultAsync(u => u.Id == id, cancellation) is not { } user) return Gone;
        var subject = $"user/{user.Email}";
        var audit = await db.Set<AuditEntry>().AsNoTracking().Where(e => e.UserId == id || e.Subject == subject).OrderByDescending(e => e.Id).Take(MaxAudit + 1)
            .Select(e => new StoredAct(e.At, e.Actor, e.Address, e.Action, e.Subject, e.Outcome, e.Detail, e.Changes)).ToListAsync(cancellation);
        return new StoredData(
            new StoredAccount(user.Id, user.Email!, user.EmailConfirmed, user.Role, user.PasswordHash is not null, user.TwoFactorEnabled, user.CreatedAt, user.LastSignInAt,
                user.LockedAt, user.MustResetPassword, user.LockoutEnd, user.AccessFailedCount, user.Theme, user.TimeZone),
            (await UserList.ProjectsAsync(db, id, cancellation)).ConvertAll(p => new StoredProject(p.Project, p.Role)),
            await (from i in db.Set<ProjectInvitation>()
                   join p in db.Set<Project>() on i.ProjectId equals p.Id
                   where i.NormalizedEmail == user.NormalizedEmail
                   orderby p.Name
                   select new StoredInvitation(p.Name, i.Role, i.InvitedBy, i.CreatedAt, i.ExpiresAt)).ToListAsync(cancellation),
            await db.Set<UserSession>().Where(s => s.UserId == id).OrderByDescending(s => s.LastSeenAt)
                .Select(s => new SessionView(s.Id, s.Kind, s.CreatedAt, s.LastSeenAt, s.Address, s.Agent, s.Id == caller.SessionId)).ToListAsync(cancellation),
            await db.Set<PersonalToken>().Where(t => t.UserId == id).OrderBy(t => t.Name)
                .Select(t => new PersonalTokenView(t.Id, t.Name, t.Start, t.Scope, t.ProjectId, t.CreatedAt, t.ExpiresAt, t.LastUsedAt)).ToListAsync(cancellation),
            await Passkeys(db, id).OrderBy(p => p.Data.CreatedAt).Select(p => new StoredPasskey(p.Data.Name, p.Data.CreatedAt)).ToListAsync(cancellation),
            await db.UserLogins.Where(l => l.UserId == id).OrderBy(l => l.LoginProvider)
                .Select(l => new StoredProvider(l.ProviderDisplayName ?? l.LoginProvider, l.ProviderKey)).ToListAsync(cancellation),
            await db.Set<OutgoingMail>().Where(m => m.To == user.Email).OrderByDescending(m => m.Id).Select(m => new StoredMail(m.To, m.Subject, m.CreatedAt, m.SentAt)).ToListAsync(cancellation),
            [.. audit.Take(MaxAudit)], audit.Count <= MaxAudit);
    }

    public async Task<Result<AccountEnding>> EndingAsync(Caller caller, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        var id = caller.UserId;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (await db.Users.AsNoTracking().FirstOrDefaultAsync(u => u.Id == id, cancellation) is not { } user) return Gone;
        var projects = await UserList.ProjectsAsync(db, id, cancellation);
        return new AccountEnding(user.Email!, user.PasswordHash is not null,
            [.. projects.Where(p => p.OnlyOwner).Select(p => p.Project)], [.. projects.Where(p => !p.OnlyOwner).Select(p => p.Project)],
            await db.Set<UserSession>().CountAsync(s => s.UserId == id, cancellation), await db.Set<PersonalToken>().CountAsync(t => t.UserId == id, cancellation),
            await Passkeys(db, id).CountAsync(cancellation));
    }

    public static byte[] ToJson(StoredData data) => JsonSerializer.SerializeToUtf8Bytes(data, Json);

    private static IQueryable<IdentityUserPasskey<Guid>> Passkeys(BabyhelmDbContext db, Guid id) =>
        db.Set<IdentityUserPasskey<Guid>>().AsNoTracking().Where(p => p.UserId == id);
}
