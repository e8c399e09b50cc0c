using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts.Tokens;

/// <param name="ExpiresIn">Seconds until the access token ends.</param>
public sealed record TokenPair(string AccessToken, string RefreshToken, int ExpiresIn)
{
    public string TokenType => "Bearer";
}

/// <summary>Sessions of API clients: a short access token, and a refresh token that is good once.</summary>
public sealed class ApiSessions(
    IDbContextFactory<BabyhelmDbContext> contexts, SessionStore sessions, AccessTokens access, TimeProvider time)
{
    private const string Prefix = "bhr_";
    private static readonly Forbidden Refused = new("This refresh token is not valid (any more). Sign in again.");

    /// <summary>Begins a session for a user whose credentials were checked.</summary>
    /// <param name="secondFactor">Whether a code was shown.</param>
    public async Task<TokenPair> BeginAsync(AppUser user, bool secondFactor, string? address, string? agent, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var session = sessions.Make(user.Id, SessionKind.Api, secondFactor, address, agent);
        db.Add(session);
        return await IssueAsync(db, session, cancellation);
    }

    /// <summary>
    /// Exchanges a refresh token for a new pair. A token that comes a second time was stolen from its owner, or by its
    /// owner's client used twice: the whole session ends, whoever has its tokens.
    /// </summary>
    public async Task<Result<TokenPair>> RefreshAsync(string? token, string? address, CancellationToken cancellation)
    {
        if (token is null || !token.StartsWith(Prefix, StringComparison.Ordinal) || token.Length > 128) return Refused;
        var (hash, now) = (TokenHash.Of(token), time.GetUtcNow());
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        // Of two uses at once, the second waits for the first and sees that it was used.
        var found = await db.Set<RefreshToken>().FromSql($"SELECT * FROM refresh_tokens WHERE hash = {hash} FOR UPDATE").FirstOrDefaultAsync(cancellation);
        if (found is null) return Refused;
        var session = await db.Set<UserSession>().FirstOrDefaultAsync(s => s.Id == found.SessionId, cancellation);
        var user = session is null ? null : await db.Users.AsNoTracking().FirstOrDefaultAsync(u => u.Id == session.UserId, cancellation);
        if (session is null || user is null) return Refused;
        if (found.UsedAt is not null)
        {
            db.Remove(session);
            db.Add(AuditEntry.Of(Caller.Of(user, address), "session.refresh-reused", $"user/{user.Email}", time) with { Outcome = AuditOutcome.Refused });
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            return Refused;
        }
        if (session.ExpiresAt <= now || user.LockedAt is not null) return Refused;
        found.UsedAt = now;
        SessionStore.Use(session, now);
        var pair = await IssueAsync(db, session, cancellation);
        await transaction.CommitAsync(cancellation);
        return pair;
    }

    private async Task<TokenPair> IssueAsync(BabyhelmDbContext db, UserSession session, CancellationToken cancellation)
    {
        var refresh = TokenHash.NewToken(Prefix);
        db.Add(new RefreshToken { Hash = TokenHash.Of(refresh), SessionId = session.Id, CreatedAt = time.GetUtcNow() });
        await db.SaveChangesAsync(cancellation);
        return new TokenPair(await access.MakeAsync(session.UserId, session.Id, cancellation), refresh, (int)AccessTokens.Lifetime.TotalSeconds);
    }
}
