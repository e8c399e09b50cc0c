using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Manifests;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Projects.Quotas;

/// <summary>
/// Namespaces are older than quotas in Babyhelm: what an admin had set there by hand becomes the project's own quota, once,
/// instead of being written over by the defaults.
/// </summary>
internal static class QuotaTakeover
{
    /// <summary>The quota that holds for the project: the given one with what its namespace had instead, where Babyhelm never brought one.</summary>
    /// <param name="holds">With nothing null.</param>
    public static async Task<Result<QuotaAmounts>> RunAsync(
        BabyhelmDbContext db, KubernetesClient cluster, Guid projectId, string ns, QuotaAmounts holds, TimeProvider time, CancellationToken cancellation)
    {
        var fresh = await db.Set<Project>().AsNoTracking().FirstOrDefaultAsync(p => p.Id == projectId && p.AppliedQuota == null && p.Quota == null, cancellation);
        if (fresh is null) return holds;
        // A list, for Babyhelm has no right to more.
        if ((await cluster.ListAsync<ResourceQuota>(ResourceType.ResourceQuotas, ns, cancellation: cancellation)).Failed(out var error, out var all)) return error;
        if (all.Items.FirstOrDefault(q => q.Metadata.Name == "babyhelm") is not { } found) return holds;

        var hard = found.Spec.Hard ?? new Dictionary<string, string>();
        var own = new QuotaAmounts(
            Differing(hard, "requests.cpu", QuotaAmounts.BuiltIn.Cpu, holds.Cpu), Differing(hard, "requests.memory", QuotaAmounts.BuiltIn.Memory, holds.Memory),
            Differing(hard, "requests.storage", QuotaAmounts.BuiltIn.Storage, holds.Storage), DifferingPods(hard, holds.Pods));
        // What Babyhelm does not let an admin set can't be kept.
        foreach (var fault in own.Faults())
            own = fault.Field switch { "cpu" => own with { Cpu = null }, "memory" => own with { Memory = null }, "storage" => own with { Storage = null }, _ => own with { Pods = null } };
        if (own == new QuotaAmounts()) return holds;

        var taken = await db.Set<Project>().Where(p => p.Id == projectId && p.AppliedQuota == null && p.Quota == null)
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.Quota, own), cancellation);
        if (taken == 0) return (await QuotaCommands.OfProjectAsync(db, projectId, cancellation)).Holds;
        db.Add(new AuditEntry
        {
            At = time.GetUtcNow(),
            Actor = "Babyhelm",
            Action = QuotaCommands.Action,
            Subject = $"project/{fresh.Name}",
            ProjectId = projectId,
            Detail = "taken over from the namespace, where it had been set by hand",
            Changes = QuotaCommands.Changes(new QuotaAmounts(), own),
        });
        await db.SaveChangesAsync(cancellation);
        return own.Over(holds);
    }

    /// <summary>Null where the namespace has what Babyhelm gave it.</summary>
    private static string? Differing(IReadOnlyDictionary<string, string> hard, string name, params string?[] given) =>
        hard.GetValueOrDefault(name) is { } text && Quantity.Parse(text) is { Error: null, Value: var amount } && !given.Any(g => Quantity.Parse(g) is { Error: null, Value: var usual } && usual.CompareTo(amount) == 0) ? text : null;

    private static int? DifferingPods(IReadOnlyDictionary<string, string> hard, int? holds) =>
        Quantity.Parse(hard.GetValueOrDefault("pods")) is { Error: null, Value.Value: <= int.MaxValue and var pods } && pods != QuotaAmounts.BuiltIn.Pods && pods != holds ? (int)pods : null;
}
