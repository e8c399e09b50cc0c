using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Monitoring.Alerts.Channels;

/// <summary>How often members may have messages sent: a test or a retry of the same once in 10 s, and 10 within a minute in a project.</summary>
internal static class SendsByHand
{
    public const string Test = "alert-channel.test";
    public const string Retry = "alert-delivery.retry";

    private const int MaxInMinute = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>Stores the entry, by which the next are counted, before anything is sent; or answers <see cref="TooMany"/>. Needs no transaction around it.</summary>
    public static async Task<Result<Done>> ClaimAsync(BabyhelmDbContext db, AuditEntry entry, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        // One after the other in a project, or many at once would all count the same.
        await db.Database.ExecuteSqlAsync($"SELECT 1 FROM projects WHERE id = {entry.ProjectId} FOR NO KEY UPDATE", cancellation);
        var since = now - Minute;
        var recent = await db.Set<AuditEntry>().AsNoTracking().Where(e => e.ProjectId == entry.ProjectId && e.At > since && (e.Action == Test || e.Action == Retry))
            .Select(e => new { e.At, e.Subject }).ToListAsync(cancellation);
        if (recent.Any(e => e.Subject == entry.Subject && e.At > now - Pause)) return new TooMany($"This was sent just now. Try again in {Pause.TotalSeconds:0} s.", Pause);
        if (recent.Count >= MaxInMinute) return new TooMany($"A project sends at most {MaxInMinute} messages a minute by hand. Try again in a minute.", Minute);
        db.Add(entry);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return Done.Result;
    }
}
