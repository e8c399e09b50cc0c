using Babyhelm.Core.Accounts;
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

    /// <summary>It runs nothing.</summary>
    public bool Stopped { get; init; }

    /// <summary>See <see cref="Release.PullsAlways"/>.</summary>
    public bool PullsAlways { get; init; }

    /// <summary>What is under way is cancelled, not superseded.</summary>
    public bool Cancels { get; init; }

    /// <summary>An earlier release once more, as it ran last: with the replicas that it was scaled to, and the digest where it is known.</summary>
    internal static ReleasePlan Repeat(Release earlier, IReadOnlyDictionary<string, string> secrets, Guid? byId, string by)
    {
        var spec = earlier.ScaledTo is { } replicas ? earlier.Spec with { Replicas = replicas } : earlier.Spec;
        return new ReleasePlan(earlier.Digest is { } digest ? spec with { Image = ImageDigest.Pin(spec.Image, digest) } : spec, secrets, byId, by)
        {
            RollbackOf = earlier.Number,
            Stopped = earlier.Stopped,
            PullsAlways = earlier.PullsAlways,
        };
    }
}

/// <summary>Makes the next release of an application: takes its number and renders its manifests.</summary>
public sealed class ReleaseFactory(CurrentTemplates templates, SecretValues secrets, ClusterMonitor monitor, TimeProvider time)
{
    /// <summary>
    /// The caller holds the application's row lock, or the application is new; it saves both. <see cref="Invalid"/> for what the
    /// cluster is known not to serve.
    /// </summary>
    public Result<Release> Make(Application app, string projectName, string ns, ReleasePlan plan, PlatformSettings settings)
    {
        var number = app.LatestRelease + 1;
        var builder = templates.Builder;
        if (Render(app.ProjectId, projectName, ns, plan, number, settings, builder).Failed(out var error, out var rendered)) return error;
        var now = time.GetUtcNow();
        (app.Spec, app.LatestRelease, app.Version, app.UpdatedAt, app.ChangedBy) = (plan.Spec, number, app.Version + 1, now, null);
        // Whatever differed from the release before is about to be replaced.
        (app.Drift, app.ComparedObjects, app.RepairRequestedAt) = (null, null, null);
        return new Release
        {
            ApplicationId = app.Id,
            Number = number,
            Version = app.Version,
            Spec = plan.Spec,
            Stopped = plan.Stopped,
            PullsAlways = plan.PullsAlways,
            ProtectedSecrets = secrets.Protect(plan.Secrets),
            Manifests = rendered.ToJson(),
            TemplateVersion = builder.TemplateVersion,
            Warnings = Warnings(plan.Spec),
            RollbackOf = plan.RollbackOf,
            Message = plan.Message,
            CreatedById = plan.ById,
            CreatedBy = plan.By,
            CreatedAt = now,
        };
    }

    /// <summary>The manifests that a release of this number would have; stores nothing. <see cref="Invalid"/> as for <see cref="Make"/>.</summary>
    /// <param name="with">Other templates than those in use.</param>
    internal Result<ManifestSet> Render(Guid projectId, string projectName, string ns, ReleasePlan plan, int number, PlatformSettings settings, ManifestBuilder? with = null)
    {
        var context = new ApplicationContext
        {
            ProjectId = projectId.ToString(),
            ProjectName = projectName,
            Namespace = ns,
            Spec = plan.Spec,
            Release = number,
            Stopped = plan.Stopped,
            PullsAlways = plan.PullsAlways,
            CanAutoscale = CanAutoscale,
            IngressClass = settings.IngressClass,
            TlsIssuer = settings.TlsIssuer,
            LoadBalancerClass = monitor.HasLoadBalancerClasses ? settings.LoadBalancerClass : null,
        };
        if (plan.Spec.Expose.LoadBalancerClass is not null && !monitor.HasLoadBalancerClasses)
            return new Invalid("expose.loadBalancerClass", "This cluster knows no classes of load balancers: that needs Kubernetes 1.22 or newer. Leave the class out, or have the cluster upgraded.");
        if ((with ?? templates.Builder).BuildApplication(context).Failed(out var error, out var rendered)) return error;
        if (rendered.Inventory.FirstOrDefault(i => monitor.Lacks(i.Type)) is { } missing) return new Invalid(FieldOf(missing.Type), ApiNeed.MissingText(missing.Type));
        return rendered;
    }

    /// <summary>What the cluster is known to leave out.</summary>
    internal IReadOnlyList<string> Warnings(AppSpec spec) => spec.Autoscale is not null && !CanAutoscale ? [DeployApplication.NoAutoscaling] : [];

    private bool CanAutoscale => !monitor.Lacks(ResourceType.HorizontalPodAutoscalers);

    /// <summary>The setting that asks for such an object.</summary>
    private static string FieldOf(ResourceType type) => type == ResourceType.Ingresses ? "expose.type" : "kind";
}
