using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Admission;

/// <summary>What happens to every new pod: limit range defaults, service account, scheduling defaults.</summary>
internal static class PodAdmission
{
    /// <summary>Fills in a new pod; answers why it is refused, or null. Call under the store's lock.</summary>
    public static string? Mutate(ObjectStore store, string ns, JsonObject pod)
    {
        var spec = pod.Make("spec");
        var limits = store.List(ApiResource.LimitRanges, ns).SelectMany(l => l.Read().Items("spec", "limits")).ToList();
        foreach (var container in spec.Items("initContainers").Concat(spec.Items("containers")))
        {
            foreach (var limit in limits.Where(l => l.Str("type") == "Container"))
            {
                foreach (var (name, value) in limit.Map("default") ?? []) container.Make("resources", "limits").Default(name, value?.DeepClone());
                foreach (var (name, value) in limit.Map("defaultRequest") ?? []) container.Make("resources", "requests").Default(name, value?.DeepClone());
            }
        }
        var account = spec.Str("serviceAccountName") is { Length: > 0 } given ? given : "default";
        if (store.Get(ApiResource.ServiceAccounts, ns, account)?.Read() is not { } serviceAccount)
            return $"error looking up service account {ns}/{account}: serviceaccount \"{account}\" not found";
        spec["serviceAccountName"] = account;
        spec["serviceAccount"] = account;
        if (spec["imagePullSecrets"] is null && serviceAccount.List("imagePullSecrets") is { Count: > 0 } secrets) spec["imagePullSecrets"] = secrets.DeepClone();
        if ((spec.Bool("automountServiceAccountToken") ?? serviceAccount.Bool("automountServiceAccountToken")) != false) MountToken(spec);
        spec.Default("tolerations", new JsonArray(Toleration("not-ready"), Toleration("unreachable")));
        spec.Default("priority", 0);
        spec.Default("enableServiceLinks", true);
        spec.Default("preemptionPolicy", "PreemptLowerPriority");
        return Bounds(spec, limits);
    }

    public static string QualityOfService(JsonObject? spec)
    {
        var containers = spec.Items("containers").Concat(spec.Items("initContainers")).ToList();
        if (containers.TrueForAll(c => c.Map("resources", "requests") is not { Count: > 0 } && c.Map("resources", "limits") is not { Count: > 0 })) return "BestEffort";
        var guaranteed = containers.TrueForAll(c => new[] { "cpu", "memory" }.All(n =>
            c.At("resources", "limits", n) is { } limit && Quantity.Of(limit) == Quantity.Of(c.At("resources", "requests", n) ?? limit)));
        return guaranteed ? "Guaranteed" : "Burstable";
    }

    private static string? Bounds(JsonObject spec, List<JsonObject> limits)
    {
        foreach (var limit in limits.Where(l => l.Str("type") == "Container"))
            foreach (var container in spec.Items("containers"))
            {
                foreach (var (name, max) in limit.Map("max") ?? [])
                    if (container.At("resources", "limits", name) is { } amount && Quantity.Of(amount) > Quantity.Of(max))
                        return $"maximum {name} usage per Container is {max.Scalar()}, but limit is {amount.Scalar()}";
                foreach (var (name, min) in limit.Map("min") ?? [])
                    if (container.At("resources", "requests", name) is { } amount && Quantity.Of(amount) < Quantity.Of(min))
                        return $"minimum {name} usage per Container is {min.Scalar()}, but request is {amount.Scalar()}";
            }
        return null;
    }

    private static void MountToken(JsonObject spec)
    {
        const string path = "/var/run/secrets/kubernetes.io/serviceaccount";
        var name = $"kube-api-access-{Ids.Suffix()}";
        foreach (var container in spec.Items("initContainers").Concat(spec.Items("containers")))
        {
            if (container.Items("volumeMounts").Any(m => m.Str("mountPath") == path)) continue;
            container.MakeList("volumeMounts").Add(new JsonObject { ["name"] = name, ["readOnly"] = true, ["mountPath"] = path });
        }
        spec.MakeList("volumes").Add(new JsonObject
        {
            ["name"] = name,
            ["projected"] = new JsonObject
            {
                ["sources"] = new JsonArray(
                    new JsonObject { ["serviceAccountToken"] = new JsonObject { ["expirationSeconds"] = 3607, ["path"] = "token" } },
                    new JsonObject { ["configMap"] = new JsonObject { ["name"] = "kube-root-ca.crt", ["items"] = new JsonArray(new JsonObject { ["key"] = "ca.crt", ["path"] = "ca.crt" }) } },
                    new JsonObject { ["downwardAPI"] = new JsonObject { ["items"] = new JsonArray(new JsonObject { ["path"] = "namespace", ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = "metadata.namespace" } }) } }),
                ["defaultMode"] = 420,
            },
        });
    }

    private static JsonObject Toleration(string key) => new()
    {
        ["key"] = $"node.kubernetes.io/{key}",
        ["operator"] = "Exists",
        ["effect"] = "NoExecute",
        ["tolerationSeconds"] = 300,
    };
}
