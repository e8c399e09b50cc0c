using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Schema;

namespace Babyhelm.Core.Sandbox.Apply;

/// <summary>Who owns which fields of one object: metadata.managedFields, read and written.</summary>
internal sealed class ManagedFields
{
    /// <summary>Paths that nobody owns: the server sets them.</summary>
    private static readonly string[][] Unowned =
    [
        ["f:apiVersion"], ["f:kind"], ["f:metadata", "f:name"], ["f:metadata", "f:namespace"], ["f:metadata", "f:creationTimestamp"],
        ["f:metadata", "f:selfLink"], ["f:metadata", "f:uid"], ["f:metadata", "f:generation"], ["f:metadata", "f:managedFields"],
        ["f:metadata", "f:resourceVersion"],
    ];

    internal sealed record Entry(string Manager, string Operation, string? Subresource, string ApiVersion, string Time, FieldSet Fields)
    {
        public bool Apply => Operation == "Apply";

        public bool Same(Entry other) => Manager == other.Manager && Operation == other.Operation && Subresource == other.Subresource;

        /// <summary>As conflicts name a manager.</summary>
        public string Described =>
            $"\"{Manager}\"{(Subresource is null ? "" : $" with subresource \"{Subresource}\"")}{(Apply ? "" : $" using {ApiVersion}")}";
    }

    public List<Entry> Entries { get; }

    private ManagedFields(List<Entry> entries) => Entries = entries;

    public static ManagedFields Of(JsonObject? body) => new([.. body.Items("metadata", "managedFields").Select(e => new Entry(
        e.Str("manager") ?? "", e.Str("operation") ?? "Update", e.Str("subresource"), e.Str("apiVersion") ?? "", e.Str("time") ?? "",
        FieldSet.FromJson(e["fieldsV1"])))]);

    public void WriteTo(JsonObject body)
    {
        Entries.RemoveAll(e => e.Fields.Empty);
        var meta = body.Make("metadata");
        meta.Remove("managedFields");
        if (Entries.Count == 0) return;
        meta["managedFields"] = new JsonArray([.. Entries.OrderBy(e => e.Apply ? 0 : 1).Select(ToJson)]);
    }

    /// <summary>Sets the fields of one manager, keeping its old time when they are what they were.</summary>
    public void Set(Entry entry)
    {
        var at = Entries.FindIndex(e => e.Same(entry));
        if (at < 0) Entries.Add(entry);
        else Entries[at] = Entries[at].Fields.SetEquals(entry.Fields) && Entries[at].ApiVersion == entry.ApiVersion ? Entries[at] : entry;
    }

    public bool SameAs(ManagedFields other) =>
        Entries.Count == other.Entries.Count && Entries.All(e => other.Entries.Any(o => o.Same(e) && o.Fields.SetEquals(e.Fields)));

    public static FieldSet Strip(FieldSet set)
    {
        foreach (var path in Unowned) set.Cut(path);
        return set;
    }

    /// <summary>Notes what a write other than an apply changed: the writer owns it from now on, the others no longer.</summary>
    /// <param name="given">The object as the writer sent it. It may change who owns what; saying nothing leaves that as it was.</param>
    public static void TrackUpdate(JsonObject? before, JsonObject after, JsonObject given, FieldType type, string manager, string? subresource, string apiVersion, string time)
    {
        var fields = Of(given.List("metadata", "managedFields") is { Count: > 0 } ? given : before);
        var (changed, removed) = (new FieldSet(), new FieldSet());
        Compare(Bare(before), Bare(after), type, changed, removed);
        Strip(changed);
        Strip(removed);
        if (subresource is null)
        {
            changed.Children.Remove("f:status");
            removed.Children.Remove("f:status");
        }
        if (!changed.Empty || !removed.Empty)
        {
            foreach (var entry in fields.Entries)
            {
                entry.Fields.Subtract(removed);
                if (entry.Manager != manager || entry.Apply || entry.Subresource != subresource) entry.Fields.Subtract(changed);
            }
        }
        if (!changed.Empty)
        {
            var own = fields.Entries.Find(e => e.Manager == manager && !e.Apply && e.Subresource == subresource)?.Fields ?? new FieldSet();
            own.Add(changed);
            fields.Entries.RemoveAll(e => e.Manager == manager && !e.Apply && e.Subresource == subresource);
            fields.Entries.Add(new(manager, "Update", subresource, apiVersion, time, own));
        }
        fields.WriteTo(after);
    }

    private static JsonObject Bare(JsonObject? body)
    {
        if (body is null) return [];
        var copy = (JsonObject)body.DeepClone();
        (copy["metadata"] as JsonObject)?.Remove("managedFields");
        return copy;
    }

    private static void Compare(JsonNode? before, JsonNode? after, FieldType type, FieldSet changed, FieldSet removed)
    {
        if (Json.Same(before, after)) return;
        if (!type.Granular || before is null || after is null || before.GetType() != after.GetType())
        {
            if (after is null) removed.Add(TypedValue.Paths(before, type, containers: true));
            else changed.Add(TypedValue.Paths(after, type, containers: true));
            return;
        }
        foreach (var (element, part, partType) in TypedValue.Elements(after, type))
        {
            var known = TypedValue.TryGet(before, type, element, out var old, out _);
            if (known) Compare(old, part, partType, changed.Child(element), removed.Child(element));
            else
            {
                changed.Child(element).Add(TypedValue.Paths(part, partType, containers: true));
                if (type.Shape is Shape.KeyedList or Shape.Set) changed.Child(element).Member = true;
            }
        }
        foreach (var (element, part, partType) in TypedValue.Elements(before, type))
            if (!TypedValue.TryGet(after, type, element, out _, out _))
            {
                removed.Child(element).Add(TypedValue.Paths(part, partType, containers: true));
                removed.Child(element).Member = true;
            }
        foreach (var set in new[] { changed, removed })
            foreach (var element in set.Children.Where(c => c.Value.Empty).Select(c => c.Key).ToList()) set.Children.Remove(element);
    }

    private static JsonNode ToJson(Entry entry)
    {
        var map = new JsonObject { ["manager"] = entry.Manager, ["operation"] = entry.Operation, ["apiVersion"] = entry.ApiVersion };
        map["time"] = entry.Time;
        map["fieldsType"] = "FieldsV1";
        map["fieldsV1"] = entry.Fields.ToJson();
        if (entry.Subresource is not null) map["subresource"] = entry.Subresource;
        return map;
    }
}
