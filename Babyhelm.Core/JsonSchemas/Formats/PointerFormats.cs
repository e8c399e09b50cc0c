namespace Babyhelm.Core.JsonSchemas.Formats;

internal static class PointerFormats
{
    /// <summary>RFC 6901.</summary>
    public static bool IsPointer(ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty && text[0] != (byte)'/') return false;
        for (var i = 0; i < text.Length; i++)
            if (text[i] == (byte)'~' && (i + 1 == text.Length || text[i + 1] is not ((byte)'0' or (byte)'1'))) return false;
        return true;
    }

    /// <summary>A number without zeros in front, and a pointer or a hash sign.</summary>
    public static bool IsRelativePointer(ReadOnlySpan<byte> text)
    {
        var walk = new TextWalk(text);
        var digits = walk.TakeDigits();
        return digits > 0 && (digits == 1 || text[0] != (byte)'0') && (walk.Rest.SequenceEqual("#"u8) || IsPointer(walk.Rest));
    }
}
