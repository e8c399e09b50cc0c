using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Schema;

namespace Babyhelm.Core.Sandbox.Apply;

/// <summary>
/// Strategic merge patch: lists merge by the key that the schema gives, with the directives <c>$patch</c>,
/// <c>$retainKeys</c>, <c>$setElementOrder/…</c> and <c>$deleteFromPrimitiveList/…</c>.
/// </summary>
internal static class StrategicMerge
{
    private const string Order = "$setElementOrder/";
    private const string Delete = "$deleteFromPrimitiveList/";

    public static JsonObject Apply(JsonObject target, JsonObject patch, FieldType type)
    {
        switch (patch.Str("$patch"))
        {
            case "replace": return Without(patch);
            case "delete": return [];
        }
        var result = (JsonObject)target.DeepClone();
        if (patch.List("$retainKeys") is { } retain)
        {
            var keep = retain.Select(k => k.Scalar()).ToHashSet();
            foreach (var name in result.Select(p => p.Key).Where(k => !keep.Contains(k)).ToList()) result.Remove(name);
        }
        foreach (var (name, value) in patch)
        {
            if (name.StartsWith(Delete, StringComparison.Ordinal) && result[name[Delete.Length..]] is JsonArray from && value is JsonArray gone)
            {
                result[name[Delete.Length..]] = new JsonArray([.. from.Where(i => !gone.Any(g => Json.Same(g, i))).Select(i => i?.DeepClone())]);
                continue;
            }
            if (name.StartsWith('$')) continue;
            var field = ObjectSchema.Field(type, name) ?? FieldType.Anything;
            if (value is null) result.Remove(name);
            else if (value is JsonObject part) result[name] = Apply(result[name] as JsonObject ?? [], part, field.Shape == Shape.AtomicList ? FieldType.Anything : field);
            else if (value is JsonArray items && field.MergeKey is not null)
                result[name] = MergeList(result[name] as JsonArray ?? [], items, field, patch.List(Order + name));
            else result[name] = value.DeepClone();
        }
        foreach (var (name, value) in patch)
            if (name.StartsWith(Order, StringComparison.Ordinal) && !patch.ContainsKey(name[Order.Length..]) && result[name[Order.Length..]] is JsonArray list && value is JsonArray order)
                result[name[Order.Length..]] = Sorted(list, ObjectSchema.Field(type, name[Order.Length..]) ?? FieldType.Anything, order);
        return result;
    }

    private static JsonArray MergeList(JsonArray target, JsonArray patch, FieldType type, JsonArray? order)
    {
        if (patch.Any(i => i.Str("$patch") == "replace")) return new([.. patch.Where(i => i.Str("$patch") != "replace").Select(i => i?.DeepClone())]);
        var result = (JsonArray)target.DeepClone();
        foreach (var item in patch)
        {
            var at = Find(result, item, type.MergeKey!);
            if (item.Str("$patch") == "delete")
            {
                if (at >= 0) result.RemoveAt(at);
            }
            else if (item is JsonObject map && at >= 0) result[at] = Apply((JsonObject)result[at]!, map, type.Item!);
            else if (at < 0) result.Add(item is JsonObject fresh ? Apply([], fresh, type.Item!) : item?.DeepClone());
        }
        return order is null ? result : Sorted(result, type, order);
    }

    private static JsonArray Sorted(JsonArray list, FieldType type, JsonArray order)
    {
        int Rank(JsonNode? item)
        {
            for (var i = 0; i < order.Count; i++)
                if (Equal(order[i], item, type.MergeKey ?? "")) return i;
            return order.Count;
        }
        return new([.. list.Select((Item, At) => (Item, At)).OrderBy(p => Rank(p.Item)).ThenBy(p => p.At).Select(p => p.Item?.DeepClone())]);
    }

    private static int Find(JsonArray list, JsonNode? item, string key)
    {
        for (var i = 0; i < list.Count; i++)
            if (Equal(list[i], item, key)) return i;
        return -1;
    }

    private static bool Equal(JsonNode? a, JsonNode? b, string key) => key.Length == 0 ? Json.Same(a, b) : a.At(key) is { } x && Json.Same(x, b.At(key));

    private static JsonObject Without(JsonObject patch)
    {
        var copy = (JsonObject)patch.DeepClone();
        copy.Remove("$patch");
        return copy;
    }
}
