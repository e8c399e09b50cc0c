using System.Globalization;
using Babyhelm.Core.Clusters;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects.Quotas;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications.Quotas;

/// <summary>
/// Refuses what a project's quota would not take, before the cluster is asked. Counts what applications were asked to run, not
/// what runs at the moment: an autoscaler's most, and the pods that a rolling update adds. What somebody else runs in the
/// namespace only the cluster counts; volumes that stay without an application are counted here too.
/// </summary>
public sealed class QuotaGuard(ClusterMonitor monitor, ClusterCache cache)
{
    public const string Code = "quota-exceeded";

    /// <summary>How to read and to write a part.</summary>
    internal static readonly IReadOnlyDictionary<QuotaPart, (string Name, string Hard, Func<decimal, string> Text)> Parts = new Dictionary<QuotaPart, (string, string, Func<decimal, string>)>
    {
        [QuotaPart.Cpu] = ("CPU", "requests.cpu", QuotaText.Cpu),
        [QuotaPart.Memory] = ("memory", "requests.memory", QuotaText.Bytes),
        [QuotaPart.Storage] = ("storage", "requests.storage", QuotaText.Bytes),
        [QuotaPart.Pods] = ("pods", "pods", Count),
        [QuotaPart.Volumes] = ("volumes", "persistentvolumeclaims", Count),
        [QuotaPart.CpuLimit] = ("CPU limit", "limits.cpu", QuotaText.Cpu),
        [QuotaPart.MemoryLimit] = ("memory limit", "limits.memory", QuotaText.Bytes),
    };

    private bool Autoscales => !monitor.Lacks(ResourceType.HorizontalPodAutoscalers);

    /// <summary>Of several who deploy into a project at once, the second sees what the first took. Held to the end of the transaction.</summary>
    internal static Task LockAsync(BabyhelmDbContext db, Guid projectId, CancellationToken cancellation) =>
        db.Database.ExecuteSqlAsync($"SELECT 1 FROM projects WHERE id = {projectId} FOR NO KEY UPDATE", cancellation);

    /// <summary>Null where the quota takes it; else a <see cref="Conflict"/> that says what is short.</summary>
    /// <param name="appId">Null for a new application.</param>
    /// <param name="scaledTo">As <see cref="Holding.Of"/> takes it.</param>
    /// <param name="action">A scale changes the number of pods alone; all else replaces them. The way back is not held up by what is there only for a while.</param>
    internal async Task<Conflict?> ProblemAsync(
        BabyhelmDbContext db, Guid projectId, string ns, Guid? appId, AppSpec spec, bool stopped, int? scaledTo, AppAction action, CancellationToken cancellation)
    {
        var (quota, all) = await LookAsync(db, projectId, cancellation);
        return Problem(quota, all, ns, appId, spec, stopped, scaledTo, action);
    }

    /// <summary>What the project has and what of it is taken, for several questions at once.</summary>
    internal async Task<(ProjectQuota Quota, IReadOnlyList<Reservation> Taken)> LookAsync(BabyhelmDbContext db, Guid projectId, CancellationToken cancellation)
    {
        var (amounts, _) = await QuotaCommands.OfProjectAsync(db, projectId, cancellation);
        return (amounts.ToQuota(), await QuotaLedger.ReadAsync(db, projectId, Autoscales, cancellation));
    }

    /// <summary>What an application takes from its deploy on, beside the others.</summary>
    /// <param name="appId">Null for a new application.</param>
    internal Reservation Deployed(IReadOnlyList<Reservation> all, Guid? appId, AppSpec spec, bool stopped)
    {
        var runs = all.FirstOrDefault(r => r.AppId == appId)?.Runs;
        var next = Holding.Of(spec, stopped, null, Autoscales);
        return new Reservation(appId ?? Guid.CreateVersion7(), runs ?? next, Demand.Max(next.Replacing(runs), runs?.Steady ?? Demand.None));
    }

    /// <summary>As <see cref="ProblemAsync"/>, beside what is taken.</summary>
    internal Conflict? Problem(ProjectQuota quota, IReadOnlyList<Reservation> all, string ns, Guid? appId, AppSpec spec, bool stopped, int? scaledTo, AppAction action)
    {
        var own = all.FirstOrDefault(r => r.AppId == appId);
        if (own is null && all.Count >= quota.Applications)
            return new Conflict($"The project has {all.Count} of the {quota.Applications} applications that its quota allows. Delete one that is not needed, or ask a platform admin for a larger quota.", Code);

        var wanted = Holding.Of(spec, stopped, scaledTo, Autoscales);
        var need = action == AppAction.Scale ? wanted.Steady : wanted.Replacing(own?.Runs);
        var others = WithLeftVolumes(all.Where(r => r != own).Aggregate(Demand.None, (sum, r) => sum + r.Reserved), ns, spec.Name);
        var (hard, now) = (Demand.Of(quota), own?.Runs?.Steady ?? Demand.None);
        var shortages = Enum.GetValues<QuotaPart>().Where(part => need[part] > 0 && need[part] > hard[part] - others[part] && need[part] > now[part]).ToList();
        if (shortages.Count == 0) return null;
        var fits = shortages.All(part => wanted.Steady[part] <= hard[part] - others[part]);
        // A quota that was lowered below what runs: neither less nor a stop before would help.
        var noMore = Enum.GetValues<QuotaPart>().All(part => wanted.Steady[part] <= now[part]);
        if (noMore && (!fits || action == AppAction.RollBack)) return null;
        var texts = shortages.Select(part => Text(part, need[part] - (hard[part] - others[part]), Math.Max(0, hard[part] - others[part] - now[part])));
        var surge = fits ? $" It would fit once it runs, but while pods are replaced the new ones come up before the old ones end. {Way(action)}" : "";
        return new Conflict($"The project's quota does not allow this: it needs {string.Join(", and ", texts)}.{surge} Ask for less, stop or shrink other applications of the project, or ask a platform admin for a larger quota.", Code);
    }

    /// <summary>Past the pods that are there only while others are replaced.</summary>
    private static string Way(AppAction action) => action == AppAction.Restart
        ? "Stop the application and start it again: it is away for that time."
        : "Stop the application first, and start it afterwards: it is away for that time.";

    private static string Text(QuotaPart part, decimal more, decimal left)
    {
        var (name, _, text) = Parts[part];
        return part is QuotaPart.Pods or QuotaPart.Volumes
            ? $"{text(more)} more {(more == 1 ? name[..^1] : name)} than the {text(left)} left"
            : $"{text(more)} more {name} than the {text(left)} left";
    }

    /// <summary>Volumes that stayed when their application was deleted are known to the cluster alone.</summary>
    private Demand WithLeftVolumes(Demand others, string ns, string app)
    {
        if (cache.Quota(ns)?.Status.Used is not { } used) return others;
        var own = cache.Get(ns, app).Claims.Select(c => Demand.Amount(c.Spec.Resources?.Requests?.GetValueOrDefault("storage"))).ToList();
        return others
            .With(QuotaPart.Storage, Math.Max(others[QuotaPart.Storage], Demand.Amount(used.GetValueOrDefault(Parts[QuotaPart.Storage].Hard)) - own.Sum()))
            .With(QuotaPart.Volumes, Math.Max(others[QuotaPart.Volumes], Demand.Amount(used.GetValueOrDefault(Parts[QuotaPart.Volumes].Hard)) - own.Count));
    }

    private static string Count(decimal number) => number.ToString("0", CultureInfo.InvariantCulture);
}
