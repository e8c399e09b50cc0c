using System.Text;

namespace Babyhelm.Core.JsonSchemas.Values;

/// <summary>Values in messages, at most 100 characters of them.</summary>
internal static class Quote
{
    private const int Most = 100;

    public static string Of(ReadOnlySpan<byte> text, char quote = '\'')
    {
        var shown = new StringBuilder().Append(quote);
        var count = 0;
        foreach (var rune in Encoding.UTF8.GetString(text[..Math.Min(text.Length, Most * 4)]).EnumerateRunes())
        {
            if (count++ == Most - 2) return shown.Append('…').Append(quote).ToString();
            shown.Append(Rune.IsControl(rune) ? Rune.ReplacementChar : rune);
        }
        return shown.Append(quote).ToString();
    }

    public static string Of(JsonText text, int at)
    {
        var token = text.Tokens[at];
        return token.Kind switch
        {
            JsonKind.Null => "null",
            JsonKind.True => "true",
            JsonKind.False => "false",
            JsonKind.Number when token.Length <= Most => Encoding.UTF8.GetString(text.TextOf(at)),
            JsonKind.Number => $"{Encoding.UTF8.GetString(text.TextOf(at)[..(Most - 1)])}…",
            JsonKind.Array => token.Length == 1 ? "an array of 1 item" : $"an array of {token.Length} items",
            JsonKind.Object => token.Length == 1 ? "an object of 1 member" : $"an object of {token.Length} members",
            _ => Of(text.TextOf(at), '"'),
        };
    }
}
