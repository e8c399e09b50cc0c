using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Babyhelm.Core.Projects;

/// <summary>What people do with projects. Every method checks the caller itself.</summary>
public sealed class ProjectCommands(
    IDbContextFactory<BabyhelmDbContext> contexts, IWorkQueue work, IOptions<ProjectOptions> options, TimeProvider time)
{
    public async Task<IReadOnlyList<ProjectView>> ListAsync(Caller caller, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await ProjectAccess.Visible(db, caller).ToListAsync(cancellation);
    }

    public async Task<Result<ProjectView>> GetAsync(Caller caller, string name, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await ProjectAccess.RequireAsync(db, caller, name, ProjectAction.View, cancellation);
    }

    /// <summary>Creates a project owned by the caller; its namespace follows in the background.</summary>
    /// <returns><see cref="Invalid"/> for a bad name, <see cref="Conflict"/> for one that is taken.</returns>
    public async Task<Result<ProjectView>> CreateAsync(Caller caller, string? name, CancellationToken cancellation)
    {
        if (caller.WhyNotScope(AccessScope.Admin) is { } scope) return scope;
        if (caller.WhyNotEverywhere is { } one) return one;
        if (Slug.Problem(name) is { } problem) return new Invalid("name", problem);

        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var project = new Project
        {
            Name = name!,
            Namespace = options.Value.NamespacePrefix + name,
            CreatedAt = time.GetUtcNow(),
        };
        project.Members.Add(new ProjectMember { ProjectId = project.Id, UserId = caller.UserId, Role = ProjectRole.Owner });
        db.Add(project);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return new Conflict($"The name '{name}' is taken. Choose another.", "name-taken");
        }
        project.Namespace = await ReleasedNamespace.UnusedAsync(db, project.Namespace, cancellation);
        db.Add(AuditEntry.Of(caller, "project.create", $"project/{name}", time, project.Id) with { Changes = [new AuditChange("namespace", null, project.Namespace)] });
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        await work.EnqueueAsync(new WorkItem(ProvisionProject.WorkKind, project.Id), cancellation);
        return new ProjectView(project.Id, project.Name, project.Namespace, project.State, null, project.CreatedAt, ProjectRole.Owner);
    }

    /// <summary>Deletes the project with everything in it: first on the cluster, then here.</summary>
    public async Task<Result<Done>> DeleteAsync(Caller caller, string name, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ProjectAccess.RequireAsync(db, caller, name, ProjectAction.DeleteProject, cancellation);
        if (access.Failed(out var error, out var project)) return error;
        if (project.State == ProjectState.Deleting) return Done.Result;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Set<Project>().Where(p => p.Id == project.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.State, ProjectState.Deleting).SetProperty(p => p.Problem, (string?)null), cancellation);
        db.Add(AuditEntry.Of(caller, "project.delete", $"project/{name}", time, project.Id) with { Changes = [new AuditChange("namespace", project.Namespace, null)] });
        await db.SaveChangesAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Project, project.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        await work.EnqueueAsync(new WorkItem(DeleteProject.WorkKind, project.Id), cancellation);
        return Done.Result;
    }
}
