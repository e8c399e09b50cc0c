using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Projects.Quotas;

/// <summary>Background work: brings the quota that holds to a project's namespace, wherever it has another.</summary>
public sealed class ApplyQuota(IDbContextFactory<BabyhelmDbContext> contexts, NamespaceProvisioner provisioner) : IWorkHandler, IWorkSource
{
    public const string WorkKind = "apply-quota";
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    public string Kind => WorkKind;

    public async Task<TimeSpan?> RunAsync(Guid id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var project = await db.Set<Project>().AsNoTracking().FirstOrDefaultAsync(p => p.Id == id, cancellation);
        if (project is not { State: ProjectState.Ready }) return null;
        // It notes the quota that it brought.
        return (await provisioner.EnsureAsync(project.Id, project.Name, project.Namespace, cancellation)).Error is null ? null : Retry;
    }

    public async Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var defaults = await QuotaCommands.ReadDefaultsAsync(db, cancellation);
        var ready = await db.Set<Project>().AsNoTracking().Where(p => p.State == ProjectState.Ready).Select(p => new { p.Id, p.Quota, p.AppliedQuota }).ToListAsync(cancellation);
        return [.. ready.Where(p => (p.Quota ?? new QuotaAmounts()).Over(defaults).Fingerprint != p.AppliedQuota).Select(p => new WorkItem(WorkKind, p.Id))];
    }
}
