using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Clusters;
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
/// Creates an application or deploys a changed spec: one transaction writes the release, supersedes what was underway
/// and the audit entry; the background applies it.
/// </summary>
public sealed class DeployApplication(
    IDbContextFactory<BabyhelmDbContext> contexts, ManifestBuilder manifests, SecretValues secrets, ClusterMonitor monitor,
    IWorkQueue work, TimeProvider time)
{
    public const string NoAutoscaling = "This cluster has no autoscaling/v2: the application runs its smallest number of replicas.";

    /// <summary>Deploys the first release of a new application. <see cref="Conflict"/> when the name is taken.</summary>
    public Task<Result<Deployed>> CreateAsync(Caller caller, string project, AppSpec spec, CancellationToken cancellation) =>
        DeployAsync(caller, project, null, _ => spec, cancellation);

    /// <summary>Deploys a new release of an application that exists. The spec replaces the old one whole.</summary>
    public Task<Result<Deployed>> UpdateAsync(Caller caller, string project, string app, AppSpec spec, CancellationToken cancellation) =>
        spec.Name != app
            ? Task.FromResult<Result<Deployed>>(new Invalid("name", "An application can't be renamed. Create a new one instead."))
            : DeployAsync(caller, project, app, _ => spec, cancellation);

    /// <summary>Deploys another image with everything else as it is.</summary>
    public Task<Result<Deployed>> UpdateImageAsync(Caller caller, string project, string app, string image, CancellationToken cancellation) =>
        DeployAsync(caller, project, app, current => current! with { Image = image }, cancellation);

    private async Task<Result<Deployed>> DeployAsync(
        Caller caller, string projectName, string? existing, Func<AppSpec?, AppSpec> change, CancellationToken cancellation)
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
        }

        var previous = app is null ? null : await db.Set<Release>().AsNoTracking()
            .Where(r => r.ApplicationId == app.Id && r.Number == app.LatestRelease).Select(r => r.ProtectedSecrets).FirstOrDefaultAsync(cancellation);
        if (AppSpecValidator.Validate(change(app?.Spec)).Failed(out error, out var spec)) return error;
        if (TakeSecrets(spec, secrets.Unprotect(previous)).Failed(out error, out var secretValues)) return error;
        spec = spec with { Env = [.. spec.Env.Select(e => e.Secret ? e with { Value = null } : e)] };

        var now = time.GetUtcNow();
        if (app is null)
        {
            app = new Application
            {
                ProjectId = project.Id,
                Name = spec.Name,
                HostLabel = $"{spec.Name}-{project.Name}",
                Spec = spec,
                CreatedAt = now,
            };
            db.Add(app);
        }
        app.Spec = spec;
        app.UpdatedAt = now;
        app.LatestRelease++;

        var context = new ApplicationContext
        {
            ProjectId = project.Id.ToString(),
            ProjectName = project.Name,
            Namespace = project.Namespace,
            Spec = spec,
            Release = app.LatestRelease,
            CanAutoscale = monitor.CanAutoscale,
        };
        if (manifests.BuildApplication(context).Failed(out error, out var rendered)) return error;
        var release = new Release
        {
            ApplicationId = app.Id,
            Number = app.LatestRelease,
            Spec = spec,
            ProtectedSecrets = secrets.Protect(secretValues),
            Manifests = rendered.ToJson(),
            TemplateVersion = manifests.TemplateVersion,
            Warnings = spec.Autoscale is not null && !monitor.CanAutoscale ? [NoAutoscaling] : [],
            CreatedById = caller.UserId,
            CreatedBy = caller.Email,
            CreatedAt = now,
        };
        db.Add(release);
        db.Add(AuditEntry.Of(caller, existing is null ? "application.create" : "application.deploy",
            $"project/{project.Name}/app/{app.Name}", time, project.Id, $"release {release.Number}: {spec.Image}"));
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } taken)
        {
            return taken.ConstraintName?.Contains("host_label", StringComparison.Ordinal) == true && !await HasAsync(project.Id, spec.Name, cancellation)
                ? new Conflict($"The address {app.HostLabel} is taken by another application. Choose another name.", "address-taken")
                : new Conflict($"The project already has an application '{spec.Name}'. Choose another name, or deploy to that one.", "name-taken");
        }
        await db.Set<Release>()
            .Where(r => r.ApplicationId == app.Id && r.Number < release.Number && Release.Underway.Contains(r.State))
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, ReleaseState.Superseded).SetProperty(r => r.FinishedAt, now), cancellation);
        await Change.SendAsync(db, ChangeOf.Application, app.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        await work.EnqueueAsync(new WorkItem(ReconcileApplication.WorkKind, app.Id), cancellation);
        return new Deployed(project.Name, app.Name, release.Number);
    }

    /// <summary>In a context of its own: for a look after a failed transaction.</summary>
    private async Task<bool> HasAsync(Guid projectId, string name, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<Application>().AnyAsync(a => a.ProjectId == projectId && a.Name == name, cancellation);
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
