using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts;

/// <summary>Removes sessions, with their refresh tokens, and invitations that are over; personal tokens a month later, so that their owner sees why they stopped.</summary>
internal sealed class ExpiredAccounts(IDbContextFactory<BabyhelmDbContext> contexts, TimeProvider time) : IWorkSource
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan KeepTokens = TimeSpan.FromDays(30);
    private DateTimeOffset _next;

    /// <summary>Has no work to hand out: what is over is deleted in three statements, once an hour.</summary>
    public async Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (now < _next) return [];
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var tokens = now - KeepTokens;
        await db.Set<UserSession>().Where(s => s.ExpiresAt <= now).ExecuteDeleteAsync(cancellation);
        await db.Set<Invitation>().Where(i => i.ExpiresAt <= now).ExecuteDeleteAsync(cancellation);
        await db.Set<PersonalToken>().Where(t => t.ExpiresAt <= tokens).ExecuteDeleteAsync(cancellation);
        _next = now + Interval;
        return [];
    }
}
