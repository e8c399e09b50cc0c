using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Apply;

/// <summary>
/// A set of field paths as a tree, in the element notation of managed fields: <c>f:name</c> for a field or map key,
/// <c>k:{…}</c> for an item of a keyed list, <c>v:…</c> for a value of a set.
/// </summary>
internal sealed class FieldSet
{
    public SortedDictionary<string, FieldSet> Children { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the path that ends here is in the set itself.</summary>
    public bool Member { get; set; }

    public bool Empty => !Member && Children.Count == 0;

    public FieldSet Child(string element)
    {
        if (!Children.TryGetValue(element, out var child)) Children[element] = child = new();
        return child;
    }

    public static FieldSet FromJson(JsonNode? json)
    {
        var set = new FieldSet();
        if (json is not JsonObject map) return set;
        foreach (var (element, value) in map)
        {
            if (element == ".") set.Member = true;
            else
            {
                var child = FromJson(value);
                if (value is JsonObject { Count: 0 }) child.Member = true;
                set.Children[element] = child;
            }
        }
        return set;
    }

    public JsonObject ToJson()
    {
        var map = new JsonObject();
        if (Member && Children.Count > 0) map["."] = new JsonObject();
        foreach (var (element, child) in Children)
            if (!child.Empty) map[element] = child.ToJson();
        return map;
    }

    public FieldSet Clone()
    {
        var copy = new FieldSet { Member = Member };
        foreach (var (element, child) in Children) copy.Children[element] = child.Clone();
        return copy;
    }

    public void Add(FieldSet other)
    {
        Member |= other.Member;
        foreach (var (element, child) in other.Children) Child(element).Add(child);
    }

    /// <summary>Takes out every member of another set, and branches that are empty then.</summary>
    public void Subtract(FieldSet other)
    {
        if (other.Member) Member = false;
        foreach (var (element, theirs) in other.Children)
        {
            if (!Children.TryGetValue(element, out var ours)) continue;
            ours.Subtract(theirs);
            if (ours.Empty) Children.Remove(element);
        }
    }

    /// <summary>Takes out a path and all below it.</summary>
    public void Cut(ReadOnlySpan<string> path)
    {
        if (!Children.TryGetValue(path[0], out var child)) return;
        if (path.Length == 1) Children.Remove(path[0]);
        else
        {
            child.Cut(path[1..]);
            if (child.Empty) Children.Remove(path[0]);
        }
    }

    public bool SetEquals(FieldSet other) => Json.Same(ToJson(), other.ToJson());
}
