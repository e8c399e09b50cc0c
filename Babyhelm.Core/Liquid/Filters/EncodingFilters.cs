using System.Globalization;
using System.Text;

namespace Babyhelm.Core.Liquid.Filters;

/// <summary>HTML, web addresses and Base64.</summary>
internal static class EncodingFilters
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    public static void AddTo(Dictionary<string, Filter> filters)
    {
        filters["escape"] = filters["h"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => Escape(input, once: false));
        filters["escape_once"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => Escape(input, once: true));
        filters["strip_html"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => HtmlStripper.Strip(input.Text));
        filters["url_encode"] = new(0, 0, UrlEncode);
        filters["url_decode"] = new(0, 0, UrlDecode);
        filters["base64_encode"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => ToBase64(input));
        filters["base64_url_safe_encode"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => ToBase64(input).Replace('+', '-').Replace('/', '_'));
        filters["base64_decode"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => FromBase64(input.Text));
        filters["base64_url_safe_decode"] = new(0, 0, DecodeUrlSafe);
    }

    /// <exception cref="LiquidException">The text holds half of a surrogate pair.</exception>
    public static byte[] Bytes(string text)
    {
        try
        {
            return Utf8.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            throw new LiquidException("The text is not valid Unicode.");
        }
    }

    private static string ToBase64(in FilterInput input) => Convert.ToBase64String(Bytes(input.Text));

    private static LiquidValue DecodeUrlSafe(in FilterInput input, LiquidValue[] _)
    {
        var text = input.Text.Replace('-', '+').Replace('_', '/');
        return FromBase64(text.PadRight((text.Length + 3) / 4 * 4, '='));
    }

    private static string FromBase64(string text)
    {
        try
        {
            return text.AsSpan().ContainsAny(" \t\r\n") ? throw new FormatException() : Utf8.GetString(Convert.FromBase64String(text));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            throw new LiquidException("The text is not Base64 of text.");
        }
    }

    private static LiquidValue Escape(in FilterInput input, bool once)
    {
        if (input.Value.IsNil) return LiquidValue.Nil;
        var text = input.Text;
        var output = new OutputBuffer(input.Limit);
        for (var i = 0; i < text.Length; i++)
            switch (text[i])
            {
                case '&' when once && IsEntity(text.AsSpan(i + 1)): output.Append('&'); break;
                case '&': output.Append("&amp;"); break;
                case '<': output.Append("&lt;"); break;
                case '>': output.Append("&gt;"); break;
                case '"': output.Append("&quot;"); break;
                case '\'': output.Append("&#39;"); break;
                default: output.Append(text[i]); break;
            }
        return output.ToString();
    }

    private static bool IsEntity(ReadOnlySpan<char> rest)
    {
        var digits = rest.Length > 0 && rest[0] == '#';
        var i = digits ? 1 : 0;
        var start = i;
        while (i < rest.Length && i < 40 && (digits ? char.IsAsciiDigit(rest[i]) : char.IsAsciiLetter(rest[i]))) i++;
        return i > start && i < rest.Length && rest[i] == ';';
    }

    private static LiquidValue UrlEncode(in FilterInput input, LiquidValue[] _)
    {
        if (input.Value.IsNil) return LiquidValue.Nil;
        var output = new OutputBuffer(input.Limit);
        foreach (var b in Bytes(input.Text))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~') output.Append(c);
            else if (c == ' ') output.Append('+');
            else output.Append('%' + b.ToString("X2", CultureInfo.InvariantCulture));
        }
        return output.ToString();
    }

    private static LiquidValue UrlDecode(in FilterInput input, LiquidValue[] _)
    {
        if (input.Value.IsNil) return LiquidValue.Nil;
        var bytes = Bytes(input.Text);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var isCode = bytes[i] == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]);
            bytes[length++] = isCode ? (byte)((Hex(bytes[i + 1]) << 4) | Hex(bytes[i + 2])) : bytes[i] == '+' ? (byte)' ' : bytes[i];
            if (isCode) i += 2;
        }
        try
        {
            return Utf8.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            throw new LiquidException("The decoded text is not valid UTF-8.");
        }
    }

    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

/// <summary>Removes scripts, styles and comments with their content, then all other tags; in linear time.</summary>
internal static class HtmlStripper
{
    public static string Strip(string text) => Remove(Remove(text, [("<script", "</script>"), ("<!--", "-->"), ("<style", "</style>")]), [("<", ">")]);

    private static string Remove(string text, (string Open, string Close)[] kinds)
    {
        var output = new OutputBuffer(int.MaxValue);
        var gone = new bool[kinds.Length];
        var at = 0;
        for (var i = text.IndexOf('<'); i >= 0; i = text.IndexOf('<', i))
        {
            var end = -1;
            for (var k = 0; k < kinds.Length && end < 0; k++)
            {
                var (open, close) = kinds[k];
                if (gone[k] || string.CompareOrdinal(text, i, open, 0, open.Length) != 0) continue;
                var found = text.IndexOf(close, i + open.Length, StringComparison.Ordinal);
                gone[k] = found < 0;
                if (found >= 0) end = found + close.Length;
            }
            if (end < 0)
            {
                if (++i >= text.Length) break;
                continue;
            }
            output.Append(text.AsSpan(at, i - at));
            at = i = end;
            if (i >= text.Length) break;
        }
        output.Append(text.AsSpan(at));
        return output.ToString();
    }
}
