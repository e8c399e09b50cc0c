using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>Moves releases from state to state. Each move is one conditional update: of several processes, one wins.</summary>
internal sealed class ReleaseTransitions(IDbContextFactory<BabyhelmDbContext> contexts, IWorkQueue work, TimeProvider time)
{
    /// <summary>False when the release is in none of the expected states any more.</summary>
    public async Task<bool> MoveAsync(Release release, ReleaseState[] from, ReleaseState to, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = time.GetUtcNow();
        var rows = db.Set<Release>().Where(r => r.Id == release.Id && from.Contains(r.State));
        var moved = to == ReleaseState.Applying
            ? await rows.ExecuteUpdateAsync(set => set.SetProperty(r => r.State, to).SetProperty(r => r.StartedAt, r => r.StartedAt ?? now), cancellation)
            : await rows.ExecuteUpdateAsync(set => set.SetProperty(r => r.State, to).SetProperty(r => r.AppliedAt, now), cancellation);
        if (moved == 0) return false;
        await Change.SendAsync(db, ChangeOf.Application, release.ApplicationId, cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>Ends a rollout as it was seen on the cluster. False when another process, or a newer release, was first.</summary>
    public Task<bool> FinishAsync(ReleaseInfo release, RolloutState seen, CancellationToken cancellation) => FinishAsync(
        release.ApplicationId, release.ReleaseId, ReleaseState.RollingOut, seen.State,
        seen.State == ReleaseState.Failed ? seen.Diagnosis : null, cancellation);

    public async Task<bool> FinishAsync(
        Guid applicationId, Guid releaseId, ReleaseState from, ReleaseState to, Diagnosis? diagnosis, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = time.GetUtcNow();
        var moved = await db.Set<Release>().Where(r => r.Id == releaseId && r.State == from)
            .ExecuteUpdateAsync(set => set
                .SetProperty(r => r.State, to)
                .SetProperty(r => r.FinishedAt, now)
                .SetProperty(r => r.Diagnosis, diagnosis), cancellation);
        if (moved == 0) return false;
        if (to == ReleaseState.Live)
        {
            await db.Set<Release>().Where(r => r.Id == releaseId).ExecuteUpdateAsync(set => set.SetProperty(r => r.LiveAt, now), cancellation);
            await db.Set<Release>().Where(r => r.ApplicationId == applicationId && r.Id != releaseId && r.State == ReleaseState.Live)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, ReleaseState.Superseded), cancellation);
        }
        await Change.SendAsync(db, ChangeOf.Application, applicationId, cancellation);
        await transaction.CommitAsync(cancellation);
        if (to == ReleaseState.Live) await work.EnqueueAsync(new WorkItem(ReconcileApplication.WorkKind, applicationId), cancellation);
        return true;
    }

    public async Task AddWarningsAsync(Release release, IReadOnlyList<string> warnings, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await db.Set<Release>().Where(r => r.Id == release.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.Warnings, warnings), cancellation);
    }

    public async Task MarkPrunedAsync(Release release, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var now = time.GetUtcNow();
        await db.Set<Release>().Where(r => r.Id == release.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.PrunedAt, now), cancellation);
    }
}
