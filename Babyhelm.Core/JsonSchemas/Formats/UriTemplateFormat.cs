namespace Babyhelm.Core.JsonSchemas.Formats;

/// <summary>Templates of RFC 6570, up to level 4.</summary>
internal static class UriTemplateFormat
{
    public static bool IsTemplate(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var open = text.IndexOf((byte)'{');
            if (!AreLiterals(open < 0 ? text : text[..open])) return false;
            if (open < 0) return true;
            var close = text.IndexOf((byte)'}');
            if (close < open || !IsExpression(text[(open + 1)..close])) return false;
            text = text[(close + 1)..];
        }
        return true;
    }

    private static bool AreLiterals(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == (byte)'%' && (text.Length - i < 3 || !char.IsAsciiHexDigit((char)text[i + 1]) || !char.IsAsciiHexDigit((char)text[i + 2]))) return false;
            if (text[i] is <= 0x20 or 0x7F || "\"'<>\\^`{|}"u8.Contains(text[i])) return false;
        }
        return true;
    }

    private static bool IsExpression(ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty && "+#./;?&=,!@|"u8.Contains(text[0])) text = text[1..];
        foreach (var range in text.Split((byte)','))
            if (!IsVariable(text[range])) return false;
        return true;
    }

    private static bool IsVariable(ReadOnlySpan<byte> text)
    {
        if (text.EndsWith("*"u8))
        {
            text = text[..^1];
        }
        else if (text.IndexOf((byte)':') is var colon and >= 0)
        {
            var length = text[(colon + 1)..];
            if (length.Length is 0 or > 4 || length[0] == (byte)'0' || length.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
            text = text[..colon];
        }
        if (text.IsEmpty || text[0] == (byte)'.' || text[^1] == (byte)'.') return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == (byte)'%')
            {
                if (text.Length - i < 3 || !char.IsAsciiHexDigit((char)text[i + 1]) || !char.IsAsciiHexDigit((char)text[i + 2])) return false;
                i += 2;
            }
            else if (!char.IsAsciiLetterOrDigit((char)text[i]) && text[i] != (byte)'_' && (text[i] != (byte)'.' || text[i - 1] == (byte)'.'))
            {
                return false;
            }
        }
        return true;
    }
}
