using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Babyhelm.Core.Applications;

/// <summary>What a deploy made.</summary>
public sealed record Deployed(string Project, string App, int Release);

/// <summary>
/// Creates an application, deploys a changed spec or rolls back to an earlier release: one transaction writes the
/// release, supersedes what was underway and the audit entry; the background applies it. Who says which release they started
/// from (<c>expectedRelease</c>) is told of a newer one, a <see cref="Conflict"/>, instead of replacing it unseen; null replaces
/// whatever is there.
/// </summary>
public sealed class DeployApplication(
    IDbContextFactory<BabyhelmDbContext> contexts, ReleaseFactory releases, SecretValues secrets, IWorkQueue work, TimeProvider time)
{
    /// <summary>Code of the conflict with a release that came in between.</summary>
    public const string ChangedMeanwhile = "changed-meanwhile";

    public const string NoAutoscaling = "This cluster has no autoscaling/v2: the application runs its smallest number of replicas.";

    /// <summary>Deploys the first release of a new application. <see cref="Conflict"/> when the name is taken.</summary>
    public Task<Result<Deployed>> CreateAsync(Caller caller, string project, AppSpec spec, CancellationToken cancellation) =>
        DeployAsync(caller, project, null, null, "application.create", (_, _, _) => Task.FromResult(Plan(caller, spec, null)), cancellation);

    /// <summary>Deploys a new release of an application that exists. The spec replaces the old one whole.</summary>
    public Task<Result<Deployed>> UpdateAsync(
        Caller caller, string project, string app, AppSpec spec, int? expectedRelease, CancellationToken cancellation) =>
        spec.Name != app
            ? Task.FromResult<Result<Deployed>>(new Invalid("name", "An application can't be renamed. Create a new one instead."))
            : DeployAsync(caller, project, app, expectedRelease, "application.deploy", (_, _, latest) => Task.FromResult(Plan(caller, spec, latest)), cancellation);

    /// <summary>Deploys another image with everything else as it is.</summary>
    public Task<Result<Deployed>> UpdateImageAsync(
        Caller caller, string project, string app, string image, int? expectedRelease, CancellationToken cancellation) =>
        DeployAsync(caller, project, app, expectedRelease, "application.deploy",
            (_, current, latest) => Task.FromResult(Plan(caller, current!.Spec with { Image = image }, latest)), cancellation);

    /// <summary>
    /// Deploys an earlier release again, with its settings and secrets, as a new one. <see cref="NotFound"/> for a number
    /// that never was.
    /// </summary>
    public Task<Result<Deployed>> RollBackAsync(
        Caller caller, string project, string app, int release, int? expectedRelease, CancellationToken cancellation) =>
        DeployAsync(caller, project, app, expectedRelease, "application.rollback", async (db, current, _) =>
        {
            var earlier = await db.Set<Release>().AsNoTracking().FirstOrDefaultAsync(r => r.ApplicationId == current!.Id && r.Number == release, cancellation);
            if (earlier is null) return new NotFound($"There is no release {release} of '{app}'.");
            return new ReleasePlan(earlier.Spec, secrets.Unprotect(earlier.ProtectedSecrets), caller.UserId, caller.Email)
            {
                RollbackOf = release,
                Message = $"Rollback to release {release}",
            };
        }, cancellation);

    private async Task<Result<Deployed>> DeployAsync(
        Caller caller, string projectName, string? existing, int? expectedRelease, string action,
        Func<BabyhelmDbContext, Application?, string?, Task<Result<ReleasePlan>>> planAsync, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.Deploy, cancellation);
        if (access.Failed(out var error, out var project)) return error;
        if (project.State == ProjectState.Deleting) return new Conflict("The project is being deleted.", "project-deleting");

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        Application? app = null;
        if (existing is not null)
        {
            // The row lock makes release numbers gapless and supersedes in order.
            app = await db.Set<Application>()
                .FromSql($"SELECT * FROM applications WHERE project_id = {project.Id} AND name = {existing} FOR UPDATE")
                .FirstOrDefaultAsync(cancellation);
            if (app is null) return ApplicationAccess.NoApplication(existing);
            if (app.DeletingSince is not null) return new Conflict("The application is being deleted.", "application-deleting");
            if (expectedRelease is not null && expectedRelease != app.LatestRelease) return await ChangedMeanwhileAsync(db, app, cancellation);
        }
        // Encrypted, of the release before.
        var latest = app is null ? null : await db.Set<Release>().AsNoTracking()
            .Where(r => r.ApplicationId == app.Id && r.Number == app.LatestRelease).Select(r => r.ProtectedSecrets).FirstOrDefaultAsync(cancellation);
        var before = app?.Spec;
        if ((await planAsync(db, app, latest)).Failed(out error, out var plan)) return error;
        if (app is null)
        {
            app = new Application
            {
                ProjectId = project.Id,
                Name = plan.Spec.Name,
                HostLabel = $"{plan.Spec.Name}-{project.Name}",
                Spec = plan.Spec,
                CreatedAt = time.GetUtcNow(),
            };
            db.Add(app);
        }
        if (releases.Make(app, project.Name, project.Namespace, plan).Failed(out error, out var release)) return error;
        db.Add(release);
        db.Add(AuditEntry.Of(caller, action, $"project/{project.Name}/app/{app.Name}", time, project.Id,
            $"release {release.Number}: {release.Spec.Image}{(release.RollbackOf is { } of ? $", as release {of}" : "")}") with
        {
            Changes = SpecChanges.Between(before, plan.Spec, secrets.TryUnprotect(latest) ?? new Dictionary<string, string>(), plan.Secrets),
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
        await db.Set<Release>()
            .Where(r => r.ApplicationId == app.Id && r.Number < release.Number && Release.Underway.Contains(r.State))
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, ReleaseState.Superseded).SetProperty(r => r.FinishedAt, release.CreatedAt), cancellation);
        await Change.SendAsync(db, ChangeOf.Application, app.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        await work.EnqueueAsync(new WorkItem(ReconcileApplication.WorkKind, app.Id), cancellation);
        return new Deployed(project.Name, app.Name, release.Number);
    }

    private static async Task<Conflict> ChangedMeanwhileAsync(BabyhelmDbContext db, Application app, CancellationToken cancellation)
    {
        var by = await db.Set<Release>().Where(r => r.ApplicationId == app.Id && r.Number == app.LatestRelease).Select(r => r.CreatedBy).FirstAsync(cancellation);
        return new Conflict($"Changed meanwhile by {by}: the latest release is {app.LatestRelease} now. Reload to see it, then decide anew.", ChangedMeanwhile);
    }

    /// <param name="previousSecrets">Encrypted, of the release before.</param>
    private Result<ReleasePlan> Plan(Caller caller, AppSpec given, string? previousSecrets)
    {
        if (AppSpecValidator.Validate(given).Failed(out var error, out var spec)) return error;
        if (TakeSecrets(spec, secrets.Unprotect(previousSecrets)).Failed(out error, out var values)) return error;
        spec = spec with { Env = [.. spec.Env.Select(e => e.Secret ? e with { Value = null } : e)] };
        return new ReleasePlan(spec, values, caller.UserId, caller.Email);
    }

    /// <summary>Values of the spec's secrets: those given, and for a null the one that was set before.</summary>
    private static Result<Dictionary<string, string>> TakeSecrets(AppSpec spec, IReadOnlyDictionary<string, string> previous)
    {
        var values = new Dictionary<string, string>();
        var faults = new List<Fault>();
        for (var i = 0; i < spec.Env.Count; i++)
        {
            if (spec.Env[i] is not { Secret: true } secret) continue;
            if (secret.Value is { } given) values[secret.Name] = given;
            else if (previous.TryGetValue(secret.Name, out var kept)) values[secret.Name] = kept;
            else faults.Add(new Fault($"env[{i}].value", $"Give a value for the new secret {secret.Name}."));
        }
        return faults.Count > 0 ? new Invalid(faults) : values;
    }
}
