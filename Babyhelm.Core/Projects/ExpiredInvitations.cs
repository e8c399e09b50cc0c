using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Projects;

/// <summary>Removes invitations into projects that nobody answered in time, once an hour.</summary>
internal sealed class ExpiredInvitations(IDbContextFactory<BabyhelmDbContext> contexts, TimeProvider time) : IWorkSource
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private DateTimeOffset _next;

    /// <summary>Has no work to hand out: what is over is deleted in one statement.</summary>
    public async Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (now < _next) return [];
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await db.Set<ProjectInvitation>().Where(i => i.ExpiresAt <= now).ExecuteDeleteAsync(cancellation);
        _next = now + Interval;
        return [];
    }
}
