using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Babyhelm.Core.Projects;

public enum ProjectAction { View, ViewAudit, Deploy, DeleteApplication, ManageHooks, UseTerminal, ManageRegistries, ManageAlerts, ManageChannels, Leave, ManageMembers, DeleteProject }

/// <summary>The one table of who may do what in a project; buttons, commands and API ask it.</summary>
public static class ProjectPermissions
{
    private static readonly Dictionary<ProjectAction, (ProjectRole Role, AccessScope Scope, string Audited)> Least = new()
    {
        [ProjectAction.View] = (ProjectRole.Viewer, AccessScope.Read, "project.view"),
        [ProjectAction.ViewAudit] = (ProjectRole.Owner, AccessScope.Read, "audit.read"),
        [ProjectAction.Deploy] = (ProjectRole.Editor, AccessScope.Deploy, "application.deploy"),
        [ProjectAction.DeleteApplication] = (ProjectRole.Editor, AccessScope.Deploy, "application.delete"),
        // A hook deploys on, whatever becomes of who made it: a token for deploys can't make one.
        [ProjectAction.ManageHooks] = (ProjectRole.Editor, AccessScope.Admin, "hook.manage"),
        [ProjectAction.UseTerminal] = (ProjectRole.Editor, AccessScope.Deploy, "terminal.open"),
        [ProjectAction.ManageRegistries] = (ProjectRole.Editor, AccessScope.Deploy, "registry.manage"),
        [ProjectAction.ManageAlerts] = (ProjectRole.Editor, AccessScope.Deploy, "alert.manage"),
        // A channel takes what happens in the project out of it.
        [ProjectAction.ManageChannels] = (ProjectRole.Owner, AccessScope.Admin, "alert-channel.manage"),
        [ProjectAction.Leave] = (ProjectRole.Viewer, AccessScope.Session, "member.leave"),
        [ProjectAction.ManageMembers] = (ProjectRole.Owner, AccessScope.Admin, "member.manage"),
        [ProjectAction.DeleteProject] = (ProjectRole.Owner, AccessScope.Admin, "project.delete"),
    };

    /// <summary>Null when the role allows it, else the reason to show.</summary>
    public static string? WhyNot(ProjectRole role, ProjectAction action) =>
        role >= Least[action].Role ? null : $"Only {(Least[action].Role == ProjectRole.Owner ? "an owner" : "an editor or an owner")} of the project can do this.";

    /// <summary>How the audit log calls the action where it was refused.</summary>
    internal static string Audited(ProjectAction action) => Least[action].Audited;

    /// <summary>What a credential must allow for the action.</summary>
    public static AccessScope Needed(ProjectAction action) => Least[action].Scope;
}

/// <summary>A project as one caller sees it.</summary>
public sealed record ProjectView(Guid Id, string Name, string Namespace, ProjectState State, string? Problem, DateTimeOffset CreatedAt, ProjectRole Role)
{
    public string? WhyNot(ProjectAction action) => ProjectPermissions.WhyNot(Role, action);
}

internal static class ProjectAccess
{
    public static NotFound NoProject(string name) => new($"There is no project '{Clip(name)}'.");

    /// <summary>
    /// The project if the caller may do this: <see cref="NotFound"/> for one that is missing or not the caller's,
    /// with the same message; <see cref="Forbidden"/> for a member without the right, or a token without the scope, which
    /// the audit log notes.
    /// </summary>
    public static async Task<Result<ProjectView>> RequireAsync(
        BabyhelmDbContext db, Caller caller, string name, ProjectAction action, CancellationToken cancellation)
    {
        var project = await Visible(db, caller, name).FirstOrDefaultAsync(cancellation);
        if (project is null) return NoProject(name);
        var refused = project.WhyNot(action) is { } reason ? new Forbidden(reason) : caller.WhyNotScope(ProjectPermissions.Needed(action));
        if (refused is null) return project;
        // Every command comes through here with its context; none has to remember this.
        await db.GetService<RefusalLog>().NoteAsync(caller, ProjectPermissions.Audited(action), $"project/{project.Name}", project.Id, refused);
        return refused;
    }

    /// <summary>
    /// The projects that the caller is a member of; all for a platform admin, who is asked for in the database: an open page knows
    /// its user's role of up to a minute ago. A token for one project sees that one.
    /// </summary>
    /// <param name="name">Only the one of this name. Filtered here: SQL can't look into the record.</param>
    public static IQueryable<ProjectView> Visible(BabyhelmDbContext db, Caller caller, string? name = null)
    {
        var all = db.Set<Project>().AsNoTracking().Where(p => (name == null || p.Name == name) && (caller.OnlyProject == null || p.Id == caller.OnlyProject));
        return caller.IsAdmin
            ? all.Select(p => new
            {
                p,
                Admin = db.Users.Any(u => u.Id == caller.UserId && u.Role == PlatformRole.Admin),
                Own = p.Members.Where(m => m.UserId == caller.UserId).Select(m => (ProjectRole?)m.Role).FirstOrDefault(),
            }).Where(x => x.Admin || x.Own != null).OrderBy(x => x.p.Name)
                .Select(x => new ProjectView(x.p.Id, x.p.Name, x.p.Namespace, x.p.State, x.p.Problem, x.p.CreatedAt, x.Admin ? ProjectRole.Owner : x.Own!.Value))
            : all.SelectMany(p => p.Members.Where(m => m.UserId == caller.UserId), (p, m) => new { p, m.Role })
                .OrderBy(x => x.p.Name)
                .Select(x => new ProjectView(x.p.Id, x.p.Name, x.p.Namespace, x.p.State, x.p.Problem, x.p.CreatedAt, x.Role));
    }

    private static string Clip(string name) => name.Length <= 63 ? name : name[..63] + "…";
}
