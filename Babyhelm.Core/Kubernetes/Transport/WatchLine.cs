using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Kubernetes.Transport;

/// <summary>Reads <c>{"type":…,"object":…}</c>, one line of a watch.</summary>
internal static class WatchLine
{
    /// <summary>The event, or null for an empty line or an event type that is newer than this client.</summary>
    internal static WatchEvent<T>? Parse<T>(LineReader.Line line, ClusterRequest request) where T : class
    {
        if (line.Cut > 0) return Fault<T>(StatusReader.TooLarge(request, line.Bytes.Length));
        if (line.Bytes.Length == 0) return null;
        try
        {
            var type = Split(line.Bytes.Span, out var value);
            WatchEventKind? kind = type switch
            {
                "ADDED" => WatchEventKind.Added,
                "MODIFIED" => WatchEventKind.Modified,
                "DELETED" => WatchEventKind.Deleted,
                "BOOKMARK" => WatchEventKind.Bookmark,
                "ERROR" => WatchEventKind.Error,
                _ => null,
            };
            if (kind is null) return null;
            if (kind == WatchEventKind.Error)
                return Fault<T>(StatusReader.Parse(value) is { } status ? StatusReader.From(status, request) : StatusReader.Garbled(request));
            return Object<T>(value) is { } item ? new(kind.Value, item) : Fault<T>(StatusReader.Garbled(request));
        }
        catch (JsonException)
        {
            // Also a line that the end of the connection has cut.
            return Fault<T>(StatusReader.Garbled(request));
        }
    }

    private static T? Object<T>(ReadOnlySpan<byte> json) where T : class => typeof(T) == typeof(JsonObject)
        ? (T?)(object?)(JsonNode.Parse(json, null, KubernetesJson.Strict) as JsonObject)
        : JsonSerializer.Deserialize(json, KubernetesJson.Of<T>());

    /// <summary>The event's type, and its object as it stands in the line.</summary>
    private static string? Split(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> value)
    {
        var reader = new Utf8JsonReader(line);
        string? type = null;
        value = default;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isType, isObject) = (reader.ValueTextEquals("type"u8), reader.ValueTextEquals("object"u8));
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (isType && reader.TokenType == JsonTokenType.String) type = reader.GetString();
            else reader.Skip();
            if (isObject) value = line[start..(int)reader.BytesConsumed];
        }
        return type;
    }

    private static WatchEvent<T> Fault<T>(KubernetesError error) where T : class => new(WatchEventKind.Error, null, error);
}
