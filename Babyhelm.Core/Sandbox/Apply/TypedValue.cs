using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Schema;

namespace Babyhelm.Core.Sandbox.Apply;

/// <summary>Values seen through their type: which paths they have, and the value at one.</summary>
internal static class TypedValue
{
    /// <summary>The set of all paths that a value has.</summary>
    /// <param name="containers">Maps and keyed lists count as members too, as they do when a whole value is new.</param>
    public static FieldSet Paths(JsonNode? value, FieldType type, bool containers = false)
    {
        var set = new FieldSet();
        Collect(value, type, set, containers);
        return set;
    }

    private static void Collect(JsonNode? value, FieldType type, FieldSet set, bool containers)
    {
        if (!type.Granular || value is null or JsonValue || Elements(value, type) is not { Count: > 0 } elements)
        {
            set.Member = true;
            return;
        }
        if (containers && type.Shape != Shape.Record) set.Member = true;
        foreach (var (element, item, itemType) in elements)
        {
            var child = set.Child(element);
            Collect(item, itemType, child, containers);
            if (type.Shape is Shape.KeyedList or Shape.Set) child.Member = true;
        }
    }

    /// <summary>The parts of a granular value with their path elements.</summary>
    public static List<(string Element, JsonNode? Value, FieldType Type)> Elements(JsonNode? value, FieldType type) => (value, type.Shape) switch
    {
        (JsonObject map, Shape.Record or Shape.Map) => [.. map.Select(p => ("f:" + p.Key, p.Value, ObjectSchema.Field(type, p.Key) ?? FieldType.Anything))],
        (JsonArray list, Shape.KeyedList) => [.. list.Select(i => (KeyElement(i, type), i, type.Item!))],
        (JsonArray list, Shape.Set) => [.. list.Select(i => ("v:" + Json.Text(i), i, type.Item!))],
        _ => [],
    };

    /// <summary>The part at a path element; false where the value has none.</summary>
    public static bool TryGet(JsonNode? value, FieldType type, string element, out JsonNode? part, out FieldType partType)
    {
        (part, partType) = (null, FieldType.Anything);
        if (!type.Granular) return false;
        if (element.StartsWith("f:", StringComparison.Ordinal))
        {
            var name = element[2..];
            partType = ObjectSchema.Field(type, name) ?? FieldType.Anything;
            return value is JsonObject map && map.TryGetPropertyValue(name, out part);
        }
        foreach (var (other, item, itemType) in Elements(value, type))
            if (other == element)
            {
                (part, partType) = (item, itemType);
                return true;
            }
        return false;
    }

    /// <summary>The key of a list item, keys in order of their names; protocol is TCP where it is left out.</summary>
    public static string KeyElement(JsonNode? item, FieldType list)
    {
        var key = new JsonObject();
        foreach (var name in list.Keys!.Order(StringComparer.Ordinal))
        {
            if (item.At(name) is { } value) key[name] = value.DeepClone();
            else if (name == "protocol") key[name] = "TCP";
        }
        return "k:" + Json.Text(key);
    }

    /// <summary>A path as errors write it, for example <c>.spec.containers[name="web"].image</c>.</summary>
    public static string Describe(IEnumerable<string> path) => string.Concat(path.Select(e => e[..2] switch
    {
        "f:" => "." + e[2..],
        "k:" => "[" + string.Join(",", Json.ParseObject(System.Text.Encoding.UTF8.GetBytes(e[2..])).Select(p => $"{p.Key}={Json.Text(p.Value)}")) + "]",
        _ => $"[={e[2..]}]",
    }));
}
