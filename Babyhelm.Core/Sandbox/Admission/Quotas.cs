using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Admission;

/// <summary>What objects use of a quota, and whether one more fits.</summary>
internal static class Quotas
{
    private static readonly string[] PodAmounts = ["requests.cpu", "requests.memory", "limits.cpu", "limits.memory", "cpu", "memory"];

    /// <summary>Why a new object does not fit into a quota of its namespace, or null. Call under the store's lock.</summary>
    public static string? Refusal(ObjectStore store, ApiResource resource, string ns, JsonObject body)
    {
        foreach (var quota in store.List(ApiResource.ResourceQuotas, ns).OrderBy(q => q.Name, StringComparer.Ordinal))
        {
            var hard = quota.Read().Map("spec", "hard") ?? [];
            if (resource == ApiResource.Pods && Unspecified(hard, body) is { } missing) return $"failed quota: {quota.Name}: must specify {missing}";
            var requested = Usage(resource, body).Where(u => hard.ContainsKey(u.Key) && u.Value > 0).ToList();
            if (requested.Count == 0) continue;
            var used = Used(store, ns, hard);
            var over = requested.Where(r => used.GetValueOrDefault(r.Key) + r.Value > Quantity.Of(hard[r.Key])).OrderBy(r => r.Key, StringComparer.Ordinal).ToList();
            if (over.Count == 0) continue;
            return $"exceeded quota: {quota.Name}, requested: {List(over.Select(o => (o.Key, Text(o.Key, o.Value))))}, used: {List(over.Select(o => (o.Key, Text(o.Key, used.GetValueOrDefault(o.Key)))))}, limited: {List(over.Select(o => (o.Key, hard[o.Key].Scalar() ?? "")))}";
        }
        return null;
    }

    /// <summary>What is used now of each thing that a quota limits.</summary>
    public static Dictionary<string, decimal> Used(ObjectStore store, string ns, JsonObject hard)
    {
        var used = hard.ToDictionary(h => h.Key, _ => 0m, StringComparer.Ordinal);
        foreach (var resource in ApiResource.Served.Where(r => r.Namespaced && hard.Any(h => Concerns(r, h.Key))))
            foreach (var stored in store.List(resource, ns))
                foreach (var (name, amount) in Usage(resource, stored.Read()))
                    if (used.ContainsKey(name)) used[name] += amount;
        return used;
    }

    public static bool Concerns(ApiResource resource, string name) =>
        name == resource.Plural || name == $"count/{resource.QualifiedPlural}"
        || (resource == ApiResource.Pods && PodAmounts.Contains(name))
        || (resource == ApiResource.Claims && name == "requests.storage")
        || (resource == ApiResource.Services && name.StartsWith("services.", StringComparison.Ordinal));

    public static string Text(string name, decimal amount) =>
        Quantity.Format(amount, name.EndsWith("memory", StringComparison.Ordinal) || name.EndsWith("storage", StringComparison.Ordinal));

    private static Dictionary<string, decimal> Usage(ApiResource resource, JsonObject body)
    {
        var usage = new Dictionary<string, decimal>(StringComparer.Ordinal);
        if (resource == ApiResource.Pods)
        {
            if (body.Str("status", "phase") is "Succeeded" or "Failed") return usage;
            foreach (var part in new[] { "requests", "limits" })
                foreach (var name in new[] { "cpu", "memory" })
                    usage[$"{part}.{name}"] = PodAmount(body.Map("spec"), part, name);
            usage["cpu"] = usage["requests.cpu"];
            usage["memory"] = usage["requests.memory"];
        }
        else if (resource == ApiResource.Claims) usage["requests.storage"] = Quantity.Of(body.At("spec", "resources", "requests", "storage"));
        else if (resource == ApiResource.Services)
        {
            usage["services.loadbalancers"] = body.Str("spec", "type") == "LoadBalancer" ? 1 : 0;
            usage["services.nodeports"] = body.Str("spec", "type") is "NodePort" or "LoadBalancer" ? body.List("spec", "ports")?.Count ?? 0 : 0;
        }
        usage[resource.Plural] = 1;
        usage[$"count/{resource.QualifiedPlural}"] = 1;
        return usage;
    }

    /// <summary>Sum over the containers, or the largest init container where that is more.</summary>
    public static decimal PodAmount(JsonObject? spec, string part, string name)
    {
        var containers = spec.Items("containers").Sum(c => Quantity.Of(c.At("resources", part, name)));
        var init = spec.Items("initContainers").Select(c => Quantity.Of(c.At("resources", part, name))).DefaultIfEmpty().Max();
        return Math.Max(containers, init);
    }

    private static string? Unspecified(JsonObject hard, JsonObject pod)
    {
        var missing = new List<string>();
        foreach (var name in PodAmounts.Where(hard.ContainsKey).Order(StringComparer.Ordinal))
        {
            var (part, what) = name.Split('.') is [var p, var w] ? (p, w) : ("requests", name);
            var without = pod.Items("spec", "containers").Where(c => c.At("resources", part, what) is null).Select(c => c.Str("name")).ToList();
            if (without.Count > 0) missing.Add($"{name} for: {string.Join(",", without)}");
        }
        return missing.Count == 0 ? null : string.Join("; ", missing);
    }

    private static string List(IEnumerable<(string Name, string Amount)> amounts) => string.Join(",", amounts.Select(a => $"{a.Name}={a.Amount}"));
}
