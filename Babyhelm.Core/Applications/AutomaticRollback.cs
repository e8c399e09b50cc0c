using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Goes back to the release that is live when a newer one fails: as a new release, written in the transaction of the
/// failure, so that it happens once whatever dies in between.
/// </summary>
internal sealed partial class AutomaticRollback(ReleaseFactory releases, ClusterCache cache, SecretValues secrets, TimeProvider time, ILogger<AutomaticRollback> logger)
{
    /// <summary>Name of the actor in release lists and the audit log.</summary>
    public const string Actor = "Babyhelm";

    /// <summary>Adds the release to the context, which the caller saves; false where there is nothing to go back to.</summary>
    /// <param name="app">Tracked, and its row is locked.</param>
    /// <param name="failed">The release that has just failed.</param>
    public async Task<bool> AddAsync(BabyhelmDbContext db, Application app, Release failed, CancellationToken cancellation)
    {
        // A rollback that fails is not rolled back again: that would never end.
        if (!app.AutoRollback || app.DeletingSince is not null || app.LatestRelease != failed.Number || IsAutomatic(failed)) return false;
        var live = await db.Set<Release>().AsNoTracking()
            .Where(r => r.ApplicationId == app.Id && Release.InForce.Contains(r.State)).OrderByDescending(r => r.Number).FirstOrDefaultAsync(cancellation);
        if (live is null) return false;
        var project = await db.Set<Project>().AsNoTracking().FirstAsync(p => p.Id == app.ProjectId, cancellation);
        if (project.State == ProjectState.Deleting) return false;
        if (secrets.TryUnprotect(live.ProtectedSecrets) is not { } values)
        {
            LogImpossible(logger, project.Namespace, app.Name, live.Number, "its secrets can't be decrypted any more.");
            return false;
        }
        var plan = ReleasePlan.Repeat(live, values, null, Actor) with
        {
            Message = $"Release {failed.Number} failed: back to release {live.Number}",
        };
        plan = plan with { Spec = VolumeSizes.Keep(plan.Spec, cache.Get(project.Namespace, app.Name)) };
        var settings = await db.Set<PlatformSettings>().AsNoTracking().SingleAsync(cancellation);
        if (releases.Make(app, project.Name, project.Namespace, plan, settings).Failed(out var error, out var release))
        {
            LogImpossible(logger, project.Namespace, app.Name, live.Number, error.Message);
            return false;
        }
        db.Add(release);
        db.Add(new AuditEntry
        {
            At = time.GetUtcNow(),
            Actor = Actor,
            Action = "application.rollback",
            Subject = $"project/{project.Name}/app/{app.Name}",
            ProjectId = project.Id,
            Detail = $"release {release.Number}: {release.Spec.Image}, as release {live.Number}, because release {failed.Number} failed",
            Changes = SpecChanges.Between(failed.Spec, plan.Spec, secrets.TryUnprotect(failed.ProtectedSecrets) ?? new Dictionary<string, string>(), values),
        });
        LogRolledBack(logger, project.Namespace, app.Name, failed.Number, live.Number, release.Number);
        return true;
    }

    public static bool IsAutomatic(Release release) => release is { RollbackOf: not null, CreatedBy: Actor, CreatedById: null };

    [LoggerMessage(LogLevel.Information, "{Namespace}/{App} release {Failed} failed: back to release {Live} as release {Number}")]
    private static partial void LogRolledBack(ILogger logger, string @namespace, string app, int failed, int live, int number);

    [LoggerMessage(LogLevel.Warning, "{Namespace}/{App} could not go back to release {Live}: {Problem}")]
    private static partial void LogImpossible(ILogger logger, string @namespace, string app, int live, string problem);
}
