using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts.Tokens;

/// <summary>Finds out whom a bearer token belongs to, afresh each time: a locked user's or ended session's stops working at once.</summary>
public sealed class TokenSignIn(IDbContextFactory<BabyhelmDbContext> contexts, AccessTokens access, TimeProvider time)
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
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var role = await db.Users.Where(u => u.Id == caller.UserId && u.LockedAt == null && (
            db.Set<UserSession>().Any(s => s.Id == caller.SessionId && s.UserId == u.Id && s.ExpiresAt > now)
            || (!u.MustResetPassword && db.Set<PersonalToken>().Any(t => t.Id == caller.TokenId && t.UserId == u.Id && (t.ExpiresAt == null || t.ExpiresAt > now)))))
            .Select(u => (PlatformRole?)u.Role).FirstOrDefaultAsync(cancellation);
        return role is null ? null : caller with { IsAdmin = role == PlatformRole.Admin };
    }

    private async Task<Caller?> SessionAsync(string token, CancellationToken cancellation)
    {
        if (await access.ReadAsync(token, cancellation) is not var (userId, sessionId)) return null;
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var found = await (
            from session in db.Set<UserSession>()
            join user in db.Users on session.UserId equals user.Id
            where session.Id == sessionId && user.Id == userId && session.ExpiresAt > now && user.LockedAt == null
            select new { user.Email, user.Role }).FirstOrDefaultAsync(cancellation);
        return found is null ? null : new Caller(userId, found.Email!, found.Role == PlatformRole.Admin) { SessionId = sessionId };
    }

    private async Task<Caller?> PersonalAsync(string token, CancellationToken cancellation)
    {
        var (hash, now) = (TokenHash.Of(token), time.GetUtcNow());
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var found = await (
            from personal in db.Set<PersonalToken>()
            join user in db.Users on personal.UserId equals user.Id
            where personal.Hash == hash && (personal.ExpiresAt == null || personal.ExpiresAt > now) && user.LockedAt == null && !user.MustResetPassword
            select new { personal.Id, personal.Scope, personal.ProjectId, personal.LastUsedAt, UserId = user.Id, user.Email, user.Role }).FirstOrDefaultAsync(cancellation);
        if (found is null) return null;
        if (found.LastUsedAt is not { } last || now - last >= NoteInterval)
            await db.Set<PersonalToken>().Where(t => t.Id == found.Id).ExecuteUpdateAsync(set => set.SetProperty(t => t.LastUsedAt, now), cancellation);
        return new Caller(found.UserId, found.Email!, found.Role == PlatformRole.Admin) { Scope = found.Scope, OnlyProject = found.ProjectId, TokenId = found.Id };
    }
}
