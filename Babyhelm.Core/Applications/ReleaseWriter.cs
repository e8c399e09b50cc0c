using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications.Quotas;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Babyhelm.Core.Applications;

/// <summary>What a deploy made.</summary>
/// <param name="StaysStopped">The application was stopped before: the release runs nothing until it is started.</param>
public sealed record Deployed(string Project, string App, int Release, bool StaysStopped = false);

/// <summary>Which state of an application somebody decided from; a newer one is told instead of replaced unseen.</summary>
/// <param name="Release">The latest release that they know of; null for any.</param>
/// <param name="Version">The <see cref="Application.Version"/> that they know of, which counts scaling too; null for any.</param>
public sealed record Expected(int? Release = null, int? Version = null);

/// <summary>An application whose row is locked, with the releases that the next one is made from.</summary>
internal sealed record ReleaseGround(BabyhelmDbContext Db, Application App, Release Latest, Release? InForce)
{
    public AppStanding Standing => AppStanding.Of(
        App, Latest.State, Latest.Stopped, Latest.Paused, Latest.RollbackOf, InForce?.Number, InForce?.Stopped, projectDeleting: false);
}

/// <summary>Who makes a release.</summary>
/// <param name="UserId">Null for who is no user.</param>
/// <param name="Address">IP address; null where it is not known.</param>
/// <param name="FindProject">The project, if this maker may do that in it.</param>
internal sealed record ReleaseMaker(
    Guid? UserId, string Name, string? Address, Func<BabyhelmDbContext, AppAction, CancellationToken, Task<Result<ProjectView>>> FindProject)
{
    public static ReleaseMaker Of(Caller caller, string project) => new(caller.UserId, caller.Email, caller.Address,
        (db, action, cancellation) => ProjectAccess.RequireAsync(db, caller, project, AppActions.Right(action), cancellation));
}

