using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts.Tokens;

/// <summary>Finds out whom a bearer token belongs to, afresh each time: a locked user's or ended session's stops working at once.</summary>
public sealed class TokenSignIn(IDbContextFactory<BabyhelmDbContext> contexts, SessionStore sessions, AccessTokens access, TimeProvider time)
{
    public const string PersonalPrefix = "bhp_";
    private const int MaxLength = 2048;

    // When a token was last used is of interest to the minute; each request would be a write otherwise.
    private static readonly TimeSpan NoteInterval = TimeSpan.FromMinutes(1);

    /// <summary>Null for a token that is not good.</summary>
    /// <param name="address">Where the request came from.</param>
    public async Task<Caller?> FindAsync(string token, string? address, CancellationToken cancellation)
    {
        if (token.Length > MaxLength) return null;
        var caller = token.StartsWith(PersonalPrefix, StringComparison.Ordinal)
            ? await PersonalAsync(token, cancellation)
            : await SessionAsync(token, cancellation);
        return caller is null ? null : caller with { Address = address };
    }

    /// <summary>The caller as of now, whether by a cookie or a token; null once the session or token has ended or the user is locked.
    /// For what stays open: an access token may have ended meanwhile.</summary>
    public async Task<Caller?> RenewAsync(Caller caller, CancellationToken cancellation)
    {
        if (caller.SessionId is { } session)
            return await sessions.FindAsync(session, caller.UserId, cancellation) is { Due: DueStep.None } found ? caller with { IsAdmin = found.Role == PlatformRole.Admin } : null;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var user = await Good(db).Where(t => t.Token.Id == caller.TokenId).Select(t => t.User).FirstOrDefaultAsync(cancellation);
        return user?.Due(user.HasSecondFactor) == DueStep.None ? caller with { IsAdmin = user.Role == PlatformRole.Admin } : null;
    }

    private async Task<Caller?> SessionAsync(string token, CancellationToken cancellation)
    {
        if (await access.ReadAsync(token, cancellation) is not var (userId, sessionId)) return null;
        return await sessions.FindAsync(sessionId, userId, cancellation) is { } found
            ? new Caller(userId, found.Email, found.Role == PlatformRole.Admin) { SessionId = sessionId, Due = found.Due }
            : null;
    }

    private async Task<Caller?> PersonalAsync(string token, CancellationToken cancellation)
    {
        var (hash, now) = (TokenHash.Of(token), time.GetUtcNow());
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (await Good(db).FirstOrDefaultAsync(t => t.Token.Hash == hash, cancellation) is not { Token: var personal, User: var user }) return null;
        if (personal.LastUsedAt is not { } last || now - last >= NoteInterval)
            await db.Set<PersonalToken>().Where(t => t.Id == personal.Id).ExecuteUpdateAsync(set => set.SetProperty(t => t.LastUsedAt, now), cancellation);
        return new Caller(user.Id, user.Email, user.Role == PlatformRole.Admin)
        {
            Scope = personal.Scope,
            OnlyProject = personal.ProjectId,
            TokenId = personal.Id,
            Due = user.Due(user.HasSecondFactor),
        };
    }

    /// <summary>Personal tokens that work, each with its user.</summary>
    private IQueryable<TokenOfUser> Good(BabyhelmDbContext db)
    {
        var now = time.GetUtcNow();
        return from personal in db.Set<PersonalToken>().AsNoTracking()
               join user in UserStanding.Of(db) on personal.UserId equals user.Id
               where (personal.ExpiresAt == null || personal.ExpiresAt > now) && !user.Locked && !user.MustResetPassword
               select new TokenOfUser { Token = personal, User = user };
    }

    private sealed record TokenOfUser
    {
        public required PersonalToken Token { get; init; }
        public required UserStanding User { get; init; }
    }
}
