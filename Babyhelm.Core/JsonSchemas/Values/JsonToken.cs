namespace Babyhelm.Core.JsonSchemas.Values;

internal enum JsonKind : byte { Null, False, True, Number, String, Array, Object, Name }

/// <summary>One value, or one name of a member, of a JSON text. A container's children follow it; a name's value follows the name.</summary>
internal struct JsonToken
{
    /// <summary>First byte: of the characters in a string, of the value elsewhere. In the unescaped text where <see cref="Unescaped"/>.</summary>
    public int Start;

    /// <summary>Bytes; of a container the number of its children.</summary>
    public int Length;

    /// <summary>Of a container the index after its last token, of a name its hash.</summary>
    public int Extra;

    public JsonKind Kind;

    /// <summary>The string had escapes: its characters stand beside the text, without them.</summary>
    public bool Unescaped;

    /// <summary>The number has a fraction or an exponent.</summary>
    public bool Fractional;
}
