using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>What a container needs of secrets and config maps: names of its environment, ports, and what is missing.</summary>
internal static class ContainerConfig
{
    /// <summary>The names of the environment, or why the container cannot be made.</summary>
    public static (IReadOnlyList<string> Names, string? Missing) Environment(ObjectStore store, string ns, JsonObject container)
    {
        var names = new List<string>();
        foreach (var source in container.Items("envFrom"))
        {
            var (reference, resource) = source.Map("secretRef") is { } secret ? (secret, ApiResource.Secrets) : (source.Map("configMapRef"), ApiResource.ConfigMaps);
            if (reference is null) continue;
            if (store.Get(resource, ns, reference.Str("name") ?? "")?.Read() is { } found)
                names.AddRange((found.Map("data") ?? []).Select(p => (source.Str("prefix") ?? "") + p.Key));
            else if (reference.Bool("optional") != true) return (names, $"{resource.Singular} \"{reference.Str("name")}\" not found");
        }
        foreach (var variable in container.Items("env"))
        {
            if (Missing(store, ns, variable.Map("valueFrom")) is { } missing) return (names, missing);
            names.Add(variable.Str("name") ?? "");
        }
        return ([.. names.Distinct()], null);
    }

    /// <summary>The event message for a volume that cannot be mounted, or null. One that no container mounts does not matter.</summary>
    public static string? MissingVolume(ObjectStore store, string ns, JsonObject pod)
    {
        var mounted = pod.Items("spec", "containers").Concat(pod.Items("spec", "initContainers"))
            .SelectMany(c => c.Items("volumeMounts")).Select(m => m.Str("name")).ToHashSet();
        foreach (var volume in pod.Items("spec", "volumes").Where(v => mounted.Contains(v.Str("name"))))
        {
            if (volume.Map("secret") is { } secret && secret.Bool("optional") != true && store.Get(ApiResource.Secrets, ns, secret.Str("secretName") ?? "") is null)
                return $"MountVolume.SetUp failed for volume \"{volume.Str("name")}\" : secret \"{secret.Str("secretName")}\" not found";
            if (volume.Map("configMap") is { } map && map.Bool("optional") != true && store.Get(ApiResource.ConfigMaps, ns, map.Str("name") ?? "") is null)
                return $"MountVolume.SetUp failed for volume \"{volume.Str("name")}\" : configmap \"{map.Str("name")}\" not found";
        }
        return null;
    }

    /// <summary>TCP ports that the process listens on: those declared, or PORT, or 8080.</summary>
    public static IReadOnlyCollection<int> Ports(JsonObject container)
    {
        var declared = container.Items("ports").Where(p => p.Str("protocol") is null or "TCP").Select(p => (int)(p.Int("containerPort") ?? 0)).Where(p => p > 0).Distinct().ToList();
        if (declared.Count > 0) return declared;
        var port = container.Items("env").FirstOrDefault(e => e.Str("name") == "PORT").Str("value");
        return [int.TryParse(port, out var number) && number is > 0 and < 65536 ? number : 8080];
    }

    /// <summary>Whether one of the pod's pull secrets exists and holds registry credentials.</summary>
    public static bool HasPullCredentials(ObjectStore store, string ns, JsonObject pod) =>
        pod.Items("spec", "imagePullSecrets").Any(s => store.Get(ApiResource.Secrets, ns, s.Str("name") ?? "")?.Read().Str("type") == "kubernetes.io/dockerconfigjson");

    private static string? Missing(ObjectStore store, string ns, JsonObject? from)
    {
        foreach (var (field, resource, title) in new[] { ("secretKeyRef", ApiResource.Secrets, "Secret"), ("configMapKeyRef", ApiResource.ConfigMaps, "ConfigMap") })
        {
            if (from.Map(field) is not { } reference || reference.Bool("optional") == true) continue;
            var name = reference.Str("name") ?? "";
            if (store.Get(resource, ns, name)?.Read() is not { } found) return $"{resource.Singular} \"{name}\" not found";
            if (found.Map("data")?.ContainsKey(reference.Str("key") ?? "") != true) return $"couldn't find key {reference.Str("key")} in {title} {ns}/{name}";
        }
        return null;
    }
}
