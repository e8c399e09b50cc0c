using System.Text;

namespace Babyhelm.Web.Features.Applications;

/// <param name="Class">CSS classes of the text's colour and weight; null for plain text.</param>
public readonly record struct AnsiSpan(string Text, string? Class);

/// <summary>
/// Takes a log line's terminal codes apart: the 16 colours and bold are kept as classes, every other control sequence
/// and control character is dropped. What comes out is text; escaping is the renderer's.
/// </summary>
public static class AnsiText
{
    private const char Escape = '\u001b';

    public static IReadOnlyList<AnsiSpan> Parse(string line)
    {
        if (!line.Any(char.IsControl)) return [new AnsiSpan(line, null)];
        var spans = new List<AnsiSpan>();
        var text = new StringBuilder();
        var style = new Style(null, false);
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c != Escape)
            {
                if (c == '\t' || !char.IsControl(c)) text.Append(c);
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
            if (end < line.Length && line[end] == 'm')
            {
                Flush(spans, text, style);
                style = style.Apply(line[(i + 2)..end]);
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

    private static void Flush(List<AnsiSpan> spans, StringBuilder text, Style style)
    {
        if (text.Length == 0) return;
        spans.Add(new AnsiSpan(text.ToString(), style.Class));
        text.Clear();
    }

    private readonly record struct Style(int? Colour, bool Bold)
    {
        public string? Class => (Colour, Bold) switch
        {
            (null, false) => null,
            (null, true) => "ansi-bold",
            ({ } colour, false) => $"ansi-{colour}",
            ({ } colour, true) => $"ansi-{colour} ansi-bold",
        };

        public Style Apply(string codes)
        {
            var style = this;
            var parts = codes.Split(';');
            for (var i = 0; i < parts.Length; i++)
            {
                var code = parts[i].Length == 0 ? 0 : int.TryParse(parts[i], out var number) ? number : -1;
                // 38;5;n and 38;2;r;g;b are finer colours than a log needs.
                if (code is 38 or 48) i += i + 1 < parts.Length && parts[i + 1] == "2" ? 4 : 2;
                else style = style.Apply(code);
            }
            return style;
        }

        private Style Apply(int code) => code switch
        {
            0 => new Style(null, false),
            1 => this with { Bold = true },
            22 => this with { Bold = false },
            >= 30 and <= 37 => this with { Colour = code - 30 },
            >= 90 and <= 97 => this with { Colour = code - 90 },
            39 => this with { Colour = null },
            _ => this,
        };
    }
}
