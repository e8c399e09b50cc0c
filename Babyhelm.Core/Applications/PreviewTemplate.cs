using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications.Registries;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Projects.Quotas;
using Babyhelm.Core.Templates;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>What a template would make of something that is there. Nothing of it was done.</summary>
/// <param name="Manifests">All that would be applied, as YAML with secrets masked.</param>
/// <param name="Changes">Against what the templates in use make of the same.</param>
/// <param name="Warnings">What the cluster says about it, yet would take.</param>
/// <param name="Refusals">What the cluster would not take, and what of a deploy of the application would be refused before.</param>
/// <param name="Unchecked">Why the cluster was not asked, or not about everything; null where it was.</param>
public sealed record TemplatePreview(
    string Manifests, IReadOnlyList<ManifestChange> Changes, IReadOnlyList<string> Warnings, IReadOnlyList<PreviewRefusal> Refusals, string? Unchecked);

/// <summary>Shows what a changed template would make of a real application, or of a project's namespace, and has the cluster check it by dry runs.</summary>
public sealed class PreviewTemplate(
    IDbContextFactory<BabyhelmDbContext> contexts, RefusalLog refusals, CurrentTemplates current, ReleaseFactory releases, NamespaceProvisioner namespaces,
    PreviewApplication preview, DeployRules rules, SecretValues secrets, ReleaseSecrets filling)
{
    /// <param name="app">Null for the project's namespace and the rules in it.</param>
    /// <returns><see cref="Invalid"/> on <c>source</c> as when it is saved.</returns>
    public async Task<Result<TemplatePreview>> ExecuteAsync(Caller caller, string name, string? source, string? project, string? app, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "template.preview", cancellation) is { } no) return no;
        if (!ManifestTemplates.BuiltInSources.ContainsKey(name)) return TemplateCommands.NoTemplate(name);
        if (TemplateCommands.Problem(source) is { } problem) return problem;
        if (project is null || Slug.Problem(project) is not null) return new Invalid("project", "Give the name of a project.");
        if (app is not null && Slug.Problem(app) is not null) return new Invalid("app", "Give the name of an application, or none for the project's namespace.");
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (TemplateCommands.Checked(await TemplateStore.OverridesAsync(db, cancellation), name, TemplateCommands.Stored(name, source)).Failed(out var error, out var templates)) return error;
        if (await db.Set<Project>().AsNoTracking().FirstOrDefaultAsync(p => p.Name == project, cancellation) is not { } found) return new Invalid("project", $"There is no project '{project}'.");

        var builder = new ManifestBuilder(templates);
        if (app is null)
        {
            var (amounts, _) = await QuotaCommands.OfProjectAsync(db, found.Id, cancellation);
            var context = namespaces.ContextOf(found.Id, found.Name, found.Namespace, amounts);
            return await ShowAsync(current.Builder.BuildNamespace(context), builder.BuildNamespace(context), "", 0, new Dictionary<string, string>(), [], set => Task.FromResult<Result<ManifestSet>>(set), cancellation);
        }
        var known = await db.Set<Application>().AsNoTracking().FirstOrDefaultAsync(a => a.ProjectId == found.Id && a.Name == app, cancellation);
        var latest = known is null ? null : await db.Set<Release>().AsNoTracking().FirstAsync(r => r.ApplicationId == known.Id && r.Number == known.LatestRelease, cancellation);
        if (latest is null) return new Invalid("app", $"There is no application '{app}' in '{found.Name}'.");
        var values = secrets.TryUnprotect(latest.ProtectedSecrets) ?? new Dictionary<string, string>();
        var ground = await rules.LookAsync(db, found.Id, found.Name, found.Namespace, cancellation);
        var plan = new ReleasePlan(known!.Spec, values, null, "") { Stopped = latest.Stopped, PullsAlways = latest.PullsAlways };
        var broken = await rules.BrokenAsync(db, ground, known.Id, plan, latest.Number, AppAction.Deploy, cancellation, builder);
        return await ShowAsync(RenderedBy(current.Builder), RenderedBy(builder), app, latest.Number, values, [.. broken.Select(b => PreviewRefusal.Of(b, found.Name))],
            set => filling.FillAsync(db, set, found.Id, known.Spec.Registry, values, cancellation), cancellation);

        Result<ManifestSet> RenderedBy(ManifestBuilder with) => releases.Render(found.Id, found.Name, found.Namespace, plan, latest.Number, ground.Settings, with);
    }

    /// <summary>The application that was changed last, to begin with; empty names where there is none.</summary>
    public async Task<Result<(string Project, string App)>> LatestSubjectAsync(Caller caller, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "template.preview", cancellation) is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var latest = await db.Set<Application>().AsNoTracking().Where(a => a.DeletingSince == null).OrderByDescending(a => a.UpdatedAt)
            .Join(db.Set<Project>(), a => a.ProjectId, p => p.Id, (a, p) => new { Project = p.Name, App = a.Name }).FirstOrDefaultAsync(cancellation);
        return (latest?.Project ?? "", latest?.App ?? "");
    }

    private async Task<Result<TemplatePreview>> ShowAsync(
        Result<ManifestSet> now, Result<ManifestSet> then, string app, int release, IReadOnlyDictionary<string, string> values, IReadOnlyList<PreviewRefusal> refused,
        Func<ManifestSet, Task<Result<ManifestSet>>> fillAsync, CancellationToken cancellation)
    {
        if (then.Failed(out var error, out var rendered)) return error is Invalid invalid ? new Invalid([.. invalid.Faults.Select(f => f with { Field = "source" })]) : error;
        if ((await fillAsync(rendered)).Failed(out error, out var filled)) return error;
        // What is in use may render no more itself; then everything is new.
        var before = now.Ok(out var used, out _) ? used : new ManifestSet([]);
        var check = await preview.CheckAsync(filled, cancellation);
        return new TemplatePreview(rendered.ToYaml(), ManifestDiff.Between(new(before, app, release, values), new(rendered, app, release, values)), check.Warnings, [.. refused, .. check.Refusals], check.Unchecked);
    }
}
