using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

internal static class ApplicationAccess
{
    public static NotFound NoApplication(string name) => new($"There is no application '{(name.Length <= 63 ? name : name[..63] + "…")}'.");

    /// <summary>The application if the caller may do this in its project; a foreign one answers as a missing one.</summary>
    public static async Task<Result<(ProjectView Project, Application App)>> RequireAsync(
        BabyhelmDbContext db, Caller caller, string projectName, string name, ProjectAction action, CancellationToken cancellation)
    {
        var access = await ProjectAccess.RequireAsync(db, caller, projectName, action, cancellation);
        if (access.Failed(out var error, out var project)) return error;
        var app = await db.Set<Application>().AsNoTracking()
            .FirstOrDefaultAsync(a => a.ProjectId == project.Id && a.Name == name, cancellation);
        return app is null ? NoApplication(name) : (project, app);
    }
}
