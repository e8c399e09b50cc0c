using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>The end of a release.</summary>
/// <param name="To">A final state.</param>
/// <param name="Diagnosis">Why it failed; null otherwise.</param>
internal sealed record ReleaseEnd(ReleaseState To, Diagnosis? Diagnosis = null, ReleaseEvidence? Evidence = null)
{
    /// <summary>Of the image that its pods ran; null where it is not known.</summary>
    public string? Digest { get; init; }

    /// <summary>The same with the release's secrets masked: a program may print them before it crashes.</summary>
    public ReleaseEnd Without(SecretMask secrets) => this with
    {
        Diagnosis = Diagnosis is null ? null : secrets.In(Diagnosis),
        Evidence = Evidence is null ? null : new ReleaseEvidence(
            [.. Evidence.Events.Select(e => e with { Message = secrets.In(e.Message) })],
            [.. Evidence.Logs.Select(l => l with { Lines = [.. secrets.In(l.Lines)] })]),
    };
}

/// <summary>Moves releases from state to state. Each move is one conditional update: of several processes, one wins.</summary>
internal sealed class ReleaseTransitions(
    IDbContextFactory<BabyhelmDbContext> contexts, AutomaticRollback rollback, SecretValues secrets, IWorkQueue work, RolloutMetrics metrics, TimeProvider time)
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
            : await rows.ExecuteUpdateAsync(set => set.SetProperty(r => r.State, to).SetProperty(r => r.AppliedAt, now).SetProperty(r => r.ApplyHold, (ApplyHold?)null).SetProperty(r => r.AppliedOperation, release.Operation), cancellation);
        if (moved == 0) return false;
        await Change.SendAsync(db, ChangeOf.Application, release.ApplicationId, cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>Keeps why a release is not applied yet; of one that is not being applied any more, nothing is kept.</summary>
    public async Task HoldAsync(Release release, ApplyHold hold, CancellationToken cancellation)
    {
        var shown = hold with { Diagnosis = Mask(release).In(hold.Diagnosis) };
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var kept = await db.Set<Release>().Where(r => r.Id == release.Id && r.State == ReleaseState.Applying)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.ApplyHold, shown), cancellation);
        if (kept == 0) return;
        await Change.SendAsync(db, ChangeOf.Application, release.ApplicationId, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private SecretMask Mask(Release release) => new(secrets.TryUnprotect(release.ProtectedSecrets) ?? new Dictionary<string, string>());

    /// <summary>What the cluster says of an application, without the secrets of any of its releases: what is removed may be an old one's.</summary>
    public async Task<string> MaskedAsync(BabyhelmDbContext db, Guid applicationId, string text, CancellationToken cancellation)
    {
        var all = await db.Set<Release>().Where(r => r.ApplicationId == applicationId && r.ProtectedSecrets != null).Select(r => r.ProtectedSecrets).ToListAsync(cancellation);
        return new SecretMask(all.SelectMany(p => secrets.TryUnprotect(p) ?? new Dictionary<string, string>())).In(text);
    }

    /// <summary>
    /// Ends a release; with it, in one transaction, a live one's predecessor is superseded and a failed one is rolled back.
    /// False when another process, or a newer release, was first.
    /// </summary>
    public async Task<bool> FinishAsync(Guid applicationId, Guid releaseId, ReleaseState from, ReleaseEnd end, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        // The application's row first, as a deploy locks it: the other order would deadlock with one.
        var app = await db.Set<Application>().FromSql($"SELECT * FROM applications WHERE id = {applicationId} FOR UPDATE").FirstOrDefaultAsync(cancellation);
        var release = app is null ? null : await db.Set<Release>().FirstOrDefaultAsync(r => r.Id == releaseId && r.State == from, cancellation);
        if (release is null) return false;
        var now = time.GetUtcNow();
        end = end.Without(Mask(release));
        (release.State, release.FinishedAt, release.Diagnosis, release.Evidence, release.ApplyHold) = (end.To, now, end.Diagnosis, end.Evidence, null);
        var inForce = Release.InForce.Contains(end.To);
        if (inForce)
        {
            if (end.To == ReleaseState.Live) release.LiveAt = now;
            release.Digest = end.Digest;
            // Nothing is left to halt; a deployment that stays paused would take no restart.
            if (release.Paused) (release.Paused, release.Operation) = (false, release.Operation + 1);
            await db.Set<Release>().Where(r => r.ApplicationId == applicationId && r.Id != releaseId && Release.InForce.Contains(r.State))
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, ReleaseState.Superseded), cancellation);
        }
        var goesOn = inForce || (end.To == ReleaseState.Failed && await rollback.AddAsync(db, app!, release, cancellation));
        await db.SaveChangesAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Application, applicationId, cancellation);
        await transaction.CommitAsync(cancellation);
        metrics.Ended(end.To, end.Diagnosis?.Code, now - (release.StartedAt ?? release.CreatedAt));
        if (goesOn) await work.EnqueueAsync(new WorkItem(ReconcileApplication.WorkKind, applicationId), cancellation);
        return true;
    }

    /// <summary>The cluster has what was asked of the release since its deploy. A rollout that went on has its whole time before it.</summary>
    /// <param name="release">As it was when it was applied: what was asked after that is still to be done.</param>
    public async Task MarkOperatedAsync(Release release, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = time.GetUtcNow();
        await db.Set<Release>().Where(r => r.Id == release.Id).ExecuteUpdateAsync(set => set.SetProperty(r => r.AppliedOperation, release.Operation)
            .SetProperty(r => r.AppliedAt, r => r.State == ReleaseState.RollingOut ? now : r.AppliedAt), cancellation);
        await Change.SendAsync(db, ChangeOf.Application, release.ApplicationId, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Keeps what the release in force runs. False for nothing to keep, and where it was restarted or replaced meanwhile.</summary>
    /// <param name="digest">Null for no news.</param>
    public async Task<bool> NoteDigestAsync(Release release, string? digest, CancellationToken cancellation)
    {
        if (digest is null) return false;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var noted = await db.Set<Release>().Where(r => r.Id == release.Id && Release.InForce.Contains(r.State) && r.RestartedAt == release.RestartedAt)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.Digest, digest), cancellation);
        if (noted == 0) return false;
        await Change.SendAsync(db, ChangeOf.Application, release.ApplicationId, cancellation);
        await transaction.CommitAsync(cancellation);
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
