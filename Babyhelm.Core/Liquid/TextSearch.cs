namespace Babyhelm.Core.Liquid;

/// <summary>Ordinal search whose time grows with the sum of both lengths, never with their product.</summary>
internal static class TextSearch
{
    /// <summary>Up to here the platform's vectorised search is bounded well enough.</summary>
    private const int ShortNeedle = 32;

    public static int IndexOf(string text, string needle, int start)
    {
        if (needle.Length <= ShortNeedle)
        {
            var found = text.AsSpan(start).IndexOf(needle.AsSpan());
            return found < 0 ? -1 : found + start;
        }
        return needle.Length > text.Length - start ? -1 : KnuthMorrisPratt(text.AsSpan(start), needle) is >= 0 and var at ? at + start : -1;
    }

    public static int LastIndexOf(string text, string needle)
    {
        if (needle.Length == 0) return text.Length;
        if (needle.Length <= ShortNeedle) return text.AsSpan().LastIndexOf(needle.AsSpan());
        var (backText, backNeedle) = (text.ToCharArray(), needle.ToCharArray());
        Array.Reverse(backText);
        Array.Reverse(backNeedle);
        var found = KnuthMorrisPratt(backText, backNeedle);
        return found < 0 ? -1 : text.Length - found - needle.Length;
    }

    private static int KnuthMorrisPratt(ReadOnlySpan<char> text, ReadOnlySpan<char> needle)
    {
        var border = new int[needle.Length];
        for (int i = 1, k = 0; i < needle.Length; i++)
        {
            while (k > 0 && needle[i] != needle[k]) k = border[k - 1];
            if (needle[i] == needle[k]) k++;
            border[i] = k;
        }
        for (int i = 0, k = 0; i < text.Length; i++)
        {
            while (k > 0 && text[i] != needle[k]) k = border[k - 1];
            if (text[i] == needle[k]) k++;
            if (k == needle.Length) return i - k + 1;
        }
        return -1;
    }
}
