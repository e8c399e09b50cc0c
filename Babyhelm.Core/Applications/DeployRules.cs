using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications.Quotas;
using Babyhelm.Core.Applications.Registries;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>One reason why a deploy is refused.</summary>
/// <param name="Fault">The field of the spec that is to be changed, and how.</param>
/// <param name="Code">Of the error that it is where nothing else is broken: <c>invalid</c>, or that of a <see cref="Conflict"/>.</param>
internal sealed record BrokenRule(Fault Fault, string Code)
{
    public bool IsQuota => Code == QuotaGuard.Code;

    /// <summary>
    /// Null for none. An <see cref="Invalid"/> with every fault where one of them is; else a <see cref="Conflict"/> with the first
    /// one's code and all messages.
    /// </summary>
    public static Error? ToError(IReadOnlyList<BrokenRule> broken) =>
        broken.Count == 0 ? null
        : broken.Any(b => b.Code == InvalidCode) ? new Invalid([.. broken.Select(b => b.Fault)])
        : new Conflict(string.Join(" ", broken.Select(b => b.Fault.Message)), broken[0].Code);

    internal static IEnumerable<BrokenRule> Of(Error? error, string field) => error switch
    {
        null => [],
        Invalid invalid => invalid.Faults.Select(f => new BrokenRule(f, InvalidCode)),
        _ => [new BrokenRule(new Fault(field, error.Public), error.Code)],
    };

    private const string InvalidCode = "invalid";
}

/// <summary>What deploys into a project are held against, read once for all that are asked about.</summary>
/// <param name="Taken">Of the quota, by each application.</param>
internal sealed record DeployGround(Guid ProjectId, string ProjectName, string Namespace, ProjectQuota Quota, IReadOnlyList<Reservation> Taken, PlatformSettings Settings);

/// <summary>
/// The one place that says why a deploy is refused: by its registry, its volumes, the quota, its host, and by what the cluster
/// does not serve. A release, its preview, an import and the preview of a template ask here, so that they refuse the same.
/// </summary>
public sealed class DeployRules(QuotaGuard quota, ReleaseFactory releases, ClusterCache cache, PublicUrls urls)
{
    internal async Task<DeployGround> LookAsync(BabyhelmDbContext db, Guid projectId, string projectName, string ns, CancellationToken cancellation)
    {
        var (limits, taken) = await quota.LookAsync(db, projectId, cancellation);
        return new DeployGround(projectId, projectName, ns, limits, taken, await db.Set<PlatformSettings>().AsNoTracking().SingleAsync(cancellation));
    }

    /// <summary>
    /// Every broken rule; empty where it may be deployed. To stop and to cancel is never refused, and what
    /// goes back to what was there before is held to fewer rules than what somebody asks for anew. In a transaction, the
    /// registry and the host stay as they are until its end.
    /// </summary>
    /// <param name="appId">Null for a new application.</param>
    /// <param name="plan">As <see cref="Fit"/> answers it.</param>
    /// <param name="number">Of the release that it would be.</param>
    /// <param name="with">Other templates than those in use.</param>
    internal async Task<IReadOnlyList<BrokenRule>> BrokenAsync(
        BabyhelmDbContext db, DeployGround ground, Guid? appId, ReleasePlan plan, int number, AppAction action, CancellationToken cancellation, ManifestBuilder? with = null)
    {
        if (action is AppAction.Stop or AppAction.Cancel) return [];
        var broken = new List<BrokenRule>();
        broken.AddRange(BrokenRule.Of(await RegistryUses.ProblemAsync(db, ground.ProjectId, plan.Spec, cancellation), "registry"));
        if (AsksAnew(action)) broken.AddRange(BrokenRule.Of(VolumeSizes.Problem(plan.Spec, cache.Get(ground.Namespace, plan.Spec.Name)), "volumes"));
        broken.AddRange(BrokenRule.Of(quota.Problem(ground.Quota, ground.Taken, ground.Namespace, appId, plan.Spec, plan.Stopped, null, action), "resources"));
        broken.AddRange(BrokenRule.Of(await HostClaims.ProblemAsync(db, urls, appId, plan.Spec, cancellation), "expose.host"));
        broken.AddRange(BrokenRule.Of(releases.Render(ground.ProjectId, ground.ProjectName, ground.Namespace, plan, number, ground.Settings, with).Error, "kind"));
        return broken;
    }

    /// <summary>The plan with what it can't have otherwise: what goes back keeps its volumes as large as they have become.</summary>
    internal ReleasePlan Fit(DeployGround ground, ReleasePlan plan, AppAction action) =>
        AsksAnew(action) ? plan : plan with { Spec = VolumeSizes.Keep(plan.Spec, cache.Get(ground.Namespace, plan.Spec.Name)) };

    /// <summary>Why there is no room for it beside others that would be deployed before; null where there is.</summary>
    internal Error? Crowded(DeployGround ground, IReadOnlyList<Reservation> beside, Guid? appId, ReleasePlan plan) =>
        quota.Problem(ground.Quota, beside, ground.Namespace, appId, plan.Spec, plan.Stopped, null, AppAction.Deploy);

    /// <summary>What is taken once it is deployed, too.</summary>
    internal IReadOnlyList<Reservation> With(IReadOnlyList<Reservation> beside, Guid? appId, ReleasePlan plan) =>
        [.. beside.Where(r => r.AppId != appId), quota.Deployed(beside, appId, plan.Spec, plan.Stopped)];

    private static bool AsksAnew(AppAction action) => action is AppAction.Deploy or AppAction.Scale;
}
