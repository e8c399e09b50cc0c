using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Babyhelm.Core.Monitoring.Alerts;

/// <summary>What is asked about.</summary>
/// <param name="Id">Null for the whole project.</param>
internal sealed record ForApplication(Guid? Id, string? Name);

/// <summary>What the commands around alerts have in common.</summary>
internal static class AlertAccess
{
    /// <summary>The project if the caller may change this of it now.</summary>
    public static async Task<Result<ProjectView>> RequireAsync(BabyhelmDbContext db, Caller caller, string name, ProjectAction action, CancellationToken cancellation)
    {
        if ((await ProjectAccess.RequireAsync(db, caller, name, action, cancellation)).Failed(out var error, out var project)) return error;
        return project.State == ProjectState.Deleting ? new Conflict("The project is being deleted.", "project-deleting") : project;
    }

    /// <summary>The application of this name, or nothing in particular where none is asked for.</summary>
    public static async Task<Result<ForApplication>> ApplicationAsync(BabyhelmDbContext db, Guid project, string? name, CancellationToken cancellation)
    {
        if (name is null) return new ForApplication(null, null);
        var id = await db.Set<Application>().Where(a => a.ProjectId == project && a.Name == name).Select(a => (Guid?)a.Id).FirstOrDefaultAsync(cancellation);
        return id is null ? new NotFound($"There is no application '{Clip(name)}'.") : new ForApplication(id, name);
    }

    public static AuditEntry Entry(Caller caller, string action, ProjectView project, string subject, TimeProvider time) =>
        AuditEntry.Of(caller, action, $"project/{project.Name}/{subject}", time, project.Id);

    /// <summary>Saves and tells the pages; <see cref="Conflict"/> for a name that is taken.</summary>
    public static async Task<Result<Done>> SaveAsync(BabyhelmDbContext db, ProjectView project, string taken, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return new Conflict(taken, "name-taken");
        }
        await Change.SendAsync(db, ChangeOf.Alert, project.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        return Done.Result;
    }

    public static string Clip(string text) => text.Length <= 63 ? text : text[..63] + "…";
}
