using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Babyhelm.Core.JsonSchemas.Values;

/// <summary>
/// A JSON text that was read once: checked, bounded, and indexed for validation and the canonical form. Its memory comes from a pool
/// and goes back with <see cref="Dispose"/>; the bytes that it was read from must stay as they are until then. Not thread safe while
/// it is read; afterwards any number of threads may look at it.
/// </summary>
public sealed class JsonText : IDisposable
{
    [ThreadStatic] private static JsonText? _pooled;

    private JsonToken[] _tokens = [];
    private int _count;
    private byte[] _unescaped = [];

    private JsonText() { }

    internal ReadOnlyMemory<byte> Source { get; private set; }

    internal ReadOnlySpan<JsonToken> Tokens => _tokens.AsSpan(0, _count);

    internal ReadOnlySpan<byte> Unescaped => _unescaped;

    /// <summary>Reads UTF-8 text. Either the text is given back or the fault that it has.</summary>
    public static SchemaFault? Read(ReadOnlyMemory<byte> utf8, JsonLimits limits, out JsonText? text)
    {
        text = new JsonText();
        if (text.Fill(utf8, limits) is not { } fault) return null;
        text.Dispose();
        text = null;
        return fault;
    }

    /// <summary>Reads a value that was parsed before, by its own text.</summary>
    public static SchemaFault? Read(JsonElement element, JsonLimits limits, out JsonText? text) =>
        Read(JsonMarshal.GetRawUtf8Value(element).ToArray(), limits, out text);

    /// <summary>As <see cref="Read(ReadOnlyMemory{byte}, JsonLimits, out JsonText?)"/>, in an object that this thread keeps. The caller alone holds it, and gives it back in any case.</summary>
    internal static JsonText Rent(ReadOnlyMemory<byte> utf8, JsonLimits limits, out SchemaFault? fault)
    {
        var text = _pooled ?? new JsonText();
        _pooled = null;
        fault = text.Fill(utf8, limits);
        return text;
    }

    internal void Return()
    {
        Dispose();
        _pooled = this;
    }

    public void Dispose()
    {
        if (_tokens.Length > 0) ArrayPool<JsonToken>.Shared.Return(_tokens);
        if (_unescaped.Length > 0) ArrayPool<byte>.Shared.Return(_unescaped);
        (_tokens, _unescaped, _count, Source) = ([], [], 0, default);
    }

    private SchemaFault? Fill(ReadOnlyMemory<byte> utf8, JsonLimits limits)
    {
        Source = utf8;
        return JsonTextReader.Read(utf8.Span, limits, ref _tokens, ref _count, ref _unescaped);
    }

    /// <summary>Characters of a string or name, digits of a number.</summary>
    internal ReadOnlySpan<byte> TextOf(int at)
    {
        ref readonly var token = ref Tokens[at];
        return (token.Unescaped ? _unescaped : Source.Span).Slice(token.Start, token.Length);
    }

    /// <summary>Index after the value.</summary>
    internal int After(int at) => Tokens[at] is { Kind: JsonKind.Array or JsonKind.Object } container ? container.Extra : at + 1;

    /// <summary>Index of a member's value; -1 where the object has none of the name.</summary>
    internal int Member(int at, ReadOnlySpan<byte> name)
    {
        var hash = NameHash.Of(name);
        var end = Tokens[at].Extra;
        for (var i = at + 1; i < end; i = After(i + 1))
            if (Tokens[i].Extra == hash && TextOf(i).SequenceEqual(name)) return i + 1;
        return -1;
    }
}
