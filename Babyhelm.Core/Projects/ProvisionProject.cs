using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Projects;

/// <summary>Background work: makes a new project's namespace and says when it is there, or why not.</summary>
internal sealed class ProvisionProject(
    IDbContextFactory<BabyhelmDbContext> contexts, NamespaceProvisioner provisioner) : IWorkHandler, IWorkSource
{
    public const string WorkKind = "provision-project";
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    public string Kind => WorkKind;

    public async Task<TimeSpan?> RunAsync(Guid id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var project = await db.Set<Project>().AsNoTracking().FirstOrDefaultAsync(p => p.Id == id, cancellation);
        if (project is not { State: ProjectState.Provisioning }) return null;

        var result = await provisioner.EnsureAsync(project.Id, project.Name, project.Namespace, cancellation);
        var problem = result.Error?.Public;
        var state = result.Error is null ? ProjectState.Ready : ProjectState.Provisioning;
        await db.Set<Project>().Where(p => p.Id == id && p.State == ProjectState.Provisioning)
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.State, state).SetProperty(p => p.Problem, problem), cancellation);
        await Change.SendAsync(db, ChangeOf.Project, project.Id, cancellation);
        return result.Error is null ? null : Retry;
    }

    public async Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<Project>().Where(p => p.State == ProjectState.Provisioning)
            .Select(p => new WorkItem(WorkKind, p.Id)).ToListAsync(cancellation);
    }
}
