using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Projects;

/// <summary>Background work: removes a project's namespace, waits until it is gone, then removes the project.</summary>
internal sealed class DeleteProject(
    IDbContextFactory<BabyhelmDbContext> contexts, KubernetesClient cluster, TimeProvider time) : IWorkHandler, IWorkSource
{
    public const string WorkKind = "delete-project";
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    public string Kind => WorkKind;

    public async Task<TimeSpan?> RunAsync(Guid id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var project = await db.Set<Project>().AsNoTracking().FirstOrDefaultAsync(p => p.Id == id, cancellation);
        if (project is not { State: ProjectState.Deleting }) return null;

        // Held to the end: whoever read the project before its deletion would make the namespace again.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (!await NamespaceLock.TryTakeAsync(db, id, cancellation)) return Poll;

        var found = await cluster.GetAsync<Namespace>(ResourceType.Namespaces, null, project.Namespace, cancellation);
        if (found.Error is null && NamespaceProvisioner.IsOf(found.Value, project.Id))
        {
            if (found.Value.Metadata.DeletionTimestamp is not null) return Poll;
            var deleted = await cluster.DeleteAsync(ResourceType.Namespaces, null, project.Namespace, cancellation: cancellation);
            return deleted.Error is null ? Poll : await ProblemAsync(db, project, deleted.Error, cancellation);
        }
        if (found.Error is not null and not KubernetesError { IsNotFound: true })
            return await ProblemAsync(db, project, found.Error, cancellation);

        await db.Set<Project>().Where(p => p.Id == id).ExecuteDeleteAsync(cancellation);
        db.Add(new ReleasedNamespace { Name = project.Namespace, At = time.GetUtcNow() });
        await db.SaveChangesAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Project, project.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        return null;
    }

    public async Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<Project>().Where(p => p.State == ProjectState.Deleting)
            .Select(p => new WorkItem(WorkKind, p.Id)).ToListAsync(cancellation);
    }

    private async Task<TimeSpan> ProblemAsync(BabyhelmDbContext db, Project project, Error error, CancellationToken cancellation)
    {
        await db.Set<Project>().Where(p => p.Id == project.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.Problem, error.Public), cancellation);
        await Change.SendAsync(db, ChangeOf.Project, project.Id, cancellation);
        await db.Database.CommitTransactionAsync(cancellation);
        return Retry;
    }
}
