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

/// <summary>Changes what Babyhelm does by itself for an application.</summary>
public sealed class ApplicationSettings(IDbContextFactory<BabyhelmDbContext> contexts, IWorkQueue work, TimeProvider time)
{
    public async Task<Result<Done>> ChangeAsync(Caller caller, string projectName, string name, SettingsChange change, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.Deploy, cancellation);
        if (access.Failed(out var error, out var project)) return error;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var app = await db.Set<Application>()
            .FromSql($"SELECT * FROM applications WHERE project_id = {project.Id} AND name = {name} FOR UPDATE").FirstOrDefaultAsync(cancellation);
        if (app is null) return ApplicationAccess.NoApplication(name);
        if (app.DeletingSince is not null) return new Conflict("The application is being deleted.", "application-deleting");
        var changes = new List<AuditChange>();
        if (change.AutoRollback is { } rollback && rollback != app.AutoRollback) changes.Add(new AuditChange("autoRollback", OnOff(app.AutoRollback), OnOff(rollback)));
        if (change.SelfHeal is { } heal && heal != app.SelfHeal) changes.Add(new AuditChange("selfHeal", OnOff(app.SelfHeal), OnOff(heal)));
        (app.AutoRollback, app.SelfHeal) = (change.AutoRollback ?? app.AutoRollback, change.SelfHeal ?? app.SelfHeal);
        db.Add(AuditEntry.Of(caller, "application.settings", $"project/{project.Name}/app/{app.Name}", time, project.Id,
            $"automatic rollback {OnOff(app.AutoRollback)}, self-healing {OnOff(app.SelfHeal)}") with
        {
            Changes = changes,
        });
        await db.SaveChangesAsync(cancellation);
        await Data.Change.SendAsync(db, ChangeOf.Application, app.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        await work.EnqueueAsync(new WorkItem(ReconcileApplication.WorkKind, app.Id), cancellation);
        return Done.Result;
    }

    private static string OnOff(bool value) => value ? "on" : "off";
}
