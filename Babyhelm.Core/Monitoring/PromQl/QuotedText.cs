using System.Globalization;
using System.Text;

namespace Babyhelm.Core.Monitoring.PromQl;

/// <summary>Strings in double, single or back quotes; the first two with the escapes of Go, the last with none.</summary>
internal static class QuotedText
{
    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Behind the string that begins at the place.</summary>
    public static int End(string text, int at) => Read(text, at, null);

    /// <summary>What a string means. Bytes that are no UTF-8 by themselves, as <c>"\xff"</c>, become U+FFFD.</summary>
    public static string Meaning(string quoted)
    {
        var meaning = new StringBuilder();
        Read(quoted, 0, meaning);
        return meaning.ToString();
    }

    /// <summary>In double quotes, for values that Babyhelm adds: printable ASCII without quotes.</summary>
    public static string Quote(string plain) => $"\"{plain.Replace("\\", @"\\", StringComparison.Ordinal)}\"";

    private static int Read(string text, int start, StringBuilder? meaning)
    {
        var quote = text[start];
        for (var at = start + 1; at < text.Length;)
        {
            var c = text[at];
            if (c == quote) return at + 1;
            // What stands for bytes that were no UTF-8; Prometheus refuses it too.
            if (c == '\uFFFD') throw new PromQlException(at, "This is no valid Unicode character.");
            if (c == '\n' && quote != '`') break;
            if (c == '\\' && quote != '`')
            {
                at = Escape(text, at, quote, meaning);
                continue;
            }
            meaning?.Append(c);
            at++;
        }
        throw new PromQlException(start, $"This string has no end: a {quote} is missing.");
    }

    private static int Escape(string text, int at, char quote, StringBuilder? meaning)
    {
        var c = at + 1 < text.Length ? text[at + 1] : '\0';
        if (c == quote || c == '\\') return One(c);
        var named = "abfnrtv".IndexOf(c, StringComparison.Ordinal);
        if (named >= 0) return One("\a\b\f\n\r\t\v"[named]);
        var (first, digits, radix) = c switch
        {
            'x' => (at + 2, 2, 16),
            'u' => (at + 2, 4, 16),
            'U' => (at + 2, 8, 16),
            >= '0' and <= '7' => (at + 1, 3, 8),
            _ => throw new PromQlException(at, "There is no such escape; a backslash itself is written twice."),
        };
        var value = first + digits <= text.Length ? Number(text.AsSpan(first, digits), radix) : -1;
        if (value < 0 || value > (digits < 4 ? 0xFF : 0x10FFFF) || value is >= 0xD800 and < 0xE000) throw new PromQlException(at, "This escape is no character.");
        meaning?.Append(digits < 4 && value > 0x7F ? "\uFFFD" : char.ConvertFromUtf32((int)value));
        return first + digits;

        int One(char meant)
        {
            meaning?.Append(meant);
            return at + 2;
        }
    }

    private static long Number(ReadOnlySpan<char> digits, int radix)
    {
        if (radix == 16) return !digits.ContainsAnyExcept(HexDigits) && long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) ? hex : -1;
        var value = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7') return -1;
            value = value * 8 + (digit - '0');
        }
        return value;
    }
}
