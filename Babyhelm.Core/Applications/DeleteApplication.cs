using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Deletes an application with its pods, service, secrets and releases: first on the cluster, then here. Its volumes stay unless
/// they are asked for; while it is being deleted, a second call can still add them.
/// </summary>
public sealed class DeleteApplication(IDbContextFactory<BabyhelmDbContext> contexts, IWorkQueue work, TimeProvider time)
{
    public async Task<Result<Done>> ExecuteAsync(Caller caller, string project, string app, bool volumes, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ApplicationAccess.RequireAsync(db, caller, project, app, ProjectAction.DeleteApplication, cancellation);
        if (access.Failed(out var error, out var found)) return error;
        if (!found.Deleting || volumes)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
            var now = time.GetUtcNow();
            await db.Set<Application>().Where(a => a.Id == found.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.DeletingSince, a => a.DeletingSince ?? now).SetProperty(a => a.DeletesVolumes, a => a.DeletesVolumes || volumes), cancellation);
            await db.Set<Release>().Where(r => r.ApplicationId == found.Id && Release.Underway.Contains(r.State))
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, ReleaseState.Cancelled).SetProperty(r => r.FinishedAt, now), cancellation);
            db.Add(AuditEntry.Of(caller, "application.delete", $"project/{project}/app/{app}", time, found.Project.Id, volumes ? "with its volumes" : null));
            await db.SaveChangesAsync(cancellation);
            await Change.SendAsync(db, ChangeOf.Application, found.Id, cancellation);
            await transaction.CommitAsync(cancellation);
        }
        await work.EnqueueAsync(new WorkItem(ReconcileApplication.WorkKind, found.Id), cancellation);
        return Done.Result;
    }
}
