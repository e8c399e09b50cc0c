namespace Babyhelm.Web.Features.Applications;

/// <summary>How a terminal would show text, as the codes before it said.</summary>
internal readonly record struct AnsiStyle
{
    private AnsiColour? Text { get; init; }
    private AnsiColour? Ground { get; init; }
    private bool Bold { get; init; }
    private bool Faint { get; init; }
    private bool Italic { get; init; }
    private bool Underlined { get; init; }
    private bool Swapped { get; init; }

    /// <summary>
    /// Null for plain text, else what the log's script draws: colour, background and letters for bold, faint, italic and
    /// underlined, as <c>#ff8f87||bu</c>.
    /// </summary>
    public string? Drawn
    {
        get
        {
            if (this == default) return null;
            var (text, ground) = Swapped ? (Ground ?? AnsiColours.Ground, Text ?? AnsiColours.Text) : (Text, Ground);
            if (text is null && ground is not null) text = AnsiColours.Text;
            if (text is { } colour) text = AnsiColours.Readable(colour, ground);
            return $"{text}|{ground}|{(Bold ? "b" : "")}{(Faint ? "f" : "")}{(Italic ? "i" : "")}{(Underlined ? "u" : "")}";
        }
    }

    /// <summary>The style after a sequence that selects it.</summary>
    /// <param name="codes">Numbers with semicolons between; what is no number counts for nothing.</param>
    public AnsiStyle Apply(ReadOnlySpan<char> codes)
    {
        var style = this;
        Span<int> numbers = stackalloc int[32];
        var count = 0;
        // Colons part the numbers of one colour in the newer form of these sequences.
        foreach (var part in codes.SplitAny(";:"))
        {
            if (count == numbers.Length) break;
            numbers[count++] = codes[part].IsEmpty ? 0 : int.TryParse(codes[part], out var number) ? number : -1;
        }
        for (var i = 0; i < count; i++)
        {
            if (numbers[i] is not (38 or 48))
            {
                style = style.Apply(numbers[i]);
                continue;
            }
            var isText = numbers[i] == 38;
            var (colour, used) = Extended(numbers[(i + 1)..count], isText);
            i += used;
            if (colour is not null) style = isText ? style with { Text = colour } : style with { Ground = colour };
        }
        return style;
    }

    /// <summary>The colour after 38 or 48, null where it is none, and how many numbers it takes.</summary>
    private static (AnsiColour? Colour, int Used) Extended(ReadOnlySpan<int> numbers, bool isText) => numbers switch
    {
        [5, >= 0 and <= 255 and var index, ..] => (isText ? AnsiColours.Foreground(index) : AnsiColours.Background(index), 2),
        [5, ..] => (null, 2),
        [2, >= 0 and <= 255 and var red, >= 0 and <= 255 and var green, >= 0 and <= 255 and var blue, ..] => (new((byte)red, (byte)green, (byte)blue), 4),
        [2, ..] => (null, 4),
        _ => (null, 0),
    };

    private AnsiStyle Apply(int code) => code switch
    {
        0 => default,
        1 => this with { Bold = true },
        2 => this with { Faint = true },
        3 => this with { Italic = true },
        4 => this with { Underlined = true },
        7 => this with { Swapped = true },
        22 => this with { Bold = false, Faint = false },
        23 => this with { Italic = false },
        24 => this with { Underlined = false },
        27 => this with { Swapped = false },
        >= 30 and <= 37 => this with { Text = AnsiColours.Foreground(code - 30) },
        39 => this with { Text = null },
        >= 40 and <= 47 => this with { Ground = AnsiColours.Background(code - 40) },
        49 => this with { Ground = null },
        >= 90 and <= 97 => this with { Text = AnsiColours.Foreground(code - 82) },
        >= 100 and <= 107 => this with { Ground = AnsiColours.Background(code - 92) },
        _ => this,
    };
}
