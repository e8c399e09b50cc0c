using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Babyhelm.Core.JsonSchemas.Values;

/// <summary>Turns UTF-8 into tokens, in one pass over <see cref="Utf8JsonReader"/>, into arrays from the shared pool.</summary>
internal static class JsonTextReader
{
    private const int MaxExponentDigits = 9;

    public static SchemaFault? Read(ReadOnlySpan<byte> source, JsonLimits limits, ref JsonToken[] tokens, ref int count, ref byte[] unescaped)
    {
        if (source.Length > limits.MaxBytes) return SchemaFault.OfText($"The JSON text has {source.Length} bytes; at most {limits.MaxBytes} are taken.");
        if (!Utf8.IsValid(source)) return TextPosition.Fault(source, TextPosition.FirstInvalid(source), "is not UTF-8");
        tokens = ArrayPool<JsonToken>.Shared.Rent(Math.Max(64, source.Length / 8));
        try
        {
            return ReadTokens(source, limits, ref tokens, ref count, ref unescaped);
        }
        catch (JsonException e)
        {
            return TextPosition.Fault(source, e.LineNumber ?? 0, e.BytePositionInLine ?? 0);
        }
    }

    private static SchemaFault? ReadTokens(ReadOnlySpan<byte> source, JsonLimits limits, ref JsonToken[] tokens, ref int count, ref byte[] unescaped)
    {
        var reader = new Utf8JsonReader(source, new JsonReaderOptions { MaxDepth = limits.MaxDepth + 1 });
        var (open, free) = (-1, 0);
        while (reader.Read())
        {
            var start = (int)reader.TokenStartIndex;
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                ref var container = ref tokens[open];
                var parent = container.Extra;
                container.Extra = count;
                if (!limits.AllowDuplicateNames && container.Kind == JsonKind.Object && DuplicateNames.Find(tokens, open, source, unescaped) is var twice and >= 0)
                    return TextPosition.Fault(source, tokens[open].Start, "begins an object that has a name twice: " + Quote.Of((tokens[twice].Unescaped ? unescaped : source).Slice(tokens[twice].Start, tokens[twice].Length)));
                open = parent;
                continue;
            }
            if (count == limits.MaxValues) return SchemaFault.OfText($"The JSON text holds more than {limits.MaxValues} values and names.");
            if (count == tokens.Length) Grow(ref tokens, count);
            ref var token = ref tokens[count];
            token = default;
            token.Start = start;
            if (open >= 0 && (reader.TokenType == JsonTokenType.PropertyName || tokens[open].Kind == JsonKind.Array)) tokens[open].Length++;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    if (reader.CurrentDepth >= limits.MaxDepth) return TextPosition.Fault(source, start, $"is nested deeper than {limits.MaxDepth} levels");
                    token.Kind = reader.TokenType == JsonTokenType.StartObject ? JsonKind.Object : JsonKind.Array;
                    token.Extra = open;
                    open = count;
                    break;
                case JsonTokenType.PropertyName or JsonTokenType.String:
                    var isName = reader.TokenType == JsonTokenType.PropertyName;
                    token.Kind = isName ? JsonKind.Name : JsonKind.String;
                    var text = reader.ValueSpan;
                    (token.Start, token.Length) = (start + 1, text.Length);
                    if (reader.ValueIsEscaped)
                    {
                        Reserve(ref unescaped, free, text.Length);
                        var written = Escapes.Remove(text, unescaped.AsSpan(free));
                        if (written < 0) return TextPosition.Fault(source, start, "begins a string with half of a surrogate pair, which is no character");
                        (token.Start, token.Length, token.Unescaped) = (free, written, true);
                        free += written;
                        text = unescaped.AsSpan(token.Start, written);
                    }
                    if (isName) token.Extra = NameHash.Of(text);
                    break;
                case JsonTokenType.Number:
                    token.Kind = JsonKind.Number;
                    token.Length = reader.ValueSpan.Length;
                    token.Fractional = reader.ValueSpan.ContainsAny((byte)'.', (byte)'e', (byte)'E');
                    if (token.Fractional && ExponentDigits(reader.ValueSpan) > MaxExponentDigits) return TextPosition.Fault(source, start, "begins a number whose exponent is too large");
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    token.Kind = reader.TokenType == JsonTokenType.True ? JsonKind.True : JsonKind.False;
                    break;
            }
            count++;
        }
        return null;
    }

    private static int ExponentDigits(ReadOnlySpan<byte> number)
    {
        var at = number.IndexOfAny((byte)'e', (byte)'E');
        return at < 0 ? 0 : number[(at + 1)..].TrimStart("+-"u8).TrimStart((byte)'0').Length;
    }

    private static void Grow(ref JsonToken[] tokens, int count)
    {
        var larger = ArrayPool<JsonToken>.Shared.Rent(count * 2);
        tokens.AsSpan(0, count).CopyTo(larger);
        ArrayPool<JsonToken>.Shared.Return(tokens);
        tokens = larger;
    }

    private static void Reserve(ref byte[] unescaped, int used, int more)
    {
        if (unescaped.Length - used >= more) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(256, Math.Max(unescaped.Length * 2, used + more)));
        unescaped.AsSpan(0, used).CopyTo(larger);
        if (unescaped.Length > 0) ArrayPool<byte>.Shared.Return(unescaped);
        unescaped = larger;
    }
}
