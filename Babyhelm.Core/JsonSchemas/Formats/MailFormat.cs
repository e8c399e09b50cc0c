namespace Babyhelm.Core.JsonSchemas.Formats;

/// <summary>Mailboxes of RFC 5321: a dotted or quoted local part, and a host name or an address in brackets.</summary>
internal static class MailFormat
{
    /// <param name="international">Takes characters beyond ASCII (RFC 6531).</param>
    public static bool IsAddress(ReadOnlySpan<byte> text, bool international)
    {
        var at = text.LastIndexOf((byte)'@');
        return at > 0 && IsLocal(text[..at], international) && IsDomain(text[(at + 1)..], international);
    }

    private static bool IsLocal(ReadOnlySpan<byte> text, bool international)
    {
        if (text.Length >= 2 && text[0] == (byte)'"' && text[^1] == (byte)'"') return IsQuoted(text[1..^1], international);
        foreach (var range in text.Split((byte)'.'))
        {
            if (text[range].IsEmpty) return false;
            foreach (var b in text[range])
                if (!char.IsAsciiLetterOrDigit((char)b) && !"!#$%&'*+-/=?^_`{|}~"u8.Contains(b) && !(international && b >= 0x80)) return false;
        }
        return true;
    }

    private static bool IsQuoted(ReadOnlySpan<byte> text, bool international)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var escaped = text[i] == (byte)'\\';
            if (escaped && ++i == text.Length) return false;
            if (text[i] is < 0x20 or 0x7F || (text[i] >= 0x80 && !international) || (text[i] == (byte)'"' && !escaped)) return false;
        }
        return true;
    }

    private static bool IsDomain(ReadOnlySpan<byte> text, bool international)
    {
        if (text is not [(byte)'[', .., (byte)']']) return international && text.ContainsAnyExceptInRange((byte)0, (byte)0x7F) ? IsInternational(text) : HostFormats.IsHostname(text);
        var address = text[1..^1];
        return address.StartsWith("IPv6:"u8) ? HostFormats.IsIPv6(address[5..]) : HostFormats.IsIPv4(address);
    }

    private static bool IsInternational(ReadOnlySpan<byte> text)
    {
        foreach (var range in text.Split((byte)'.'))
        {
            var label = text[range];
            if (label.IsEmpty || label[0] == (byte)'-' || label[^1] == (byte)'-') return false;
            foreach (var b in label)
                if (b < 0x80 && !char.IsAsciiLetterOrDigit((char)b) && b != (byte)'-') return false;
        }
        return true;
    }
}
