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

    public async Task<UserSession> BeginAsync(Guid userId, SessionKind kind, string? address, string? agent, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var session = Make(userId, kind, address, agent);
        db.Add(session);
        await db.SaveChangesAsync(cancellation);
        return session;
    }

    /// <summary>A session that the caller of this saves.</summary>
    internal UserSession Make(Guid userId, SessionKind kind, string? address, string? agent)
    {
        var now = time.GetUtcNow();
        return new UserSession
        {
            UserId = userId,
            Kind = kind,
            CreatedAt = now,
            LastSeenAt = now,
            ExpiresAt = now + Idle(kind),
            Address = address,
            Agent = Clean(agent),
        };
    }

    /// <summary>Whether the session lasts; notes that it was used, and so lengthens it.</summary>
    public async Task<bool> TouchAsync(Guid id, Guid userId, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var session = await db.Set<UserSession>().FirstOrDefaultAsync(s => s.Id == id && s.UserId == userId && s.ExpiresAt > now, cancellation);
        if (session is null) return false;
        session.LastSeenAt = now;
        session.ExpiresAt = Earlier(now + Idle(session.Kind), session.CreatedAt + Longest);
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

    public async Task EndAsync(Guid id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await db.Set<UserSession>().Where(s => s.Id == id).ExecuteDeleteAsync(cancellation);
    }

    /// <summary>Ends all sessions of a user, but for the one that is kept. Part of the transaction of <paramref name="db"/>.</summary>
    internal static Task<int> EndAllAsync(BabyhelmDbContext db, Guid userId, Guid? keep, CancellationToken cancellation) =>
        db.Set<UserSession>().Where(s => s.UserId == userId && s.Id != keep).ExecuteDeleteAsync(cancellation);

    private static TimeSpan Idle(SessionKind kind) => kind == SessionKind.Browser ? BrowserIdle : ApiIdle;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static string? Clean(string? agent)
    {
        if (string.IsNullOrWhiteSpace(agent)) return null;
        agent = new string([.. agent.Where(c => !char.IsControl(c) && !char.IsSurrogate(c))]);
        return agent.Length <= MaxAgentLength ? agent : agent[..MaxAgentLength];
    }
}
