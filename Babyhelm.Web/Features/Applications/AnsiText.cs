using System.Text;

namespace Babyhelm.Web.Features.Applications;

/// <param name="Style">How to draw it, as <see cref="AnsiStyle.Drawn"/> says; null for plain text.</param>
public readonly record struct AnsiSpan(string Text, string? Style);

/// <summary>
/// Takes a log line's terminal codes apart: colours and weights are kept, a return to the line's beginning leaves what comes
/// after it, as on a terminal where a program draws its progress, and every other control sequence and control character
/// is dropped. What comes out is text; escaping is the reader's.
/// </summary>
public static class AnsiText
{
    /// <summary>Changes of style in one line; after that the style stays. A browser takes long to lay more out.</summary>
    public const int MaxSpans = 256;

    private const char Escape = '\u001b';

    public static IReadOnlyList<AnsiSpan> Parse(string line)
    {
        if (!line.Any(char.IsControl)) return [new AnsiSpan(line, null)];
        var spans = new List<AnsiSpan>();
        var text = new StringBuilder();
        var (style, returned) = (default(AnsiStyle), false);
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c != Escape)
            {
                if (c == '\r') returned = true;
                if (c != '\t' && char.IsControl(c)) continue;
                if (returned)
                {
                    spans.Clear();
                    text.Clear();
                    returned = false;
                }
                text.Append(c);
                continue;
            }
            if (i + 1 >= line.Length) break;
            if (line[i + 1] == ']')
            {
                i = EndOfTitle(line, i + 2);
                continue;
            }
            if (line[i + 1] != '[')
            {
                i++;
                continue;
            }
            var end = i + 2;
            while (end < line.Length && line[end] is < '@' or > '~') end++;
            if (end < line.Length && line[end] == 'm' && spans.Count < MaxSpans)
            {
                Flush(spans, text, style);
                style = style.Apply(line.AsSpan((i + 2)..end));
            }
            i = end;
        }
        Flush(spans, text, style);
        return spans;
    }

    /// <summary>An operating system command ends with BEL or ESC \; a cut one with the line.</summary>
    private static int EndOfTitle(string line, int from)
    {
        for (var i = from; i < line.Length; i++)
        {
            if (line[i] == '\u0007') return i;
            if (line[i] == Escape && i + 1 < line.Length && line[i + 1] == '\\') return i + 1;
        }
        return line.Length;
    }

    private static void Flush(List<AnsiSpan> spans, StringBuilder text, AnsiStyle style)
    {
        if (text.Length == 0) return;
        spans.Add(new AnsiSpan(text.ToString(), style.Drawn));
        text.Clear();
    }
}
