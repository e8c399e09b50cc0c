using System.Text;

namespace Babyhelm.Core.Monitoring.Alerts;

/// <summary>Text from elsewhere (labels, answers, problems) in the form in which it is stored and sent.</summary>
internal static class AlertText
{
    /// <summary>Characters of a label's name or value.</summary>
    public const int MaxLabel = 200;

    /// <summary>Characters of a summary, a problem or an answer.</summary>
    public const int MaxSentence = 500;

    private const int MaxLabels = 64;

    /// <summary>
    /// One line of at most <paramref name="max"/> UTF-16 units, whole characters alone: the database takes neither NUL nor half
    /// a surrogate pair. White space becomes a blank, other control characters U+FFFD.
    /// </summary>
    public static string Clean(string text, int max)
    {
        var clean = new StringBuilder(Math.Min(text.Length, max));
        foreach (var rune in text.EnumerateRunes())
        {
            clean.Append(!Rune.IsControl(rune) ? rune.ToString() : Rune.IsWhiteSpace(rune) ? " " : "\uFFFD");
            if (clean.Length > max) break;
        }
        if (clean.Length <= max) return clean.ToString();
        var end = max - 1;
        if (char.IsLowSurrogate(clean[end])) end--;
        return $"{clean.ToString(0, end)}…";
    }

    /// <summary>The same for names and values; of two names that come out alike, one stays.</summary>
    public static IReadOnlyDictionary<string, string> Clean(IReadOnlyDictionary<string, string> labels)
    {
        var clean = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in labels.OrderBy(l => l.Key, StringComparer.Ordinal).Take(MaxLabels)) clean.TryAdd(Clean(name, MaxLabel), Clean(value, MaxLabel));
        return clean;
    }

    /// <summary>Whether the database takes it as it is.</summary>
    public static bool CanBeStored(string text) => !text.Contains('\0') && !HasHalfPair(text);

    private static bool HasHalfPair(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsSurrogate(text[at])) continue;
            if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1])) return true;
            at++;
        }
        return false;
    }
}
