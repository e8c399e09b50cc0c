using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Forgets old releases as the platform's settings say. Never one that is in force or under way, never the one that was live before
/// it, and none whose objects may still be on the cluster.
/// </summary>
internal sealed class PruneReleases(IDbContextFactory<BabyhelmDbContext> contexts, TimeProvider time) : IWorkHandler, IWorkSource
{
    public const string WorkKind = "prune-releases";

    /// <summary>In one transaction.</summary>
    private const int Most = 500;

    public string Kind => WorkKind;

    public async Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var old = await OldAsync(db, cancellation);
        return [.. (await old.Select(r => r.ApplicationId).Distinct().ToListAsync(cancellation)).Select(id => new WorkItem(WorkKind, id))];
    }

    public async Task<TimeSpan?> RunAsync(Guid id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        // A rollback, which takes the same lock, finds its release or does not, but never half of it.
        var app = await db.Set<Application>().FromSql($"SELECT * FROM applications WHERE id = {id} FOR UPDATE").AsNoTracking().FirstOrDefaultAsync(cancellation);
        if (app is null) return null;
        var old = await (await OldAsync(db, cancellation)).Where(r => r.ApplicationId == id).OrderBy(r => r.Number).Select(r => new { r.Id, r.Number }).Take(Most).ToListAsync(cancellation);
        if (old.Count == 0) return null;
        var ids = old.Select(r => r.Id).ToList();
        await db.Set<Release>().Where(r => ids.Contains(r.Id)).ExecuteDeleteAsync(cancellation);
        var project = await db.Set<Project>().Where(p => p.Id == app.ProjectId).Select(p => p.Name).FirstAsync(cancellation);
        db.Add(new AuditEntry
        {
            At = time.GetUtcNow(),
            Actor = AutomaticRollback.Actor,
            Action = "application.prune-releases",
            Subject = $"project/{project}/app/{app.Name}",
            ProjectId = app.ProjectId,
            Detail = $"{old.Count} old releases between {old[0].Number} and {old[^1].Number}",
        });
        await db.SaveChangesAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Application, id, cancellation);
        await transaction.CommitAsync(cancellation);
        return old.Count == Most ? TimeSpan.Zero : null;
    }

    private async Task<IQueryable<Release>> OldAsync(BabyhelmDbContext db, CancellationToken cancellation)
    {
        var settings = await db.Set<PlatformSettings>().AsNoTracking().SingleAsync(cancellation);
        var (newest, days) = (settings.KeepReleases, settings.KeepReleaseDays);
        var before = time.GetUtcNow() - TimeSpan.FromDays(days);
        var all = db.Set<Release>();
        return
            from r in all
            join a in db.Set<Application>() on r.ApplicationId equals a.Id
            where a.DeletingSince == null && r.Number <= a.LatestRelease - newest && r.CreatedAt < before
                && !Release.InForce.Contains(r.State) && !Release.Underway.Contains(r.State)
                // What it left on the cluster was removed with a later one.
                && all.Any(p => p.ApplicationId == a.Id && p.PrunedAt != null && p.Number > r.Number)
                && (r.LiveAt == null || all.Any(n => n.ApplicationId == a.Id && n.LiveAt != null && n.Number > r.Number && !Release.InForce.Contains(n.State)))
            select r;
    }
}
