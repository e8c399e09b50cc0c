using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Schema;

namespace Babyhelm.Core.Sandbox.Apply;

/// <summary>Holds a document against the schema: unknown fields, wrong types, repeated keys.</summary>
internal static class Typing
{
    /// <summary>Each fault with its path, in document order; nothing for a document that fits.</summary>
    public static List<(string Path, string Problem, bool Unknown)> Check(JsonNode? value, FieldType type)
    {
        var faults = new List<(string, string, bool)>();
        Visit(value, type, "", faults);
        return faults;
    }

    /// <summary>Takes out every field that the schema does not have, as a server does that decodes into known types.</summary>
    public static void Prune(JsonNode? value, FieldType type)
    {
        if (value is JsonObject map && type.Shape is Shape.Record or Shape.Map)
        {
            foreach (var name in map.Where(p => p.Value is null || ObjectSchema.Field(type, p.Key) is null).Select(p => p.Key).ToList()) map.Remove(name);
            foreach (var (name, part) in map) Prune(part, ObjectSchema.Field(type, name)!);
        }
        else if (value is JsonArray list && type.Item is { } item)
            foreach (var part in list) Prune(part, item);
    }

    private static void Visit(JsonNode? value, FieldType type, string path, List<(string, string, bool)> faults)
    {
        if (value is null || faults.Count > 20) return;
        switch (type.Shape)
        {
            case Shape.Any:
                return;
            case Shape.Record or Shape.Map:
                if (value is not JsonObject map)
                {
                    faults.Add((path, $"expected map, got {Describe(value)}", false));
                    return;
                }
                foreach (var (name, part) in map)
                {
                    if (ObjectSchema.Field(type, name) is { } field) Visit(part, field, $"{path}.{name}", faults);
                    else faults.Add(($"{path}.{name}", "field not declared in schema", true));
                }
                return;
            case Shape.AtomicList or Shape.Set or Shape.KeyedList:
                if (value is not JsonArray list) faults.Add((path, $"expected list, got {Describe(value)}", false));
                else VisitList(list, type, path, faults);
                return;
        }
        var kind = value.GetValueKind();
        var fits = type.Shape switch
        {
            Shape.Text => kind == JsonValueKind.String,
            Shape.Whole => kind == JsonValueKind.Number && value.Int() is not null,
            Shape.Number => kind == JsonValueKind.Number,
            Shape.Flag => kind is JsonValueKind.True or JsonValueKind.False,
            _ => kind is JsonValueKind.String or JsonValueKind.Number,
        };
        if (fits) return;
        var wanted = type.Shape switch { Shape.Text => "string", Shape.Flag => "boolean", Shape.Quantity => "string", _ => "numeric (int or float)" };
        faults.Add((path, $"expected {wanted}, got &value.valueUnstructured{{Value:{Shown(value)}}}", false));
    }

    private static void VisitList(JsonArray list, FieldType type, string path, List<(string, string, bool)> faults)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count; i++)
        {
            var at = $"{path}[{i}]";
            if (type.Shape == Shape.KeyedList)
            {
                var element = TypedValue.KeyElement(list[i], type);
                at = path + TypedValue.Describe([element]);
                if (!seen.Add(element)) faults.Add((path, $"duplicate entries for key {TypedValue.Describe([element])}", false));
            }
            Visit(list[i], type.Item!, at, faults);
        }
    }

    private static string Describe(JsonNode value) => value switch
    {
        JsonObject => "map",
        JsonArray => "list",
        _ => $"&value.valueUnstructured{{Value:{Shown(value)}}}",
    };

    private static string Shown(JsonNode value) => value.Scalar() ?? Json.Text(value);
}