/// <summary>
/// Makes releases: one transaction writes the release, supersedes what was underway, and the audit entry; the background
/// applies it.
/// </summary>
internal sealed class ReleaseWriter(
    IDbContextFactory<BabyhelmDbContext> contexts, ReleaseFactory releases, DeployRules rules, SecretValues secrets,
    IWorkQueue work, TimeProvider time)
{
    /// <summary>Makes the first release of a new application. <see cref="Conflict"/> when the name is taken.</summary>
    public Task<Result<Deployed>> CreateAsync(Caller caller, string project, Func<Result<ReleasePlan>> plan, CancellationToken cancellation) =>
        WriteAsync(ReleaseMaker.Of(caller, project), AppAction.Deploy, "application.create", (db, found) => Task.FromResult(plan().Map(made =>
        {
            var app = new Application
            {
                ProjectId = found.Id,
                Name = made.Spec.Name,
                HostLabel = $"{made.Spec.Name}-{found.Name}",
                Spec = made.Spec,
                CreatedAt = time.GetUtcNow(),
            };
            db.Add(app);
            return new Draft(app, null, made);
        })), cancellation);

    /// <summary>Makes a release of an application that exists, where <see cref="AppActions"/> lets it.</summary>
    /// <param name="audited">What the audit log calls it.</param>
    public Task<Result<Deployed>> AddAsync(
        Caller caller, string project, string name, AppAction action, string audited, Expected? expected,
        Func<ReleaseGround, Task<Result<ReleasePlan>>> plan, CancellationToken cancellation) =>
        AddAsync(ReleaseMaker.Of(caller, project), name, action, audited, expected, plan, cancellation);

    /// <summary>The same for who is no user.</summary>
    public Task<Result<Deployed>> AddAsync(
        ReleaseMaker maker, string name, AppAction action, string audited, Expected? expected,
        Func<ReleaseGround, Task<Result<ReleasePlan>>> plan, CancellationToken cancellation) =>
        WriteAsync(maker, action, audited, async (db, found) =>
        {
            var locked = await LockAsync(db, found, name, action, expected, cancellation);
            if (locked.Failed(out var error, out var ground)) return error;
            return (await plan(ground)).Map(made => new Draft(ground.App, ground.Latest, made));
        }, cancellation);

    /// <summary>
    /// The application with its row locked until the end of the transaction, if the action can be done to it. The lock makes
    /// release numbers gapless and supersedes in order.
    /// </summary>
    public async Task<Result<ReleaseGround>> LockAsync(
        BabyhelmDbContext db, ProjectView project, string name, AppAction action, Expected? expected, CancellationToken cancellation)
    {
        var app = await db.Set<Application>()
            .FromSql($"SELECT * FROM applications WHERE project_id = {project.Id} AND name = {name} FOR UPDATE").FirstOrDefaultAsync(cancellation);
        if (app is null) return ApplicationAccess.NoApplication(name);
        var all = db.Set<Release>().AsNoTracking().Where(r => r.ApplicationId == app.Id);
        var latest = await all.FirstAsync(r => r.Number == app.LatestRelease, cancellation);
        var inForce = await all.Where(r => Release.InForce.Contains(r.State)).OrderByDescending(r => r.Number).FirstOrDefaultAsync(cancellation);
        var ground = new ReleaseGround(db, app, latest, inForce);
        if (AppActions.WhyNot(action, ground.Standing) is { } no) return no;
        if (expected is { Release: { } release } && release != app.LatestRelease || expected is { Version: { } version } && version != app.Version)
            return await ChangedMeanwhile.FindAsync(ground, expected!, secrets, cancellation);
        return ground;
    }

    private sealed record Draft(Application App, Release? Before, ReleasePlan Plan);

    private async Task<Result<Deployed>> WriteAsync(
        ReleaseMaker maker, AppAction action, string audited,
        Func<BabyhelmDbContext, ProjectView, Task<Result<Draft>>> draftAsync, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await maker.FindProject(db, action, cancellation)).Failed(out var error, out var project)) return error;
        if (project.State == ProjectState.Deleting) return new Conflict("The project is being deleted.", "project-deleting");

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await QuotaGuard.LockAsync(db, project.Id, cancellation);
        if ((await draftAsync(db, project)).Failed(out error, out var draft)) return error;
        var (app, before, plan) = draft;
        var ground = await rules.LookAsync(db, project.Id, project.Name, project.Namespace, cancellation);
        plan = rules.Fit(ground, plan, action);
        if (BrokenRule.ToError(await rules.BrokenAsync(db, ground, before is null ? null : app.Id, plan, app.LatestRelease + 1, action, cancellation)) is { } refusal) return refusal;
        var specBefore = before is null ? null : app.Spec;
        if (releases.Make(app, project.Name, project.Namespace, plan, ground.Settings).Failed(out error, out var release)) return error;
        db.Add(release);
        db.Add(new AuditEntry
        {
            At = release.CreatedAt,
            UserId = maker.UserId,
            Actor = maker.Name,
            Address = maker.Address,
            Action = audited,
            Subject = $"project/{project.Name}/app/{app.Name}",
            ProjectId = project.Id,
            Detail = $"release {release.Number}: {release.Spec.Image}{(release.RollbackOf is { } of ? $", as release {of}" : "")}",
            Changes = SpecChanges.Between(specBefore, plan.Spec, secrets.TryUnprotect(before?.ProtectedSecrets) ?? new Dictionary<string, string>(), plan.Secrets),
        });
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } taken)
        {
            await transaction.RollbackAsync(cancellation);
            return taken.ConstraintName?.Contains("host_label", StringComparison.Ordinal) == true && !await db.Set<Application>().AnyAsync(a => a.ProjectId == project.Id && a.Name == app.Name, cancellation)
                ? new Conflict($"The address {app.HostLabel} is taken by another application. Choose another name.", "address-taken")
                : new Conflict($"The project already has an application '{app.Name}'. Choose another name, or deploy to that one.", "name-taken");
        }
        var (ended, at) = (plan.Cancels ? ReleaseState.Cancelled : ReleaseState.Superseded, release.CreatedAt);
        await db.Set<Release>()
            .Where(r => r.ApplicationId == app.Id && r.Number < release.Number && Release.Underway.Contains(r.State))
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, ended).SetProperty(r => r.FinishedAt, at), cancellation);
        await Change.SendAsync(db, ChangeOf.Application, app.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        await work.EnqueueAsync(new WorkItem(ReconcileApplication.WorkKind, app.Id), cancellation);
        return new Deployed(project.Name, app.Name, release.Number, StaysStopped: release.Stopped && action != AppAction.Stop);
    }
}
