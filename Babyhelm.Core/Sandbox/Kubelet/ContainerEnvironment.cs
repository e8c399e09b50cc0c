using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>The values of a container's environment. They leave the sandbox only through commands that are run in it.</summary>
internal static partial class ContainerEnvironment
{
    /// <summary>In the order in which they are set; a later one of the same name takes the place of the earlier.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Resolve(ObjectStore store, PodState pod, JsonObject container)
    {
        var values = new OrderedDictionary<string, string>
        {
            ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ["HOSTNAME"] = pod.Stored.Name,
        };
        var ns = pod.Stored.Namespace;
        foreach (var source in container.Items("envFrom"))
            foreach (var (key, value) in Texts(store, ns, source.Map("secretRef"), source.Map("configMapRef")))
                values[(source.Str("prefix") ?? "") + key] = value;
        foreach (var variable in container.Items("env"))
        {
            var name = variable.Str("name") ?? "";
            if (variable.Map("valueFrom") is not { } from) values[name] = Expand(variable.Str("value") ?? "", values);
            else if (Value(store, pod, container, from) is { } value) values[name] = value;
        }
        values.TryAdd("HOME", "/root");
        return [.. values];
    }

    /// <summary>Keys and contents of a secret or config map; empty where it is missing.</summary>
    public static IEnumerable<KeyValuePair<string, byte[]>> Data(ObjectStore store, ApiResource resource, string ns, string? name)
    {
        if (store.Get(resource, ns, name ?? "")?.Read() is not { } found) return [];
        var binary = Json.Strings(found[resource == ApiResource.Secrets ? "data" : "binaryData"]).Select(d => KeyValuePair.Create(d.Key, Convert.FromBase64String(d.Value)));
        return resource == ApiResource.Secrets ? binary : binary.Concat(Json.Strings(found["data"]).Select(d => KeyValuePair.Create(d.Key, Encoding.UTF8.GetBytes(d.Value))));
    }

    private static IEnumerable<KeyValuePair<string, string>> Texts(ObjectStore store, string ns, JsonObject? secret, JsonObject? map) =>
        (secret is not null ? Data(store, ApiResource.Secrets, ns, secret.Str("name")) : Data(store, ApiResource.ConfigMaps, ns, map.Str("name")))
        .Select(d => KeyValuePair.Create(d.Key, Encoding.UTF8.GetString(d.Value)));

    private static string? Value(ObjectStore store, PodState pod, JsonObject container, JsonObject from)
    {
        if (from.Str("fieldRef", "fieldPath") is { } path) return Field(pod, path);
        if (from.Str("resourceFieldRef", "resource") is { } resource) return Amount(container, resource);
        var key = from.Str("secretKeyRef", "key") ?? from.Str("configMapKeyRef", "key");
        return Texts(store, pod.Stored.Namespace, from.Map("secretKeyRef"), from.Map("configMapKeyRef")).Where(d => d.Key == key).Select(d => d.Value).FirstOrDefault();
    }

    private static string Field(PodState pod, string path)
    {
        if (path == "status.podIP") return pod.Address?.ToString() ?? "";
        if (path == "status.hostIP") return NodeInfo.Address;
        if (MapEntry().Match(path) is { Success: true } entry) return pod.Body.Scalar("metadata", entry.Groups[1].Value, entry.Groups[2].Value) ?? "";
        return pod.Body.Scalar(path.Split('.')) ?? "";
    }

    /// <summary>Whole cores and bytes, as the kubelet gives them with its divisor of 1.</summary>
    private static string Amount(JsonObject container, string resource)
    {
        var amount = Quantity.Of(container.At(["resources", .. resource.Split('.', 2)]));
        return Math.Ceiling(amount).ToString("0", CultureInfo.InvariantCulture);
    }

    /// <summary><c>$(NAME)</c> of a variable set before; <c>$$(NAME)</c> and unknown names stay.</summary>
    private static string Expand(string text, OrderedDictionary<string, string> values) => Reference().Replace(text, match =>
        match.Value.StartsWith("$$", StringComparison.Ordinal) ? match.Value[1..] : values.GetValueOrDefault(match.Groups[1].Value, match.Value));

    [GeneratedRegex(@"\$?\$\(([A-Za-z_.-][A-Za-z0-9_.-]*)\)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"^metadata\.(labels|annotations)\['(.+)'\]$")]
    private static partial Regex MapEntry();
}
