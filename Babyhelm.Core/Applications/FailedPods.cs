using Babyhelm.Core.Audit;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Ends the pods of an application whose releases have all failed: nothing puts others in their place, and they would crash and
/// hold their share of the project's quota for ever. What they said is stored with the release.
/// </summary>
internal sealed partial class FailedPods(
    IDbContextFactory<BabyhelmDbContext> contexts, ReleaseApplier applier, ClusterCache cache, TimeProvider time, ILogger<FailedPods> logger)
{
    /// <summary>So long somebody may look into them: read their logs, open a terminal.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);

    /// <summary>Applications whose pods are to be ended now.</summary>
    public async Task<IReadOnlyList<Guid>> DueAsync(BabyhelmDbContext db, CancellationToken cancellation)
    {
        if (cache.Status is not { Synced: true, StaleSince: null }) return [];
        var before = time.GetUtcNow() - Kept;
        var failed = await (
            from a in db.Set<Application>().Where(a => a.DeletingSince == null && !a.Releases.Any(r => Release.InForce.Contains(r.State)))
            join p in db.Set<Project>().Where(p => p.State != ProjectState.Deleting) on a.ProjectId equals p.Id
            where a.Releases.Any(r => r.Number == a.LatestRelease && r.State == ReleaseState.Failed && r.PodsEndedAt == null && r.FinishedAt < before)
            select new { a.Id, a.Name, p.Namespace }).ToListAsync(cancellation);
        return [.. failed.Where(a => HasUseless(cache.Get(a.Namespace, a.Name))).Select(a => a.Id)];
    }

    /// <param name="latest">The application's latest release, where none of it is in force.</param>
    /// <returns>When to run again; null when nothing is left to do.</returns>
    public async Task<TimeSpan?> RunAsync(Application app, Project project, Release latest, CancellationToken cancellation)
    {
        if (latest is not { State: ReleaseState.Failed, PodsEndedAt: null } || !(latest.FinishedAt + Kept < time.GetUtcNow())) return null;
        var key = new AppKey(project.Namespace, app.Name);
        if (cache.Status is not { Synced: true, StaleSince: null } || !HasUseless(cache.Get(key))) return null;
        if ((await applier.ApplyWithoutPodsAsync(latest, cancellation)).Error is { } error)
        {
            LogNotEnded(logger, key, latest.Number, error.Message);
            return Retry;
        }
        await SaveAsync(project, app, latest, cancellation);
        LogEnded(logger, key, latest.Number);
        return null;
    }

    /// <summary>Pods that came up after all are left alone: they may be answering.</summary>
    internal static bool HasUseless(AppObjects objects) => objects.Deployment is { Spec.Replicas: not 0 } && !objects.Pods.Any(ReleaseView.IsReady);

    private async Task SaveAsync(Project project, Application app, Release release, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = time.GetUtcNow();
        var saved = await db.Set<Release>().Where(r => r.Id == release.Id && r.PodsEndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.PodsEndedAt, now), cancellation);
        if (saved == 0) return;
        db.Add(new AuditEntry
        {
            At = now,
            Actor = AutomaticRollback.Actor,
            Action = "application.end-pods",
            Subject = $"project/{project.Name}/app/{app.Name}",
            ProjectId = project.Id,
            Detail = $"release {release.Number} failed, and no earlier one is live",
        });
        await db.SaveChangesAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Application, app.Id, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    [LoggerMessage(LogLevel.Information, "The pods of {App} were ended: release {Number} failed, and no earlier one is live")]
    private static partial void LogEnded(ILogger logger, AppKey app, int number);

    [LoggerMessage(LogLevel.Warning, "The pods of {App}, whose release {Number} failed, could not be ended: {Problem}")]
    private static partial void LogNotEnded(ILogger logger, AppKey app, int number, string problem);
}
