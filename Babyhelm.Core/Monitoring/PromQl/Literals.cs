namespace Babyhelm.Core.Monitoring.PromQl;

/// <summary>Where numbers and durations end.</summary>
internal static class Literals
{
    private static readonly string[] Units = ["y", "w", "d", "h", "m", "s", "ms"];
    private static readonly long[] Milliseconds = [31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1];

    // Prometheus counts in nanoseconds, in 64 bits.
    private const long MostMilliseconds = long.MaxValue / 1_000_000;

    /// <summary>Behind the number that begins at the place; null where none does.</summary>
    public static int? NumberEnd(string text, int at)
    {
        var end = at;
        if (text[at] == '0' && at + 1 < text.Length && text[at + 1] is 'x' or 'X')
        {
            end = Run(text, at + 2, char.IsAsciiHexDigit);
            return end > at + 2 && IsOver(text, end) ? end : null;
        }
        end = Run(text, end, char.IsAsciiDigit);
        if (end < text.Length && text[end] == '.') end = Run(text, end + 1, char.IsAsciiDigit);
        if (end < text.Length && text[end] is 'e' or 'E')
        {
            var digits = end + 1 < text.Length && text[end + 1] is '+' or '-' ? end + 2 : end + 1;
            end = Run(text, digits, char.IsAsciiDigit);
            if (end == digits) return null;
        }
        return IsOver(text, end) ? end : null;
    }

    /// <summary>Behind the duration that begins at the place; null where none does, or one that is too long.</summary>
    public static int? DurationEnd(string text, int at)
    {
        var (unit, total) = (-1, 0L);
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            var digits = Run(text, at, char.IsAsciiDigit);
            var name = Run(text, digits, char.IsAsciiLetter);
            var found = Array.IndexOf(Units, text[digits..name]);
            // From long to short, each once.
            if (found <= unit || !long.TryParse(text.AsSpan(at, digits - at), out var count) || count > (MostMilliseconds - total) / Milliseconds[found]) return null;
            (unit, at, total) = (found, name, total + count * Milliseconds[found]);
        }
        return unit >= 0 && IsOver(text, at) ? at : null;
    }

    /// <summary>Digits may be parted by single underscores (from Prometheus 3 on).</summary>
    private static int Run(string text, int at, Func<char, bool> isPart)
    {
        var first = at;
        while (at < text.Length && (isPart(text[at]) || (text[at] == '_' && at > first && text[at - 1] != '_' && at + 1 < text.Length && isPart(text[at + 1])))) at++;
        return at;
    }

    private static bool IsOver(string text, int end) => end == text.Length || !(char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_');
}
