using Babyhelm.Core.Applications;
using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Monitoring.Alerts.Evaluation;

/// <summary>An application as its rules look at it.</summary>
/// <param name="IsCron">It runs by schedule: nothing has to be up.</param>
/// <param name="IsLive">A release of it is live.</param>
/// <param name="Failed">Its last deploy that failed with no other after it, an automatic rollback aside; null where it did not.</param>
internal sealed record WatchedApp(Guid Id, string Name, bool IsCron, bool IsLive, FailedDeploy? Failed);

/// <param name="Number">Of the release.</param>
/// <param name="Title">Why, by the diagnosis; null where there is none.</param>
/// <param name="RolledBack">The release before it runs again.</param>
internal sealed record FailedDeploy(int Number, string? Title, bool RolledBack);

internal sealed record WatchedProject(Guid Id, string Name, string Namespace, IReadOnlyList<WatchedApp> Apps, RuleBook Rules)
{
    public WatchedApp? App(string? name) => name is null ? null : Apps.FirstOrDefault(a => a.Name == name);
}

/// <summary>Reads what there is to be watched.</summary>
internal static class Watched
{
    /// <summary>A failed deploy that Babyhelm rolled back by itself is told for so long.</summary>
    private static readonly TimeSpan RolledBackShows = TimeSpan.FromMinutes(30);

    /// <summary>Projects that are ready: the namespace of one that is not may be somebody else's.</summary>
    public static async Task<IReadOnlyList<WatchedProject>> ReadAsync(BabyhelmDbContext db, DateTimeOffset now, CancellationToken cancellation)
    {
        var projects = await db.Set<Project>().AsNoTracking().Where(p => p.State == ProjectState.Ready)
            .Select(p => new { p.Id, p.Name, p.Namespace }).ToListAsync(cancellation);
        var apps = (await db.Set<Application>().AsNoTracking().Where(a => a.DeletingSince == null).Select(a => new
        {
            a.Id,
            a.ProjectId,
            a.Name,
            a.Spec,
            Last = a.Releases.OrderByDescending(r => r.Number).Select(r => new { r.Number, r.State, r.Diagnosis, r.FinishedAt, r.RollbackOf, r.CreatedById }).Take(2).ToList(),
            IsLive = a.Releases.Any(r => r.State == ReleaseState.Live),
        }).ToListAsync(cancellation)).ToLookup(a => a.ProjectId, a =>
        {
            var failed = a.Last.Count > 0 && a.Last[0].State == ReleaseState.Failed ? new FailedDeploy(a.Last[0].Number, a.Last[0].Diagnosis?.Title, false)
                : a.Last is [{ RollbackOf: not null, CreatedById: null }, { State: ReleaseState.Failed } before] && before.FinishedAt > now - RolledBackShows
                    ? new FailedDeploy(before.Number, before.Diagnosis?.Title, true) : null;
            return new WatchedApp(a.Id, a.Name, a.Spec.Kind == Manifests.AppKind.Cron, a.IsLive, failed);
        });
        var rules = (await db.Set<AlertRule>().AsNoTracking().ToListAsync(cancellation)).ToLookup(r => r.ProjectId);
        return [.. projects.Select(p => new WatchedProject(p.Id, p.Name, p.Namespace, [.. apps[p.Id]], new RuleBook(rules[p.Id])))];
    }
}
