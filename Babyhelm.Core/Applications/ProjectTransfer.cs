using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications.Hooks;
using Babyhelm.Core.Applications.Registries;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <param name="Archive">The file, in base64.</param>
/// <param name="Applications">Names of those to make; null for all.</param>
/// <param name="Secrets">Values of secret variables: by application, then by variable.</param>
/// <param name="Replace">Deploy those that the project has already as they stand in the archive; their secrets keep the values that they have.</param>
public sealed record ArchiveRequest(
    byte[]? Archive, IReadOnlyList<string>? Applications = null, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>? Secrets = null, bool Replace = false);

/// <param name="Project">Name of the project that the archive was made from.</param>
/// <param name="Created">Whether anything was to be made; false for a look at what would be.</param>
public sealed record ArchiveReport(string Project, DateTimeOffset ExportedAt, IReadOnlyList<ImportedApplication> Applications, bool Created)
{
    /// <summary>Registries of the archive that this project has not, or has otherwise.</summary>
    public IReadOnlyList<MissingRegistry> Registries { get; init; } = [];
}

/// <summary>A registry that an archive knows and the project has not so. An import makes none: the password is not in the archive.</summary>
/// <param name="UsedBy">Applications of the archive that pull with it.</param>
/// <param name="ToDo">One sentence.</param>
public sealed record MissingRegistry(string Name, string Host, string UserName, IReadOnlyList<string> UsedBy, string ToDo);

