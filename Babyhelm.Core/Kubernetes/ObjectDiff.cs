using System.Text.Json;
using System.Text.Json.Nodes;

namespace Babyhelm.Core.Kubernetes;

/// <summary>One field that differs between two states of an object.</summary>
/// <param name="Path">For example <c>spec.template.spec.containers[web].image</c>; entries of lists by their name where they have one.</param>
/// <param name="Wanted">As compact JSON, cut after <see cref="ObjectDiff.MaxValue"/> characters; null where the field should not be there.</param>
/// <param name="Found">The same of what is there; null where the field is missing.</param>
public sealed record FieldDifference(string Path, string? Wanted, string? Found);

/// <summary>Compares two states of a Kubernetes object, but for what the server writes itself.</summary>
public static class ObjectDiff
{
    public const int MaxValue = 200;
    public const int MaxFields = 100;
    private const string Hidden = "(hidden)";

    /// <summary>The deployment controller counts with it.</summary>
    private const string Revision = "deployment.kubernetes.io/revision";

    private static readonly string[] ServerMetadata = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];
    private static readonly string[] Keys = ["name", "containerPort", "port", "mountPath", "ip"];

    /// <summary>At most <see cref="MaxFields"/> differences, in the order of the wanted object. Values of secrets are hidden.</summary>
    public static IReadOnlyList<FieldDifference> Between(JsonObject wanted, JsonObject found)
    {
        var secret = wanted["kind"]?.GetValueKind() == JsonValueKind.String && wanted["kind"]!.GetValue<string>() == "Secret";
        return [.. Objects("", Stripped(wanted), Stripped(found)).Take(MaxFields).Select(d => secret && IsData(d.Path) ? Hide(d) : d)];
    }

    private static bool IsData(string path) => path.StartsWith("data", StringComparison.Ordinal) || path.StartsWith("stringData", StringComparison.Ordinal);

    /// <summary>The difference without its values.</summary>
    public static FieldDifference Hide(FieldDifference d) => new(d.Path, d.Wanted is null ? null : Hidden, d.Found is null ? null : Hidden);

    private static JsonObject Stripped(JsonObject value)
    {
        var copy = (JsonObject)value.DeepClone();
        copy.Remove("status");
        if (copy["metadata"] is JsonObject metadata)
        {
            foreach (var field in ServerMetadata) metadata.Remove(field);
            if (metadata["annotations"] is JsonObject annotations && annotations.Remove(Revision) && annotations.Count == 0) metadata.Remove("annotations");
        }
        return copy;
    }

    private static IEnumerable<FieldDifference> Values(string path, JsonNode? wanted, JsonNode? found) => (wanted, found) switch
    {
        (JsonObject a, JsonObject b) => Objects(path, a, b),
        (JsonArray a, JsonArray b) when KeyOf(a, b) is { } key => Keyed(path, key, a, b),
        _ => JsonNode.DeepEquals(wanted, found) ? [] : [new FieldDifference(path, Text(wanted), Text(found))],
    };

    private static IEnumerable<FieldDifference> Objects(string path, JsonObject wanted, JsonObject found) =>
        wanted.Select(f => f.Key).Concat(found.Select(f => f.Key).Where(k => !wanted.ContainsKey(k)))
            .SelectMany(name => Values(Join(path, name), wanted[name], found[name]));

    private static IEnumerable<FieldDifference> Keyed(string path, string key, JsonArray wanted, JsonArray found)
    {
        var (a, b) = (ByKey(wanted, key), ByKey(found, key));
        return a.Keys.Concat(b.Keys.Where(k => !a.ContainsKey(k)))
            .SelectMany(k => Values($"{path}[{k}]", a.GetValueOrDefault(k), b.GetValueOrDefault(k)));
    }

    /// <summary>The field that names the entries of both lists, each once; null for lists that are compared whole.</summary>
    private static string? KeyOf(JsonArray a, JsonArray b) =>
        a.Count + b.Count == 0 ? null : Keys.FirstOrDefault(key => ByKey(a, key).Count == a.Count && ByKey(b, key).Count == b.Count);

    private static Dictionary<string, JsonNode> ByKey(JsonArray list, string key)
    {
        var named = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var item in list)
            if (item is JsonObject entry && entry[key] is JsonValue name) named.TryAdd(name.ToString(), entry);
        return named;
    }

    private static string Join(string path, string name) =>
        name.AsSpan().IndexOfAny("./[]") >= 0 ? $"{path}[{name}]" : path.Length == 0 ? name : $"{path}.{name}";

    private static string? Text(JsonNode? value)
    {
        if (value is null) return null;
        var text = value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
        return text.Length <= MaxValue ? text : text[..MaxValue] + "…";
    }
}
