using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>What Babyhelm does by itself for an application; no release, no rollout. Null leaves a value as it is.</summary>
/// <param name="AutoRollback">Go back to the live release when a newer one fails.</param>
/// <param name="SelfHeal">Put right what was changed or deleted on the cluster.</param>
public sealed record SettingsChange(bool? AutoRollback = null, bool? SelfHeal = null);

/// <summary>Changes what Babyhelm does by itself for an application, and repairs it on demand.</summary>
public sealed class ApplicationSettings(IDbContextFactory<BabyhelmDbContext> contexts, IWorkQueue work, TimeProvider time)
{
    public Task<Result<Done>> ChangeAsync(Caller caller, string project, string app, SettingsChange change, CancellationToken cancellation) =>
        UpdateAsync(caller, project, app, "application.settings", (_, found) =>
        {
            var changes = new List<AuditChange>();
            if (change.AutoRollback is { } rollback && rollback != found.AutoRollback) changes.Add(new AuditChange("autoRollback", OnOff(found.AutoRollback), OnOff(rollback)));
            if (change.SelfHeal is { } heal && heal != found.SelfHeal) changes.Add(new AuditChange("selfHeal", OnOff(found.SelfHeal), OnOff(heal)));
            (found.AutoRollback, found.SelfHeal) = (change.AutoRollback ?? found.AutoRollback, change.SelfHeal ?? found.SelfHeal);
            return Task.FromResult<Result<Note>>(new Note($"automatic rollback {OnOff(found.AutoRollback)}, self-healing {OnOff(found.SelfHeal)}", changes));
        }, cancellation);

    /// <summary>
    /// Puts the live release back onto the cluster as it was deployed. <see cref="Conflict"/> while no release is live or a
    /// newer one is underway.
    /// </summary>
    public Task<Result<Done>> RepairAsync(Caller caller, string project, string app, CancellationToken cancellation) =>
        UpdateAsync(caller, project, app, "application.repair", async (db, found) =>
        {
            var latest = await db.Set<Release>().AsNoTracking().FirstAsync(r => r.ApplicationId == found.Id && r.Number == found.LatestRelease, cancellation);
            if (!Release.InForce.Contains(latest.State)) return new Conflict("Only a live application can be repaired. Deploy it, or wait for the deploy that runs.", "not-live");
            found.RepairRequestedAt = time.GetUtcNow();
            return new Note(found.Drift is { } drift ? drift.Summarize() : "nothing known to be wrong", []);
        }, cancellation);

    private async Task<Result<Done>> UpdateAsync(
        Caller caller, string projectName, string name, string action, Func<BabyhelmDbContext, Application, Task<Result<Note>>> change, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.Deploy, cancellation);
        if (access.Failed(out var error, out var project)) return error;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var app = await db.Set<Application>()
            .FromSql($"SELECT * FROM applications WHERE project_id = {project.Id} AND name = {name} FOR UPDATE").FirstOrDefaultAsync(cancellation);
        if (app is null) return ApplicationAccess.NoApplication(name);
        if (app.DeletingSince is not null) return new Conflict("The application is being deleted.", "application-deleting");
        if ((await change(db, app)).Failed(out error, out var note)) return error;
        db.Add(AuditEntry.Of(caller, action, $"project/{project.Name}/app/{app.Name}", time, project.Id, note.Detail) with { Changes = note.Changes });
        await db.SaveChangesAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Application, app.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        await work.EnqueueAsync(new WorkItem(ReconcileApplication.WorkKind, app.Id), cancellation);
        return Done.Result;
    }

    /// <summary>For the audit log.</summary>
    private sealed record Note(string Detail, IReadOnlyList<AuditChange> Changes);

    private static string OnOff(bool value) => value ? "on" : "off";
}
