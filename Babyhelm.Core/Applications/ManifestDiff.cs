using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

public enum ObjectChange { Added, Changed, Removed }

/// <summary>One object that differs between two releases.</summary>
/// <param name="Fields">What differs, secrets without their values; empty for an object that is new or gone.</param>
public sealed record ManifestChange(string Kind, string Name, ObjectChange Change, IReadOnlyList<FieldChange> Fields);

/// <summary>Compares the manifests of two releases. What every release has anew, its number and what is named after it, is no difference.</summary>
internal static class ManifestDiff
{
    private static readonly string[] Numbered = [Labels.Release, Labels.Version];

    /// <param name="Manifests">Secrets in it have names and no values.</param>
    /// <param name="Secrets">Value of each secret variable.</param>
    public sealed record Side(ManifestSet Manifests, string App, int Release, IReadOnlyDictionary<string, string> Secrets);

    /// <summary>In the order of the later one's objects, then what is gone.</summary>
    public static IReadOnlyList<ManifestChange> Between(Side before, Side after)
    {
        var (old, now) = (Normal(before), Normal(after));
        var changes = new List<ManifestChange>();
        foreach (var (key, document) in now)
        {
            if (!old.TryGetValue(key, out var earlier)) changes.Add(new(key.Kind, key.Name, ObjectChange.Added, []));
            else if (Fields(key, earlier, document, before, after) is { Count: > 0 } fields) changes.Add(new(key.Kind, key.Name, ObjectChange.Changed, fields));
        }
        // The data in a volume goes with the application only.
        changes.AddRange(old.Keys.Where(k => !now.ContainsKey(k) && k.Kind != ResourceType.PersistentVolumeClaims.Kind).Select(k => new ManifestChange(k.Kind, k.Name, ObjectChange.Removed, [])));
        return changes;
    }

    private static IReadOnlyList<FieldChange> Fields((string Kind, string Name) key, JsonObject earlier, JsonObject later, Side before, Side after)
    {
        var fields = ObjectDiff.Between(earlier, later).Select(FieldChange.Of);
        if (key.Kind != ResourceType.Secrets.Kind) return [.. fields];
        var names = Names(earlier).Intersect(Names(later)).Where(n => before.Secrets.GetValueOrDefault(n) != after.Secrets.GetValueOrDefault(n));
        return [.. fields, .. names.Select(n => FieldChange.OfSecret($"data.{n}"))];
    }

    private static IEnumerable<string> Names(JsonObject secret) => (secret["data"] as JsonObject ?? []).Select(d => d.Key);

    private static OrderedDictionary<(string Kind, string Name), JsonObject> Normal(Side side)
    {
        var (own, general) = (ManifestNames.Secret(side.App, side.Release), $"{side.App}-env");
        var documents = new OrderedDictionary<(string, string), JsonObject>();
        foreach (var (identity, document) in side.Manifests.Manifests)
        {
            var copy = (JsonObject)document.DeepClone();
            Unnumber(copy);
            var pods = copy["spec"]?["template"]?["spec"] ?? copy["spec"]?["jobTemplate"]?["spec"]?["template"]?["spec"];
            foreach (var variable in pods?["containers"]?[0]?["env"] as JsonArray ?? [])
                if (variable?["valueFrom"]?["secretKeyRef"] is JsonObject key && key["name"]?.GetValue<string>() == own) key["name"] = general;
            var name = identity.Name == own ? general : identity.Name;
            copy["metadata"]!["name"] = name;
            documents[(identity.Type.Kind, name)] = copy;
        }
        return documents;
    }

    private static void Unnumber(JsonNode? node)
    {
        if (node is JsonArray array) foreach (var item in array) Unnumber(item);
        if (node is not JsonObject value) return;
        if (value["labels"] is JsonObject labels) foreach (var label in Numbered) labels.Remove(label);
        foreach (var (_, child) in value) Unnumber(child);
    }
}
