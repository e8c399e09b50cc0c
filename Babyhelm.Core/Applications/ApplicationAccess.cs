using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>An application that the caller may see.</summary>
internal sealed record FoundApplication(ProjectView Project, Guid Id, bool Deleting);

internal static class ApplicationAccess
{
    public static NotFound NoApplication(string name) => new($"There is no application '{(name.Length <= 63 ? name : name[..63] + "…")}'.");

    /// <summary>The application if the caller may do this in its project; a foreign one answers as a missing one.</summary>
    public static async Task<Result<FoundApplication>> RequireAsync(
        BabyhelmDbContext db, Caller caller, string projectName, string name, ProjectAction action, CancellationToken cancellation)
    {
        var access = await ProjectAccess.RequireAsync(db, caller, projectName, action, cancellation);
        if (access.Failed(out var error, out var project)) return error;
        var app = await db.Set<Application>().Where(a => a.ProjectId == project.Id && a.Name == name)
            .Select(a => new { a.Id, a.DeletingSince }).FirstOrDefaultAsync(cancellation);
        return app is null ? NoApplication(name) : new FoundApplication(project, app.Id, app.DeletingSince is not null);
    }
}
