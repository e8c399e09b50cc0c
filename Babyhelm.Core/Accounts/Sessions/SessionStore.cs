using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts.Sessions;

/// <summary>Begins, checks and ends sessions. An ended session is a deleted row: whatever refers to it stops working.</summary>
public sealed class SessionStore(IDbContextFactory<BabyhelmDbContext> contexts, TimeProvider time)
{
    /// <summary>How long a browser's session lasts after it was last used; the cookie lasts as long.</summary>
    public static readonly TimeSpan BrowserIdle = TimeSpan.FromDays(14);

    /// <summary>How long a client of the API may stay away before it has to sign in again.</summary>
    public static readonly TimeSpan ApiIdle = TimeSpan.FromDays(30);

    /// <summary>No session lasts longer, however often it is used.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(90);

    private const int MaxAgentLength = 256;

    /// <param name="secondFactor">Whether a code or a passkey was shown.</param>
    public async Task<UserSession> BeginAsync(Guid userId, SessionKind kind, bool secondFactor, string? address, string? agent, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var session = Make(userId, kind, secondFactor, address, agent);
        db.Add(session);
        await db.SaveChangesAsync(cancellation);
        return session;
    }

    /// <summary>A session that the caller of this saves.</summary>
    internal UserSession Make(Guid userId, SessionKind kind, bool secondFactor, string? address, string? agent)
    {
        var now = time.GetUtcNow();
        return new UserSession
        {
            UserId = userId,
            Kind = kind,
            SecondFactor = secondFactor,
            CreatedAt = now,
            LastSeenAt = now,
            ExpiresAt = now + Idle(kind),
            Address = address,
            Agent = Clean(agent),
        };
    }

    /// <summary>
    /// The session as it stands now; null when it has ended or its user is locked. Null also where a second factor is asked
    /// for, the user has one, and it was not shown in this session: who has one signs in with it.
    /// </summary>
    public async Task<SessionStanding?> FindAsync(Guid id, Guid userId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await FindAsync(db, id, userId, time.GetUtcNow(), cancellation);
    }

    /// <summary>The same, as the transaction of <paramref name="db"/> sees it.</summary>
    internal static async Task<SessionStanding?> FindAsync(BabyhelmDbContext db, Guid id, Guid userId, DateTimeOffset now, CancellationToken cancellation)
    {
        var found = await (
            from session in db.Set<UserSession>()
            join user in UserStanding.Of(db) on session.UserId equals user.Id
            where session.Id == id && user.Id == userId && session.ExpiresAt > now && !user.Locked
            select new { session.SecondFactor, User = user }).FirstOrDefaultAsync(cancellation);
        if (found is null) return null;
        var due = found.User.Due(found.SecondFactor);
        return due == DueStep.SecondFactor && found.User.HasSecondFactor ? null : new SessionStanding(userId, found.User.Email, found.User.Role, due);
    }

    /// <summary>Whether the settings ask for a second factor, and the user's only one is a passkey: a password or a provider is not enough then.</summary>
    public async Task<bool> NeedsPasskeyAsync(Guid userId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await UserStanding.Of(db).AnyAsync(u => u.Id == userId && u.Asked && !u.TwoFactor && u.Passkey, cancellation);
    }

    /// <summary>Whether the session lasts; notes that it was used, and so lengthens it.</summary>
    public async Task<bool> TouchAsync(Guid id, Guid userId, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var session = await db.Set<UserSession>().FirstOrDefaultAsync(s => s.Id == id && s.UserId == userId && s.ExpiresAt > now, cancellation);
        if (session is null) return false;
        Use(session, now);
        try
        {
            await db.SaveChangesAsync(cancellation);
            return true;
        }
        catch (DbUpdateConcurrencyException)
        {
            return false; // ended meanwhile
        }
    }

    /// <summary>Notes the use of a session that the caller of this saves.</summary>
    internal static void Use(UserSession session, DateTimeOffset now)
    {
        session.LastSeenAt = now;
        session.ExpiresAt = Earlier(now + Idle(session.Kind), session.CreatedAt + Longest);
    }

    public async Task EndAsync(Guid id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await db.Set<UserSession>().Where(s => s.Id == id).ExecuteDeleteAsync(cancellation);
    }

    /// <summary>Ends the caller's own session, and notes it. Not for tokens, which have none.</summary>
    public async Task<Result<Done>> SignOutAsync(Caller caller, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await db.Set<UserSession>().Where(s => s.Id == caller.SessionId && s.UserId == caller.UserId).ExecuteDeleteAsync(cancellation) == 0) return Done.Result;
        db.Add(AuditEntry.Of(caller, "user.sign-out", $"user/{caller.Email}", time));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return Done.Result;
    }

    /// <summary>Ends all sessions of a user, but for the one that is kept. Part of the transaction of <paramref name="db"/>.</summary>
    internal static Task<int> EndAllAsync(BabyhelmDbContext db, Guid userId, Guid? keep, CancellationToken cancellation) =>
        db.Set<UserSession>().Where(s => s.UserId == userId && s.Id != keep).ExecuteDeleteAsync(cancellation);

    /// <summary>A second factor was set up in this session. Part of the transaction of <paramref name="db"/>.</summary>
    internal static Task<int> NoteSecondFactorAsync(BabyhelmDbContext db, Guid? id, CancellationToken cancellation) =>
        db.Set<UserSession>().Where(s => s.Id == id).ExecuteUpdateAsync(set => set.SetProperty(s => s.SecondFactor, true), cancellation);

    /// <summary>A factor was removed: where it was the last one, the user's sessions have none any more. Part of the transaction of <paramref name="db"/>.</summary>
    internal static Task<int> ForgetSecondFactorAsync(BabyhelmDbContext db, Guid userId, CancellationToken cancellation)
    {
        var without = UserStanding.Of(db).Where(u => u.Id == userId && !u.TwoFactor && !u.Passkey).Select(u => u.Id);
        return db.Set<UserSession>().Where(s => without.Contains(s.UserId)).ExecuteUpdateAsync(set => set.SetProperty(s => s.SecondFactor, false), cancellation);
    }

    private static TimeSpan Idle(SessionKind kind) => kind == SessionKind.Browser ? BrowserIdle : ApiIdle;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static string? Clean(string? agent)
    {
        if (string.IsNullOrWhiteSpace(agent)) return null;
        agent = new string([.. agent.Where(c => !char.IsControl(c) && !char.IsSurrogate(c))]);
        return agent.Length <= MaxAgentLength ? agent : agent[..MaxAgentLength];
    }
}
