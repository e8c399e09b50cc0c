using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Schema;

namespace Babyhelm.Core.Sandbox.Apply;

/// <summary>
/// Merges one manager's configuration into an object: its fields are set, fields it applied before and no longer does go
/// unless another manager owns them, and values that others own and that would change are conflicts.
/// </summary>
internal static class ServerSideApply
{
    internal sealed record Conflict(string Manager, string Path);

    /// <param name="Body">The merged object with its new managed fields; not yet defaulted.</param>
    internal sealed record Outcome(JsonObject Body, IReadOnlyList<Conflict> Conflicts);

    /// <param name="live">Null where the object does not exist yet.</param>
    /// <param name="unset">Top-level fields that this endpoint does not write, for example <c>status</c>.</param>
    public static Outcome Merge(
        JsonObject? live, JsonObject config, FieldType type, string manager, string? subresource, bool force, string time, string[] unset)
    {
        config = (JsonObject)config.DeepClone();
        foreach (var name in unset) config.Remove(name);
        (config["metadata"] as JsonObject)?.Remove("managedFields");
        var fields = ManagedFields.Of(live);
        var applied = ManagedFields.Strip(TypedValue.Paths(config, type));
        var entry = new ManagedFields.Entry(manager, "Apply", subresource, config.Str("apiVersion") ?? "", time, applied);
        var last = fields.Entries.Find(e => e.Same(entry))?.Fields ?? new FieldSet();
        var others = fields.Entries.Where(e => !e.Same(entry)).ToList();

        var merged = live is null ? (JsonObject)config.DeepClone() : (JsonObject)MergeValue(live, config, type)!;
        var conflicts = new List<Conflict>();
        foreach (var other in others)
            FindConflicts(other, other.Fields, live, merged, type, [], conflicts);
        if (conflicts.Count > 0 && !force) return new(merged, conflicts);

        Prune(merged, type, last, applied, [.. others.Select(o => o.Fields)]);
        if (conflicts.Count > 0)
            foreach (var other in others) Disown(other.Fields, live, merged, type);
        fields.Set(entry);
        fields.WriteTo(merged);
        return new(merged, []);
    }

    private static JsonNode? MergeValue(JsonNode? live, JsonNode? config, FieldType type)
    {
        if (!type.Granular || live is null || config is null || live.GetType() != config.GetType()) return config?.DeepClone();
        if (config is JsonObject map)
        {
            var result = (JsonObject)live.DeepClone();
            foreach (var (name, part) in map)
                result[name] = MergeValue(result[name], part, ObjectSchema.Field(type, name) ?? FieldType.Anything);
            return result;
        }
        var mine = TypedValue.Elements(config, type);
        var theirs = TypedValue.Elements(live, type);
        var shared = new Queue<(string Element, JsonNode? Value, FieldType Type)>(mine.Where(m => theirs.Any(t => t.Element == m.Element)));
        var list = new JsonArray();
        foreach (var (element, value, _) in theirs)
        {
            if (mine.TrueForAll(m => m.Element != element)) list.Add(value?.DeepClone());
            else
            {
                // The applied order wins among the items that are applied.
                var next = shared.Dequeue();
                list.Add(MergeValue(theirs.Find(t => t.Element == next.Element).Value, next.Value, next.Type));
            }
        }
        foreach (var (element, value, _) in mine)
            if (theirs.TrueForAll(t => t.Element != element)) list.Add(value?.DeepClone());
        return list;
    }

    private static void FindConflicts(
        ManagedFields.Entry owner, FieldSet set, JsonNode? live, JsonNode? merged, FieldType type, List<string> path, List<Conflict> conflicts)
    {
        foreach (var (element, child) in set.Children)
        {
            var had = TypedValue.TryGet(live, type, element, out var before, out var partType);
            if (!TypedValue.TryGet(merged, type, element, out var after, out _)) continue;
            path.Add(element);
            if (child.Member && Changed(had, before, after, partType)) conflicts.Add(new(owner.Described, TypedValue.Describe(path)));
            FindConflicts(owner, child, before, after, partType, path, conflicts);
            path.RemoveAt(path.Count - 1);
        }
    }

    private static bool Changed(bool had, JsonNode? before, JsonNode? after, FieldType type) =>
        !had || (!type.Granular && !Json.Same(before, after));

    /// <summary>Takes the fields that changed away from a manager that lost a conflict.</summary>
    private static void Disown(FieldSet set, JsonNode? live, JsonNode? merged, FieldType type)
    {
        foreach (var (element, child) in set.Children.ToList())
        {
            var had = TypedValue.TryGet(live, type, element, out var before, out var partType);
            if (!TypedValue.TryGet(merged, type, element, out var after, out _))
            {
                set.Children.Remove(element);
                continue;
            }
            if (child.Member && Changed(had, before, after, partType)) child.Member = false;
            Disown(child, before, after, partType);
            if (child.Empty) set.Children.Remove(element);
        }
    }

    /// <summary>Removes what the last set had, and the new one has not, and nobody else owns.</summary>
    private static void Prune(JsonNode? value, FieldType type, FieldSet last, FieldSet applied, List<FieldSet> others)
    {
        foreach (var (element, lastChild) in last.Children)
        {
            if (!TypedValue.TryGet(value, type, element, out var part, out var partType)) continue;
            var theirs = others.Select(o => o.Children.GetValueOrDefault(element)).OfType<FieldSet>().ToList();
            if (applied.Children.TryGetValue(element, out var appliedChild)) Prune(part, partType, lastChild, appliedChild, theirs);
            else if (theirs.Count == 0) Remove(value, type, element);
            else KeepOwned(part, partType, theirs);
        }
    }

    /// <summary>Below a path that the manager gave up, only what the others own stays; keys of list items always do.</summary>
    private static void KeepOwned(JsonNode? value, FieldType type, List<FieldSet> owners)
    {
        if (!type.Granular || owners.Exists(o => o is { Member: true, Children.Count: 0 })) return;
        foreach (var (element, part, partType) in TypedValue.Elements(value, type))
        {
            var theirs = owners.Select(o => o.Children.GetValueOrDefault(element)).OfType<FieldSet>().ToList();
            if (theirs.Count > 0) KeepOwned(part, partType, theirs);
            else if (!owners.Exists(o => o.Member && o.Children.ContainsKey(element))) Remove(value, type, element);
        }
    }

    private static void Remove(JsonNode? value, FieldType type, string element)
    {
        if (value is JsonObject map) map.Remove(element[2..]);
        else if (value is JsonArray list)
        {
            var at = TypedValue.Elements(list, type).FindIndex(e => e.Element == element);
            if (at >= 0) list.RemoveAt(at);
        }
    }
}
