namespace Babyhelm.Core.JsonSchemas.Formats;

internal static class HostFormats
{
    /// <summary>RFC 1123: labels of 1 to 63 letters, digits and hyphens, 253 characters in all.</summary>
    public static bool IsHostname(ReadOnlySpan<byte> text)
    {
        if (text.Length is 0 or > 253) return false;
        foreach (var range in text.Split((byte)'.'))
        {
            var label = text[range];
            if (label.Length is 0 or > 63 || label[0] == (byte)'-' || label[^1] == (byte)'-') return false;
            foreach (var b in label)
                if (!char.IsAsciiLetterOrDigit((char)b) && b != (byte)'-') return false;
            // Two hyphens there mark an encoding, of which xn is the only one.
            if (label.Length >= 4 && label[2] == (byte)'-' && label[3] == (byte)'-' && !Punycode.IsLabel(label)) return false;
        }
        return true;
    }

    /// <summary>Four numbers without zeros in front.</summary>
    public static bool IsIPv4(ReadOnlySpan<byte> text)
    {
        var walk = new TextWalk(text);
        for (var part = 0; part < 4; part++)
        {
            if (part > 0 && !walk.Take('.')) return false;
            var before = walk.Rest;
            var digits = walk.TakeDigits();
            if (digits is 0 or > 3 || (digits > 1 && before[0] == (byte)'0') || int.Parse(before[..digits]) > 255) return false;
        }
        return walk.AtEnd;
    }

    /// <summary>RFC 4291, without a zone.</summary>
    public static bool IsIPv6(ReadOnlySpan<byte> text)
    {
        var (groups, gap, skip) = (0, false, 0);
        if (text.StartsWith("::"u8)) (gap, skip) = (true, 2);
        else if (text.StartsWith(":"u8)) return false;
        text = text[skip..];
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)':');
            var group = end < 0 ? text : text[..end];
            if (end < 0 && group.Contains((byte)'.'))
            {
                if (!IsIPv4(group)) return false;
                groups += 2;
                break;
            }
            if (group.Length is 0 or > 4) return false;
            foreach (var b in group)
                if (!char.IsAsciiHexDigit((char)b)) return false;
            groups++;
            if (end < 0) break;
            text = text[(end + 1)..];
            if (text.IsEmpty) return false;
            if (text[0] != (byte)':') continue;
            if (gap) return false;
            gap = true;
            text = text[1..];
        }
        return gap ? groups <= 7 : groups == 8;
    }
}