/// <summary>A whole project as one file, and back into the same project or another.</summary>
public sealed class ProjectTransfer(
    IDbContextFactory<BabyhelmDbContext> contexts, DeployApplication deploy, ApplicationSettings settings, DeployRules rules, SecretValues secrets, TimeProvider time)
{
    /// <summary>Longest archive, in bytes.</summary>
    public const int MaxArchive = ProjectArchive.MaxPacked;

    private const string Message = "Imported from an archive";

    /// <summary>All applications with their settings, the registries without passwords, and no secret values, data or tokens. <see cref="Conflict"/> for more than an import takes.</summary>
    public async Task<Result<ExportedFile>> ExportAsync(Caller caller, string project, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ProjectAccess.RequireAsync(db, caller, project, ProjectAction.View, cancellation);
        if (access.Failed(out var error, out var found)) return error;
        var rows = await (
            from app in db.Set<Application>().AsNoTracking().Where(a => a.ProjectId == found.Id && a.DeletingSince == null)
            orderby app.Name
            select new
            {
                App = app,
                Stopped = app.Releases.Where(r => r.Number == app.LatestRelease).Select(r => r.Stopped).First(),
                Hook = db.Set<DeployHook>().Any(h => h.ApplicationId == app.Id),
            }).Take(ProjectArchive.MaxApplications + 1).ToListAsync(cancellation);
        if (rows.Count > ProjectArchive.MaxApplications) return TooLarge($"An archive has at most {ProjectArchive.MaxApplications} applications.");
        var registries = await db.Set<Registry>().AsNoTracking().Where(r => r.ProjectId == found.Id).OrderBy(r => r.Name).Select(r => new ArchivedRegistry(r.Name, r.Host, r.UserName)).ToListAsync(cancellation);
        var now = time.GetUtcNow();
        var file = ProjectArchive.Write(found.Name, now, [.. rows.Select(r => new ArchivedApplication(r.App.Spec, r.App.AutoRollback, r.App.SelfHeal, r.Stopped, r.Hook))], registries);
        if (ProjectArchive.Read(file).Failed(out error, out _)) return TooLarge(error.Message);
        return new ExportedFile(file, $"{found.Name}-{now:yyyy-MM-dd}.zip");
    }

    /// <summary>
    /// <see cref="Invalid"/> for a file that is no archive, and for chosen applications that can't be made; then nothing is made. Once
    /// it begins, each application stands for itself: one that fails is told in the report.
    /// </summary>
    /// <param name="dryRun">Only say what would be made.</param>
    public async Task<Result<ArchiveReport>> ImportAsync(Caller caller, string project, ArchiveRequest request, bool dryRun, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ProjectAccess.RequireAsync(db, caller, project, ProjectAction.Deploy, cancellation);
        if (access.Failed(out var error, out var found)) return error;
        if (request.Archive is not { Length: > 0 } bytes) return new Invalid("archive", "Give an archive.");
        if (ProjectArchive.Read(bytes).Failed(out error, out var archive)) return error;

        var present = await PresentAsync(db, found.Id, cancellation);
        var plans = await CheckedAsync(db, caller, found, [.. archive.Applications.Select(a => Plan(a, request, present))], dryRun, cancellation);
        var missing = await MissingAsync(db, found.Id, archive.Index.Registries, plans, cancellation);
        if (dryRun) return new ArchiveReport(archive.Index.Project, archive.Index.ExportedAt, [.. plans.Select(p => p.Shown)], Created: false) { Registries = missing };

        var chosen = request.Applications ?? [.. plans.Select(p => p.Spec.Name)];
        var faults = chosen.Where(c => plans.All(p => p.Spec.Name != c)).Select(_ => new Fault("applications", "The archive has no application of one of these names."))
            .Concat(plans.Where(p => chosen.Contains(p.Spec.Name) && !p.Shown.CanBeCreated).Select(p => new Fault("applications", $"{p.Spec.Name} can't be made. {p.Shown.Problems[0].Message}"))).ToList();
        if (chosen.Count == 0) faults.Add(new Fault("applications", "Choose at least one application."));
        if (faults.Count > 0) return new Invalid(faults);
        var made = new List<ImportedApplication>();
        foreach (var plan in plans) made.Add(chosen.Contains(plan.Spec.Name) ? await MakeAsync(caller, project, plan, cancellation) : plan.Shown);
        return new ArchiveReport(archive.Index.Project, archive.Index.ExportedAt, made, Created: true) { Registries = missing };
    }

    private static async Task<IReadOnlyList<MissingRegistry>> MissingAsync(
        BabyhelmDbContext db, Guid projectId, IReadOnlyList<ArchivedRegistry> archived, IReadOnlyList<Planned> plans, CancellationToken cancellation)
    {
        var present = await db.Set<Registry>().Where(r => r.ProjectId == projectId).ToDictionaryAsync(r => r.Name, r => r.Host, cancellation);
        return [.. archived.Where(a => present.GetValueOrDefault(a.Name) != a.Host).Select(a => new MissingRegistry(
            a.Name, a.Host, a.UserName, [.. plans.Where(p => p.Spec.Registry == a.Name).Select(p => p.Spec.Name)],
            present.TryGetValue(a.Name, out var other)
                ? $"The project has a registry '{a.Name}' for {other}, and the archive means {a.Host}: add one for {a.Host} under another name, and choose it in the settings of what pulls from there."
                : $"Add a registry '{a.Name}' for {a.Host} with the user {a.UserName} and its password to the project's registries, then import again."))];
    }

    private static Conflict TooLarge(string why) => new($"The project is too large for one archive. {why} Export its applications one by one, as YAML or charts.", "archive-too-large");

    /// <param name="Spec">With the secret values that were given.</param>
    private sealed record Planned(AppSpec Spec, ArchivedApplication From, ImportedApplication Shown, Present? Replaced)
    {
        /// <summary>One that is replaced stays as it is.</summary>
        public bool Stopped => Replaced?.Stopped ?? From.Stopped;
    }

    /// <param name="Secrets">Names of those that have a value.</param>
    private sealed record Present(Guid Id, bool Stopped, IReadOnlySet<string> Secrets);

    private static Planned Plan(ArchivedApplication archived, ArchiveRequest request, Dictionary<string, Present> present)
    {
        var given = request.Secrets?.GetValueOrDefault(archived.Spec.Name);
        var spec = archived.Spec with { Env = [.. archived.Spec.Env.Select(e => e is { Secret: true } ? e with { Value = given?.GetValueOrDefault(e.Name) } : e)] };
        var exists = present.TryGetValue(spec.Name, out var has);
        var missing = spec.Env.Where(e => e is { Secret: true, Value: null } && !(exists && request.Replace && has!.Secrets.Contains(e.Name))).Select(e => e.Name).ToList();
        List<Fault> problems = AppSpecValidator.Validate(spec).Error is Invalid invalid ? [.. invalid.Faults] : [];
        if (exists && !request.Replace) problems.Insert(0, new Fault("name", $"The project has an application '{spec.Name}' already."));
        if (missing.Count > 0) problems.Add(new Fault("env", $"Give values for its secrets: {string.Join(", ", missing)}."));
        List<string> notes = [];
        if (spec.Volumes.Count > 0 && !exists) notes.Add("Its volumes are new and empty.");
        if (archived.Hook && !exists) notes.Add("It had a deploy hook: make a new one.");
        if (archived.Stopped && !exists) notes.Add("It is stopped, as it was.");
        var shown = new ImportedApplication(spec.Name, ImportedApplication.Shown(spec), problems) { Replaces = exists && request.Replace, Notes = notes, MissingSecrets = missing };
        return new Planned(spec, archived, shown, shown.Replaces ? has : null);
    }

    /// <summary>With what a deploy would refuse.</summary>
    /// <param name="dryRun">Tells as well where the quota is short of it beside those before it; what is made is told of that when its turn comes.</param>
    private async Task<IReadOnlyList<Planned>> CheckedAsync(BabyhelmDbContext db, Caller caller, ProjectView project, IReadOnlyList<Planned> plans, bool dryRun, CancellationToken cancellation)
    {
        var ground = await rules.LookAsync(db, project.Id, project.Name, project.Namespace, cancellation);
        var (together, done) = (ground.Taken, new List<Planned>());
        foreach (var plan in plans)
        {
            var (shown, own) = (plan.Shown, plan.Replaced?.Id);
            if (AppSpecValidator.Validate(plan.Spec).Ok(out var spec, out _))
            {
                var asked = new ReleasePlan(ImportedApplication.Shown(spec)!, new Dictionary<string, string>(), caller.UserId, caller.Email) { Stopped = plan.Stopped };
                var broken = await rules.BrokenAsync(db, ground, own, asked, 1, AppAction.Deploy, cancellation);
                shown = shown with { Problems = [.. shown.Problems, .. broken.Select(b => b.Fault)] };
                if (dryRun && shown.CanBeCreated && rules.Crowded(ground, together, own, asked) is { } crowded) shown = shown with { Notes = [.. shown.Notes, $"Not beside the others that come before it: {crowded.Message}"] };
                else if (shown.CanBeCreated) together = rules.With(together, own, asked);
            }
            done.Add(plan with { Shown = shown });
        }
        return done;
    }

    private async Task<ImportedApplication> MakeAsync(Caller caller, string project, Planned plan, CancellationToken cancellation)
    {
        var (spec, name) = (plan.Spec, plan.Spec.Name);
        var made = plan.Shown.Replaces
            ? await deploy.UpdateAsync(caller, project, name, spec, null, Message, cancellation)
            : await deploy.CreateAsync(caller, project, spec, Message, plan.Stopped, cancellation);
        var told = plan.Shown.Told(made);
        if (made.Error is not null) return told;
        var change = new SettingsChange(plan.From.AutoRollback, plan.From.SelfHeal);
        if (!plan.Shown.Replaces && change == new SettingsChange(true, true)) return told;
        return (await settings.ChangeAsync(caller, project, name, change, cancellation)).Failed(out var error, out _)
            ? told with { Notes = [.. told.Notes, $"Whether it goes back and repairs itself was not set: {error.Public}"] } : told;
    }

    /// <summary>The project's applications by name.</summary>
    private async Task<Dictionary<string, Present>> PresentAsync(BabyhelmDbContext db, Guid projectId, CancellationToken cancellation)
    {
        var rows = await db.Set<Application>().AsNoTracking().Where(a => a.ProjectId == projectId)
            .Select(a => new { a.Id, a.Name, Latest = a.Releases.Where(r => r.Number == a.LatestRelease).Select(r => new { r.Stopped, r.ProtectedSecrets }).First() }).ToListAsync(cancellation);
        return rows.ToDictionary(r => r.Name, r => new Present(
            r.Id, r.Latest.Stopped, (secrets.TryUnprotect(r.Latest.ProtectedSecrets) ?? new Dictionary<string, string>()).Keys.ToHashSet(StringComparer.Ordinal)));
    }
}
