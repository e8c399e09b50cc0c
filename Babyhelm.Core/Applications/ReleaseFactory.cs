using Babyhelm.Core.Clusters;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

/// <summary>What a new release is made of.</summary>
/// <param name="Spec">Valid, without secret values.</param>
/// <param name="Secrets">Value of each secret variable of the spec.</param>
/// <param name="ById">Null for what Babyhelm does by itself.</param>
public sealed record ReleasePlan(AppSpec Spec, IReadOnlyDictionary<string, string> Secrets, Guid? ById, string By)
{
    public int? RollbackOf { get; init; }
    public string? Message { get; init; }
}

/// <summary>Makes the next release of an application: takes its number and renders its manifests.</summary>
public sealed class ReleaseFactory(ManifestBuilder manifests, SecretValues secrets, ClusterMonitor monitor, TimeProvider time)
{
    /// <summary>
    /// The caller holds the application's row lock, or the application is new; it saves both. <see cref="Invalid"/> for what the
    /// cluster is known not to serve.
    /// </summary>
    public Result<Release> Make(Application app, string projectName, string ns, ReleasePlan plan)
    {
        var (number, canAutoscale) = (app.LatestRelease + 1, !monitor.Lacks(ResourceType.HorizontalPodAutoscalers));
        var context = new ApplicationContext
        {
            ProjectId = app.ProjectId.ToString(),
            ProjectName = projectName,
            Namespace = ns,
            Spec = plan.Spec,
            Release = number,
            CanAutoscale = canAutoscale,
        };
        if (manifests.BuildApplication(context).Failed(out var error, out var rendered)) return error;
        if (rendered.Inventory.FirstOrDefault(i => monitor.Lacks(i.Type)) is { } missing) return new Invalid(FieldOf(missing.Type), ApiNeed.MissingText(missing.Type));
        var now = time.GetUtcNow();
        (app.Spec, app.LatestRelease, app.UpdatedAt) = (plan.Spec, number, now);
        // Whatever differed from the release before is about to be replaced.
        (app.Drift, app.ComparedObjects, app.RepairRequestedAt) = (null, null, null);
        return new Release
        {
            ApplicationId = app.Id,
            Number = number,
            Spec = plan.Spec,
            ProtectedSecrets = secrets.Protect(plan.Secrets),
            Manifests = rendered.ToJson(),
            TemplateVersion = manifests.TemplateVersion,
            Warnings = plan.Spec.Autoscale is not null && !canAutoscale ? [DeployApplication.NoAutoscaling] : [],
            RollbackOf = plan.RollbackOf,
            Message = plan.Message,
            CreatedById = plan.ById,
            CreatedBy = plan.By,
            CreatedAt = now,
        };
    }

    /// <summary>The setting that asks for such an object.</summary>
    private static string FieldOf(ResourceType type) => type == ResourceType.Ingresses ? "expose.type" : "kind";
}
