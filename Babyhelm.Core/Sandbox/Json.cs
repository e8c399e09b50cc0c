using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox;

/// <summary>
/// JSON as the sandbox keeps it. Trees are always fully built and belong to one caller: they are parsed anew from the
/// stored bytes for everyone who wants to look into an object, so nobody can change what another one sees.
/// </summary>
internal static class Json
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Parses one document of at most 64 levels; the last of several equal keys counts.</summary>
    /// <exception cref="JsonException">The text is no JSON, or something follows the document.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        if (!reader.Read()) throw new JsonException("unexpected end of JSON input");
        var node = Value(ref reader);
        if (reader.Read()) throw new JsonException("invalid character after top-level value");
        return node;
    }

    public static JsonObject ParseObject(ReadOnlySpan<byte> utf8) =>
        Parse(utf8) as JsonObject ?? throw new JsonException("the document is no JSON object");

    private static JsonNode? Value(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var map = new JsonObject();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = string.IsInterned(reader.GetString()!) ?? reader.GetString()!;
                    reader.Read();
                    map[name] = Value(ref reader);
                }
                return map;
            case JsonTokenType.StartArray:
                var list = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) list.Add(Value(ref reader));
                return list;
            case JsonTokenType.String: return JsonValue.Create(reader.GetString());
            case JsonTokenType.Number: return reader.TryGetInt64(out var whole) ? JsonValue.Create(whole) : JsonValue.Create(reader.GetDouble());
            case JsonTokenType.True: return JsonValue.Create(true);
            case JsonTokenType.False: return JsonValue.Create(false);
            default: return null;
        }
    }

    public static byte[] Bytes(JsonNode? node)
    {
        using var stream = new MemoryStream(1024);
        using (var writer = new Utf8JsonWriter(stream, WriterOptions))
        {
            if (node is null) writer.WriteNullValue();
            else node.WriteTo(writer);
        }
        return stream.ToArray();
    }

    public static string Text(JsonNode? node) => System.Text.Encoding.UTF8.GetString(Bytes(node));

    /// <summary>The node at a path of property names, or null where any of them is missing.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (node is not JsonObject map || !map.TryGetPropertyValue(name, out node)) return null;
        }
        return node;
    }

    public static JsonObject? Map(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonObject;

    public static JsonArray? List(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonArray;

    /// <summary>The objects of a list; others, and a missing list, are left out.</summary>
    public static IEnumerable<JsonObject> Items(this JsonNode? node, params ReadOnlySpan<string> path) =>
        (node.At(path) as JsonArray)?.OfType<JsonObject>() ?? [];

    public static string? Str(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>A whole number, whatever CLR type it was made from; null when it is missing or no whole number.</summary>
    public static long? Int(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        if (node.At(path) is not JsonValue value) return null;
        if (value.TryGetValue<long>(out var l)) return l;
        if (value.TryGetValue<int>(out var i)) return i;
        if (value.TryGetValue<double>(out var d) && d == Math.Floor(d) && Math.Abs(d) < 1e15) return (long)d;
        return null;
    }

    public static bool? Bool(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;

    /// <summary>A scalar as text (numbers in invariant form), or null.</summary>
    public static string? Scalar(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) switch
    {
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag ? "true" : "false",
        JsonValue value => Convert.ToString(value.GetValue<object>(), CultureInfo.InvariantCulture),
        _ => null,
    };

    /// <summary>The object at a path; objects that are missing on the way are made.</summary>
    public static JsonObject Make(this JsonObject map, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (map[name] is not JsonObject next) map[name] = next = [];
            map = next;
        }
        return map;
    }

    /// <summary>The list of a name, made where it is missing.</summary>
    public static JsonArray MakeList(this JsonObject map, string name)
    {
        if (map[name] is not JsonArray list) map[name] = list = [];
        return list;
    }

    /// <summary>Sets a value where none is there yet.</summary>
    public static void Default(this JsonObject map, string name, JsonNode? value)
    {
        if (map[name] is null) map[name] = value;
    }

    /// <summary>Sets a value, or takes the field out when there is none.</summary>
    public static void SetField(this JsonObject map, string name, JsonNode? value)
    {
        if (value is null) map.Remove(name);
        else map[name] = value;
    }

    /// <summary>Sets a value, or takes it out when it is null or zero, as Go's omitempty does.</summary>
    public static void SetOrRemove(this JsonObject map, string name, long value)
    {
        if (value == 0) map.Remove(name);
        else map[name] = value;
    }

    public static bool Same(JsonNode? a, JsonNode? b)
    {
        if (a is JsonValue && b is JsonValue)
            return a.Int() is { } x && b.Int() is { } y ? x == y : a.GetValueKind() == b.GetValueKind() && a.Scalar() == b.Scalar();
        if (a is JsonArray la && b is JsonArray lb)
        {
            if (la.Count != lb.Count) return false;
            for (var i = 0; i < la.Count; i++)
                if (!Same(la[i], lb[i])) return false;
            return true;
        }
        if (a is JsonObject ma && b is JsonObject mb)
        {
            if (ma.Count != mb.Count) return false;
            foreach (var (name, value) in ma)
                if (!mb.TryGetPropertyValue(name, out var other) || !Same(value, other)) return false;
            return true;
        }
        return a is null && b is null;
    }

    public static IReadOnlyDictionary<string, string> Strings(JsonNode? node)
    {
        if (node is not JsonObject { Count: > 0 } map) return System.Collections.Frozen.FrozenDictionary<string, string>.Empty;
        var result = new Dictionary<string, string>(map.Count, StringComparer.Ordinal);
        foreach (var (name, value) in map) result[name] = value.Scalar() ?? "";
        return result;
    }
}
