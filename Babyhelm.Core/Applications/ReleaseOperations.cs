using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications.Quotas;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>Changes how the latest release is run, without a new one; the background applies it.</summary>
internal sealed class ReleaseOperations(IDbContextFactory<BabyhelmDbContext> contexts, ReleaseWriter writer, IWorkQueue work, TimeProvider time)
{
    public DateTimeOffset Now => time.GetUtcNow();

    /// <param name="expected">As for a deploy; null for any state.</param>
    /// <param name="change">Changes the locked application and its latest release in the context's transaction; answers a line for the audit log, or null where nothing is to be changed.</param>
    public async Task<Result<Deployed>> ChangeAsync(
        Caller caller, string projectName, string name, AppAction action, string audited, Expected? expected, Func<ReleaseGround, Task<string?>> change, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ProjectAccess.RequireAsync(db, caller, projectName, AppActions.Right(action), cancellation);
        if (access.Failed(out var error, out var project)) return error;
        if (project.State == ProjectState.Deleting) return new Conflict("The project is being deleted.", "project-deleting");
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await QuotaGuard.LockAsync(db, project.Id, cancellation);
        if ((await writer.LockAsync(db, project, name, action, expected, cancellation)).Failed(out error, out var ground)) return error;
        var answer = new Deployed(project.Name, name, ground.App.LatestRelease);
        if (await change(ground) is not { } detail) return answer;
        db.Add(AuditEntry.Of(caller, audited, $"project/{project.Name}/app/{name}", time, project.Id, detail));
        await db.SaveChangesAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Application, ground.App.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        await work.EnqueueAsync(new WorkItem(ReconcileApplication.WorkKind, ground.App.Id), cancellation);
        return answer;
    }
}
