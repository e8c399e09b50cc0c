using System.Text;

namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>
/// Collects lines of evidence: at most <see cref="MaxLines"/>, each at most <see cref="MaxLength"/> characters, without
/// control characters and without repeats. Order is kept.
/// </summary>
internal sealed class Evidence
{
    public const int MaxLines = 16;
    public const int MaxLength = 500;
    private const int MaxLogLines = 10;

    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => [.. _lines];

    public Evidence Add(string? text)
    {
        if (_lines.Count < MaxLines && Clean(text) is { } line && !_lines.Contains(line)) _lines.Add(line);
        return this;
    }

    public Evidence AddRange(IEnumerable<string?> texts)
    {
        foreach (var text in texts) Add(text);
        return this;
    }

    /// <summary>The last of the lines, each marked as what the container printed.</summary>
    public Evidence AddLog(IEnumerable<string>? lines)
    {
        foreach (var line in (lines ?? []).Select(Clean).OfType<string>().TakeLast(MaxLogLines)) Add($"log: {line}");
        return this;
    }

    /// <summary>One line, trimmed, escape sequences and control characters taken out; null when nothing is left.</summary>
    internal static string? Clean(string? text)
    {
        if (text is null) return null;
        var clean = new StringBuilder(Math.Min(text.Length, MaxLength + 1));
        for (var i = 0; i < text.Length && clean.Length <= MaxLength; i++)
        {
            var c = text[i];
            if (c == '\e') i = EndOfEscape(text, i);
            else if (c is '\n' or '\r' or '\t') clean.Append(' ');
            else if (!char.IsControl(c)) clean.Append(c);
        }
        var line = clean.ToString().Trim();
        if (line.Length > MaxLength) line = string.Concat(line.AsSpan(0, MaxLength - 1), "…");
        return line.Length == 0 ? null : line;
    }

    /// <summary>Index of the last character of the terminal sequence that starts at <paramref name="start"/>.</summary>
    private static int EndOfEscape(string text, int start)
    {
        var i = start + 1;
        if (i >= text.Length || text[i] != '[') return Math.Min(i, text.Length - 1);
        for (i++; i < text.Length; i++)
            if (text[i] is >= '@' and <= '~') return i;
        return text.Length - 1;
    }
}
