using System.Globalization;

namespace Babyhelm.Core.Liquid;

/// <summary>Text in double quotes that JSON and YAML read alike, and back to the same text.</summary>
internal static class QuotedText
{
    public static string Of(string text)
    {
        var output = new OutputBuffer(int.MaxValue);
        Write(text, output);
        return output.ToString();
    }

    /// <exception cref="LiquidException">The text holds half of a surrogate pair.</exception>
    public static void Write(string text, OutputBuffer output)
    {
        output.Append('"');
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            switch (c)
            {
                case '"': output.Append("\\\""); break;
                case '\\': output.Append("\\\\"); break;
                case '\n': output.Append("\\n"); break;
                case '\r': output.Append("\\r"); break;
                case '\t': output.Append("\\t"); break;
                case >= '\ud800' and <= '\udfff':
                    if (!char.IsHighSurrogate(c) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) throw new LiquidException("The text is not valid Unicode.");
                    output.Append(c);
                    output.Append(text[++i]);
                    break;
                default:
                    if (NeedsEscape(c)) output.Append("\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    else output.Append(c);
                    break;
            }
        }
        output.Append('"');
    }

    private static bool NeedsEscape(char c) =>
        c is < ' ' or (>= '\x7f' and <= '\xa0') or '\xad' or '\u061c' or (>= '\u200b' and <= '\u200f') or (>= '\u2028' and <= '\u202e')
            or (>= '\u2060' and <= '\u206f') or '\ufeff' or >= '\ufff9';
}
