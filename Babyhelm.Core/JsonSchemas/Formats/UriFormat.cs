namespace Babyhelm.Core.JsonSchemas.Formats;

/// <summary>References of RFC 3986, and of RFC 3987 where characters beyond ASCII are taken.</summary>
internal static class UriFormat
{
    public static bool HasScheme(ReadOnlySpan<byte> text) => SchemeLength(text) > 0;

    public static bool IsReference(ReadOnlySpan<byte> text, bool international)
    {
        text = Cut(text, (byte)'#', out var fragment);
        text = Cut(text, (byte)'?', out var query);
        if (!Are(fragment, "/?:@"u8, international) || !Are(query, "/?:@"u8, international)) return false;
        var scheme = SchemeLength(text);
        if (scheme > 0) text = text[(scheme + 1)..];
        if (text.StartsWith("//"u8))
        {
            var end = text[2..].IndexOf((byte)'/');
            var authority = end < 0 ? text[2..] : text.Slice(2, end);
            text = end < 0 ? [] : text[(2 + end)..];
            if (!IsAuthority(authority, international)) return false;
        }
        else if (scheme == 0 && text.IndexOf((byte)':') is var colon and >= 0 && text.IndexOf((byte)'/') is var slash && (slash < 0 || slash > colon))
        {
            return false; // what stands before the first colon would be a scheme
        }
        return Are(text, "/:@"u8, international);
    }

    private static int SchemeLength(ReadOnlySpan<byte> text)
    {
        var colon = text.IndexOf((byte)':');
        if (colon <= 0 || !char.IsAsciiLetter((char)text[0])) return 0;
        foreach (var b in text[..colon])
            if (!char.IsAsciiLetterOrDigit((char)b) && !"+-."u8.Contains(b)) return 0;
        return colon;
    }

    private static bool IsAuthority(ReadOnlySpan<byte> text, bool international)
    {
        var at = text.LastIndexOf((byte)'@');
        if (at >= 0 && !Are(text[..at], ":"u8, international)) return false;
        var host = text[(at + 1)..];
        var colon = host.LastIndexOf((byte)':');
        if (host.StartsWith("["u8))
        {
            var close = host.IndexOf((byte)']');
            if (close < 0) return false;
            var literal = host[1..close];
            host = host[(close + 1)..];
            if (!(literal.StartsWith("v"u8) ? IsFuture(literal) : HostFormats.IsIPv6(literal))) return false;
            return host.IsEmpty || (host[0] == (byte)':' && AreDigits(host[1..]));
        }
        return colon < 0 ? Are(host, [], international) : Are(host[..colon], [], international) && AreDigits(host[(colon + 1)..]);
    }

    private static bool IsFuture(ReadOnlySpan<byte> literal)
    {
        var dot = literal.IndexOf((byte)'.');
        if (dot < 2 || dot == literal.Length - 1) return false;
        foreach (var b in literal[1..dot])
            if (!char.IsAsciiHexDigit((char)b)) return false;
        return !literal.Contains((byte)'%') && Are(literal[(dot + 1)..], ":"u8, international: false);
    }

    private static bool AreDigits(ReadOnlySpan<byte> text) => !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, byte sign, out ReadOnlySpan<byte> after)
    {
        var at = text.IndexOf(sign);
        after = at < 0 ? [] : text[(at + 1)..];
        return at < 0 ? text : text[..at];
    }

    /// <summary>Unreserved characters, sub-delimiters, escapes, and what else is named.</summary>
    private static bool Are(ReadOnlySpan<byte> text, ReadOnlySpan<byte> also, bool international)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var b = text[i];
            if (b == (byte)'%')
            {
                if (text.Length - i < 3 || !char.IsAsciiHexDigit((char)text[i + 1]) || !char.IsAsciiHexDigit((char)text[i + 2])) return false;
                i += 2;
            }
            else if (!char.IsAsciiLetterOrDigit((char)b) && !"-._~!$&'()*+,;="u8.Contains(b) && !also.Contains(b) && !(international && b >= 0x80))
            {
                return false;
            }
        }
        return true;
    }
}
