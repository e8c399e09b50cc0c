using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications.Registries;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>What a deploy would do. Nothing of it was done.</summary>
/// <param name="Release">Number of the latest release that it was compared at; null for a new application.</param>
/// <param name="LiveRelease">Number of the release that the differences are against; null where none is live.</param>
/// <param name="Spec">What would be asked for otherwise than now.</param>
/// <param name="Changes">What would change on the cluster.</param>
/// <param name="Manifests">All that would be applied, as YAML with secrets masked.</param>
/// <param name="Warnings">What the cluster says about it, yet would take.</param>
/// <param name="Refusals">What the project's quota or the cluster would not take.</param>
/// <param name="Unchecked">Why the cluster was not asked, or not about everything; null where it was.</param>
public sealed record DeployPreview(
    int? Release, int? LiveRelease, IReadOnlyList<FieldChange> Spec, IReadOnlyList<ManifestChange> Changes, string Manifests,
    IReadOnlyList<string> Warnings, IReadOnlyList<PreviewRefusal> Refusals, string? Unchecked)
{
    public bool ChangesNothing => Release is not null && Spec.Count == 0 && Changes.Count == 0;
}

/// <param name="Kind">Of the object that the cluster would refuse.</param>
public sealed record PreviewRefusal(string Kind, string Name, string Message)
{
    /// <summary>In the place of a kind: Babyhelm itself refuses, by the quota of the project that is named.</summary>
    public const string Quota = "Quota";

    /// <summary>In the place of a kind: Babyhelm itself refuses, for the setting that is named.</summary>
    public const string Setting = "Setting";

    public bool ByBabyhelm => Kind is Quota or Setting;

    internal static PreviewRefusal Of(BrokenRule broken, string project) =>
        broken.IsQuota ? new(Quota, project, broken.Fault.Message) : new(Setting, broken.Fault.Field, broken.Fault.Message);
}

/// <summary>Shows what a deploy of a spec would do: renders it, compares it with what is live, and has the cluster check it by dry runs.</summary>
public sealed class PreviewApplication(
    IDbContextFactory<BabyhelmDbContext> contexts, ReleaseFactory releases, ReleaseComparison comparison, SecretValues secrets, ReleaseSecrets filling, DeployRules rules,
    KubernetesClient cluster)
{
    /// <summary>The same errors as for the deploy, <see cref="Invalid"/> with the fields among them. A name that is not there yet stands for a new application.</summary>
    public async Task<Result<DeployPreview>> ExecuteAsync(Caller caller, string projectName, AppSpec spec, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.Deploy, cancellation);
        if (access.Failed(out var error, out var project)) return error;
        var app = await db.Set<Application>().AsNoTracking().FirstOrDefaultAsync(a => a.ProjectId == project.Id && a.Name == spec.Name, cancellation);
        // As the deploy would say.
        if (project.State == ProjectState.Deleting) return new Conflict("The project is being deleted.", "project-deleting");
        var all = db.Set<Release>().AsNoTracking().Where(r => app != null && r.ApplicationId == app.Id);
        var latest = app is null ? null : await all.FirstAsync(r => r.Number == app.LatestRelease, cancellation);
        var live = app is null ? null : await all.Where(r => Release.InForce.Contains(r.State)).OrderByDescending(r => r.Number).FirstOrDefaultAsync(cancellation);

        var standing = latest is null ? null : AppStanding.Of(app!, latest.State, latest.Stopped, latest.Paused, latest.RollbackOf, live?.Number, live?.Stopped, false);
        if (standing is not null && AppActions.WhyNot(AppAction.Deploy, standing) is { } no) return no;

        if (GivenSpec.Read(spec, secrets.Unprotect(latest?.ProtectedSecrets)).Failed(out error, out var given)) return error;
        var plan = new ReleasePlan(given.Spec, given.Secrets, caller.UserId, caller.Email) { Stopped = standing?.Stopped == true, PullsAlways = latest is { PullsAlways: true } && latest.Spec.Image == given.Spec.Image };
        var number = (latest?.Number ?? 0) + 1;
        var ground = await rules.LookAsync(db, project.Id, project.Name, project.Namespace, cancellation);
        var broken = await rules.BrokenAsync(db, ground, app?.Id, plan, number, AppAction.Deploy, cancellation);
        // Of a quota that is short alone, what the cluster says of the objects is told all the same.
        if (broken.Any(b => !b.IsQuota)) return BrokenRule.ToError(broken)!;
        if (releases.Render(project.Id, project.Name, project.Namespace, plan, number, ground.Settings).Failed(out error, out var rendered)) return error;

        IReadOnlyList<FieldChange> changes = latest is null ? [] : SpecDiff.Between(app!.Spec, given.Spec, secrets.TryUnprotect(latest.ProtectedSecrets) ?? new Dictionary<string, string>(), given.Secrets);
        var after = new ManifestDiff.Side(rendered, given.Spec.Name, number, given.Secrets);
        var before = new ManifestDiff.Side(new ManifestSet([]), given.Spec.Name, 0, new Dictionary<string, string>());
        if (live is not null && comparison.Side(live, given.Spec.Name).Failed(out error, out before)) return error;
        if ((await filling.FillAsync(db, rendered, project.Id, given.Spec.Registry, given.Secrets, cancellation)).Failed(out error, out var filled)) return error;
        var check = await CheckAsync(filled, cancellation);
        return new DeployPreview(latest?.Number, live?.Number, changes, ManifestDiff.Between(before!, after), rendered.ToYaml(),
            [.. releases.Warnings(given.Spec), .. check.Warnings], [.. broken.Select(b => PreviewRefusal.Of(b, project.Name)), .. check.Refusals], check.Unchecked);
    }

    /// <summary>What the cluster says to a dry run of each manifest, without the values of secrets in them.</summary>
    internal sealed record Check(IReadOnlyList<string> Warnings, IReadOnlyList<PreviewRefusal> Refusals, string? Unchecked);

    internal async Task<Check> CheckAsync(ManifestSet set, CancellationToken cancellation)
    {
        var (mask, warnings, refusals) = (SecretMask.Of(set), new List<string>(), new List<PreviewRefusal>());
        foreach (var (identity, document) in set.Manifests)
        {
            var asked = await cluster.ApplyAsync(document, dryRun: true, cancellation: cancellation);
            // Of a deployment or a load balancer that is there, some changes are taken only as a replacement, and made so.
            if (asked.Error is KubernetesError { IsInvalid: true } && (identity.Type == ResourceType.Deployments || identity.Type == ResourceType.Services)) asked = await DeploymentApply.TryAsNewAsync(cluster, document, cancellation);
            if (asked.Ok(out var written, out var error)) warnings.AddRange(mask.In(written.Warnings));
            else if (error is KubernetesError { IsNotServed: true } && identity.Type == ResourceType.HorizontalPodAutoscalers) warnings.Add(DeployApplication.NoAutoscaling);
            else if (error is KubernetesError { IsNotFound: true, IsNotServed: false }) return new([.. warnings.Distinct()], refusals, "The project's namespace is not there yet: the cluster checks the application when it is deployed.");
            else if (ApplyRetries.Of(error) == ApplyAnswer.Waits) return new([.. warnings.Distinct()], refusals, mask.In(error).Public);
            else refusals.Add(new PreviewRefusal(identity.Type.Kind, identity.Name, mask.In(error is KubernetesError { ServerMessage: { Length: > 0 } said } ? said : error.Public)));
        }
        return new([.. warnings.Distinct()], refusals, null);
    }
}
