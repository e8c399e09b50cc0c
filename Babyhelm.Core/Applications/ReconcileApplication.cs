using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Background work, one at a time per application: looks at what the database says and brings the cluster there. Applies
/// the latest release, removes what earlier ones left behind, puts back what vanished, ends what failed, or deletes everything.
/// </summary>
internal sealed class ReconcileApplication(
    IDbContextFactory<BabyhelmDbContext> contexts, NamespaceProvisioner namespaces, ReleaseApplier applier,
    ReleaseTransitions transitions, ReleaseEnding ending, DriftKeeper drift, FailedPods failed, ClusterCache cache, ReleaseBoard board, TimeProvider time) : IWorkHandler, IWorkSource
{
    public const string WorkKind = "reconcile-application";
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    // Somebody has to change something before it can work.
    private static readonly TimeSpan LongRetry = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan DeletePoll = TimeSpan.FromSeconds(1);

    // What was just applied may not have reached the cache.
    private static readonly TimeSpan CacheDelay = TimeSpan.FromSeconds(5);

    private static readonly Step Done = new(null);

    public string Kind => WorkKind;

    /// <param name="Again">When to run again; null when nothing is left to do.</param>
    /// <param name="Problem">See <see cref="Application.Problem"/>.</param>
    private sealed record Step(TimeSpan? Again, string? Problem = null)
    {
        public static implicit operator Step(TimeSpan? again) => new(again);

        /// <param name="what">A sentence, or nothing where the application's state says it.</param>
        public static Step HeldUp(Error error, string what) =>
            new(ApplyRetries.Of(error) == ApplyAnswer.Waits ? Retry : LongRetry, what.Length == 0 ? error.Public : $"{what} {error.Public}");
    }

    public async Task<TimeSpan?> RunAsync(Guid id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var app = await db.Set<Application>().AsNoTracking().FirstOrDefaultAsync(a => a.Id == id, cancellation);
        if (app is null) return null;
        var project = await db.Set<Project>().AsNoTracking().FirstAsync(p => p.Id == app.ProjectId, cancellation);
        if (project.State == ProjectState.Deleting) return null; // the namespace goes as a whole
        var step = app.DeletingSince is null ? await StepAsync(db, project, app, cancellation) : await DeleteAsync(db, project, app, cancellation);
        var problem = step.Problem is { } said ? await transitions.MaskedAsync(db, id, said, cancellation) : null;
        if (problem != app.Problem && await db.Set<Application>().Where(a => a.Id == id).ExecuteUpdateAsync(set => set.SetProperty(a => a.Problem, problem), cancellation) > 0)
            await Change.SendAsync(db, ChangeOf.Application, id, cancellation);
        return step.Again;
    }

    private async Task<Step> StepAsync(BabyhelmDbContext db, Project project, Application app, CancellationToken cancellation)
    {
        var latest = await db.Set<Release>().AsNoTracking()
            .FirstAsync(r => r.ApplicationId == app.Id && r.Number == app.LatestRelease, cancellation);
        return latest.State switch
        {
            ReleaseState.Pending or ReleaseState.Applying =>
                await ApplyAsync(project, latest, [ReleaseState.Pending, ReleaseState.Applying], cancellation),
            ReleaseState.RollingOut or ReleaseState.Live or ReleaseState.Stopped when latest.AppliedOperation != latest.Operation => await OperateAsync(project, latest, cancellation),
            ReleaseState.RollingOut => await FinishAsync(project, app, latest, cancellation),
            ReleaseState.Live or ReleaseState.Stopped when latest.PrunedAt is null => await PruneAsync(db, latest, latest.Manifests, cancellation),
            ReleaseState.Live or ReleaseState.Stopped when await transitions.NoteDigestAsync(latest, RunningDigest(latest, new AppKey(project.Namespace, app.Name)), cancellation) => Done with { Again = TimeSpan.Zero },
            ReleaseState.Live or ReleaseState.Stopped => await drift.RunAsync(app, project, latest, cancellation) is var (again, error) && error is not null
                ? new Step(again, $"What was changed behind Babyhelm's back could not be put right yet. {error.Public}") : again,
            _ => await RefreshAsync(db, project, latest, cancellation) ?? await RestoreAsync(db, project, app, latest, cancellation),
        };
    }

    public async Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var due = await db.Set<Application>()
            .Where(a => a.DeletingSince != null || a.Releases.Any(r => r.Number == a.LatestRelease
                && (Release.Underway.Contains(r.State) || (r.State == ReleaseState.Failed && r.AppliedOperation != r.Operation) || (r.State == ReleaseState.Cancelled && r.PrunedAt == null)
                    || (Release.InForce.Contains(r.State) && r.PrunedAt == null)))
                || a.Releases.Any(r => Release.InForce.Contains(r.State) && r.AppliedOperation != r.Operation))
            .Select(a => a.Id).ToListAsync(cancellation);
        due.AddRange(await failed.DueAsync(db, cancellation));
        if (cache.Status.Synced)
        {
            var live = await (
                from a in db.Set<Application>().Where(a => a.DeletingSince == null && a.Releases.Any(r => Release.InForce.Contains(r.State)))
                join p in db.Set<Project>().Where(p => p.State != ProjectState.Deleting) on a.ProjectId equals p.Id
                select new
                {
                    a.Id,
                    a.Name,
                    p.Namespace,
                    IsLatest = a.Releases.Any(r => r.Number == a.LatestRelease && Release.InForce.Contains(r.State)),
                    a.ComparedObjects,
                    a.SelfHeal,
                    a.Drift,
                    a.RepairRequestedAt,
                    a.LatestRelease,
                    Latest = a.Releases.Where(r => r.Number == a.LatestRelease).Select(r => new { r.RestartedAt, r.Digest }).First(),
                }).ToListAsync(cancellation);
            due.AddRange(live.Where(a => a.IsLatest
                ? RunningDigest(new AppKey(a.Namespace, a.Name), a.LatestRelease, a.Latest.RestartedAt, a.Latest.Digest) is not null
                    || drift.IsDue(DriftMark.Of(a.ComparedObjects, a.SelfHeal, a.Drift, a.RepairRequestedAt), new AppKey(a.Namespace, a.Name))
                : a.SelfHeal && cache.Get(a.Namespace, a.Name) is { Deployment: null, CronJob: null }).Select(a => a.Id));
        }
        return [.. due.Distinct().Select(id => new WorkItem(WorkKind, id))];
    }

    /// <summary>The digest that the release in force runs now, where it is another than the stored one; null for no news.</summary>
    private string? RunningDigest(Release live, AppKey key) => RunningDigest(key, live.Number, live.RestartedAt, live.Digest);

    private string? RunningDigest(AppKey key, int release, DateTimeOffset? restartedAt, string? stored) =>
        ImageDigest.Of(cache.Get(key), key.App, release, restartedAt) is { } digest && digest != stored ? digest : null;

    private async Task<TimeSpan?> ApplyAsync(Project project, Release release, ReleaseState[] from, CancellationToken cancellation)
    {
        if (!await transitions.MoveAsync(release, from, ReleaseState.Applying, cancellation)) return null;

        var ready = await namespaces.EnsureAsync(project.Id, project.Name, project.Namespace, cancellation);
        var applied = ready.Error ?? (await applier.ApplyAsync(release, cancellation)).Error;
        if (applied is null)
        {
            await transitions.MoveAsync(release, [ReleaseState.Applying], ReleaseState.RollingOut, cancellation);
            return null;
        }
        var now = time.GetUtcNow();
        if (ApplyRetries.After(release.ApplyHold, applied, now) is { } hold)
        {
            await transitions.HoldAsync(release, hold, cancellation);
            return hold.NextTryAt - now;
        }
        await transitions.FinishAsync(release.ApplicationId, release.Id, ReleaseState.Applying, new(ReleaseState.Failed, ApplyDiagnosis.Of(applied)), cancellation);
        return null;
    }

    /// <summary>Applies what was asked of a release after its deploy.</summary>
    private async Task<Step> OperateAsync(Project project, Release release, CancellationToken cancellation)
    {
        const string What = "What was asked of the application could not be done on the cluster yet.";
        // All of it: the namespace, and what the deployment needs, may have gone meanwhile.
        var ready = await namespaces.EnsureAsync(project.Id, project.Name, project.Namespace, cancellation);
        if ((ready.Error ?? (await applier.ApplyAsync(release, cancellation)).Error) is { } error) return Step.HeldUp(error, What);
        await transitions.MarkOperatedAsync(release, cancellation);
        return Done;
    }

    /// <summary>
    /// The latest release failed: what was asked since, of it and of the one that is in force, is no more than new credentials
    /// of a registry, for the pods of both may still pull. Null when all is done.
    /// </summary>
    private async Task<Step?> RefreshAsync(BabyhelmDbContext db, Project project, Release latest, CancellationToken cancellation)
    {
        var behind = await db.Set<Release>().AsNoTracking()
            .Where(r => r.ApplicationId == latest.ApplicationId && r.AppliedOperation != r.Operation && (r.Id == latest.Id || Release.InForce.Contains(r.State)))
            .OrderBy(r => r.Number).ToListAsync(cancellation);
        foreach (var release in behind)
        {
            // Of a cancelled one nothing is left that would pull.
            if (release.State != ReleaseState.Cancelled)
            {
                // With the namespace gone there would be no place for them for ever.
                var ready = await namespaces.EnsureAsync(project.Id, project.Name, project.Namespace, cancellation);
                if ((ready.Error ?? (await applier.ApplyPullSecretAsync(release, cancellation)).Error) is { } error)
                    return Step.HeldUp(error, "New credentials of the registry could not be brought to the cluster yet.");
            }
            await transitions.MarkOperatedAsync(release, cancellation);
        }
        return null;
    }

    /// <summary>
    /// Normally the tracker does this at once; here for an end that it could not write. A rollout begins again when its
    /// deployment or cron job is gone (a restarted sandbox), or is another release's: of two processes, one may have been
    /// held up while it applied an older one.
    /// </summary>
    private async Task<TimeSpan?> FinishAsync(Project project, Application app, Release latest, CancellationToken cancellation)
    {
        if (!cache.Status.Synced) return null;
        var key = new AppKey(project.Namespace, app.Name);
        if (!cache.Get(key).Runs(latest.Spec.Kind == AppKind.Cron, latest.Number)
            && cache.Status.StaleSince is null && latest.AppliedAt + CacheDelay < time.GetUtcNow())
            return await ApplyAsync(project, latest, [ReleaseState.RollingOut], cancellation);
        // As the database has it: the board may not have heard of it.
        var release = ReleaseWatch.Describe(latest, app.Name, project.Namespace) with
        {
            LastLines = board.Get(key) is { } known && known.ReleaseId == latest.Id ? known.LastLines : null,
        };
        var state = RolloutReducer.Reduce(release, cache.Get(key), time.GetUtcNow());
        if (state.State.IsFinal()) await ending.StoreAsync(release, state, cancellation);
        return null;
    }

    /// <summary>
    /// The latest release ended without being live. The one that is in force is applied again where what runs it is gone from the
    /// cluster; where none is, the pods of the failed one are ended after a while.
    /// </summary>
    private async Task<Step> RestoreAsync(BabyhelmDbContext db, Project project, Application app, Release latest, CancellationToken cancellation)
    {
        var live = await db.Set<Release>().AsNoTracking()
            .Where(r => r.ApplicationId == app.Id && Release.InForce.Contains(r.State))
            .OrderByDescending(r => r.Number).FirstOrDefaultAsync(cancellation);
        if (live is null) return latest is { State: ReleaseState.Cancelled, PrunedAt: null }
            ? await PruneAsync(db, latest, "[]", cancellation) : await failed.RunAsync(app, project, latest, cancellation);
        if (!cache.Status.Synced || !app.SelfHeal || cache.Get(project.Namespace, app.Name).Runs(live.Spec.Kind == AppKind.Cron)) return Done;
        var ready = await namespaces.EnsureAsync(project.Id, project.Name, project.Namespace, cancellation);
        var error = ready.Error ?? (await applier.ApplyAsync(live, cancellation)).Error;
        return error is null ? Done : Step.HeldUp(error, $"Release {live.Number} could not be put back onto the cluster yet.");
    }

    /// <param name="last">The release up to which there may be something left.</param>
    /// <param name="keep">Manifests of what stays.</param>
    private async Task<Step> PruneAsync(BabyhelmDbContext db, Release last, string keep, CancellationToken cancellation)
    {
        // What came before the last pruned release is gone, or was that release's too.
        var earlier = await db.Set<Release>().AsNoTracking()
            .Where(r => r.ApplicationId == last.ApplicationId && r.Number <= last.Number
                && !db.Set<Release>().Any(p => p.ApplicationId == last.ApplicationId && p.PrunedAt != null && p.Number > r.Number))
            .Select(r => r.Manifests).ToListAsync(cancellation);
        if ((await applier.PruneAsync(earlier, keep, cancellation)).Error is { } error) return Step.HeldUp(error, "What earlier releases left on the cluster could not be removed yet.");
        await transitions.MarkPrunedAsync(last, cancellation);
        return Done;
    }

    private async Task<Step> DeleteAsync(BabyhelmDbContext db, Project project, Application app, CancellationToken cancellation)
    {
        if ((await namespaces.OwnsAsync(project.Id, project.Namespace, cancellation)).Failed(out var error, out var owns)) return Step.HeldUp(error, "");
        var all = await db.Set<Release>().AsNoTracking().Where(r => r.ApplicationId == app.Id).Select(r => r.Manifests).ToListAsync(cancellation);
        // In somebody else's namespace nothing was ever applied, and what has the same names is theirs.
        var gone = true;
        if (owns && (await applier.RemoveAsync(all, app, project.Namespace, cancellation)).Failed(out error, out gone)) return Step.HeldUp(error, "");
        if (!gone) return (TimeSpan?)DeletePoll;
        // Somebody may have asked for its volumes to go too, meanwhile.
        if (await db.Set<Application>().Where(a => a.Id == app.Id && a.DeletesVolumes == app.DeletesVolumes).ExecuteDeleteAsync(cancellation) == 0) return (TimeSpan?)DeletePoll;
        await Change.SendAsync(db, ChangeOf.Application, app.Id, cancellation);
        return Done;
    }
}
