using System.Globalization;
using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Apply;

/// <summary>JSON merge patch (RFC 7386) and JSON patch (RFC 6902).</summary>
internal static class JsonPatches
{
    public static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes) return patch?.DeepClone();
        var result = target is JsonObject map ? (JsonObject)map.DeepClone() : [];
        foreach (var (name, value) in changes)
        {
            if (value is null) result.Remove(name);
            else result[name] = Merge(result[name], value);
        }
        return result;
    }

    /// <exception cref="FormatException">The patch is malformed, or does not fit the document.</exception>
    public static JsonNode? Apply(JsonNode? target, JsonArray operations)
    {
        var root = new JsonObject { ["root"] = target?.DeepClone() };
        foreach (var operation in operations)
        {
            var path = Pointer(operation.Str("path"));
            switch (operation.Str("op"))
            {
                case "add": Insert(root, path, operation.At("value")?.DeepClone()); break;
                case "remove": Take(root, path); break;
                case "replace":
                    Take(root, path);
                    Insert(root, path, operation.At("value")?.DeepClone());
                    break;
                case "move": Insert(root, path, Take(root, Pointer(operation.Str("from")))); break;
                case "copy": Insert(root, path, Find(root, Pointer(operation.Str("from")))?.DeepClone()); break;
                case "test":
                    if (!Json.Same(Find(root, path), operation.At("value"))) throw new FormatException($"testing value {operation.Str("path")} failed: test failed");
                    break;
                default: throw new FormatException($"Unexpected kind: {operation.Str("op")}");
            }
        }
        return root["root"]?.DeepClone();
    }

    private static string[] Pointer(string? text)
    {
        if (text is null || (text.Length > 0 && text[0] != '/')) throw new FormatException($"invalid path \"{text}\"");
        return ["root", .. text.Split('/').Skip(1).Select(p => p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
    }

    private static JsonNode? Find(JsonNode? node, ReadOnlySpan<string> path)
    {
        foreach (var step in path)
            node = node switch
            {
                JsonObject map when map.TryGetPropertyValue(step, out var next) => next,
                JsonArray list => list[Index(step, list.Count - 1)],
                _ => throw Missing(step),
            };
        return node;
    }

    private static void Insert(JsonNode root, string[] path, JsonNode? value)
    {
        switch (Find(root, path.AsSpan(..^1)))
        {
            case JsonObject map: map[path[^1]] = value; break;
            case JsonArray list when path[^1] == "-": list.Add(value); break;
            case JsonArray list: list.Insert(Index(path[^1], list.Count), value); break;
            default: throw Missing(path[^1]);
        }
    }

    private static JsonNode? Take(JsonNode root, string[] path)
    {
        switch (Find(root, path.AsSpan(..^1)))
        {
            case JsonObject map when map.TryGetPropertyValue(path[^1], out var value):
                map.Remove(path[^1]);
                return value;
            case JsonArray list:
                var at = Index(path[^1], list.Count - 1);
                var item = list[at];
                list.RemoveAt(at);
                return item;
            default: throw Missing(path[^1]);
        }
    }

    private static int Index(string step, int max) =>
        int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= max ? at : throw new FormatException($"invalid index referenced: {step}");

    private static FormatException Missing(string step) => new($"doc is missing path: {step}: missing value");
}
