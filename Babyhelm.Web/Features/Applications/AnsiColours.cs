using System.Globalization;

namespace Babyhelm.Web.Features.Applications;

/// <summary>An RGB colour.</summary>
public readonly record struct AnsiColour(byte Red, byte Green, byte Blue)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{Red:x2}{Green:x2}{Blue:x2}");
}

/// <summary>
/// The 256 colours of terminals, and what keeps any of them readable: logs stand on a dark ground in the light theme and in
/// the dark one, where a program's dark blue could not be read.
/// </summary>
public static class AnsiColours
{
    /// <summary>Contrast that text has at least, as WCAG 2 counts it for level AA.</summary>
    public const double MinContrast = 4.5;

    /// <summary>The lighter of the two grounds of the log, as in LogViewer.razor.css.</summary>
    public static readonly AnsiColour Ground = Rgb(0x1a2129);
    public static readonly AnsiColour Text = Rgb(0xd7dee5);
    private static readonly AnsiColour Dark = Rgb(0x0b0f13);
    private static readonly AnsiColour Light = Rgb(0xffffff);

    private static readonly AnsiColour[] Foregrounds =
    [
        Rgb(0x8b98a5), Rgb(0xff8f87), Rgb(0x7fd99f), Rgb(0xecc77a), Rgb(0x7fb8f0), Rgb(0xd9a0e8), Rgb(0x6fd3dc), Rgb(0xf2f5f8),
        Rgb(0x9aa7b4), Rgb(0xffaaa3), Rgb(0x9ae6b4), Rgb(0xf5d796), Rgb(0x9ccbf7), Rgb(0xe6bbf1), Rgb(0x94e2e9), Rgb(0xffffff),
    ];

    private static readonly AnsiColour[] Backgrounds =
    [
        Rgb(0x05080a), Rgb(0xa1322b), Rgb(0x1f7a45), Rgb(0x8f6a12), Rgb(0x1f5fa8), Rgb(0x86479a), Rgb(0x17757f), Rgb(0xc9d1d9),
        Rgb(0x6e7781), Rgb(0xe5534b), Rgb(0x3fb266), Rgb(0xd8a534), Rgb(0x4c93e0), Rgb(0xb878cf), Rgb(0x35b4bf), Rgb(0xffffff),
    ];

    /// <param name="index">0 to 255: 16 named ones, a cube of 6 by 6 by 6, 24 greys.</param>
    public static AnsiColour Foreground(int index) => index < 16 ? Foregrounds[index] : Fixed(index);

    /// <param name="index">As for <see cref="Foreground"/>.</param>
    public static AnsiColour Background(int index) => index < 16 ? Backgrounds[index] : Fixed(index);

    /// <summary>The colour itself where it can be read on the ground; else, on the log's own ground, a lighter shade of it, and on
    /// any other black or white.</summary>
    public static AnsiColour Readable(AnsiColour text, AnsiColour? ground)
    {
        var on = ground ?? Ground;
        if (Contrast(text, on) >= MinContrast) return text;
        if (ground is not null) return Contrast(Light, on) >= Contrast(Dark, on) ? Light : Dark;
        for (var share = 1; share < 10; share++)
            if (Mix(text, share) is var lighter && Contrast(lighter, on) >= MinContrast) return lighter;
        return Light;
    }

    /// <summary>1 to 21.</summary>
    public static double Contrast(AnsiColour one, AnsiColour other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static AnsiColour Fixed(int index)
    {
        if (index >= 232) return Grey((byte)(8 + (index - 232) * 10));
        var cube = index - 16;
        return new(Level(cube / 36), Level(cube / 6 % 6), Level(cube % 6));

        static byte Level(int step) => (byte)(step == 0 ? 0 : 55 + step * 40);
        static AnsiColour Grey(byte level) => new(level, level, level);
    }

    private static AnsiColour Mix(AnsiColour colour, int tenths)
    {
        return new(Part(colour.Red), Part(colour.Green), Part(colour.Blue));

        byte Part(byte part) => (byte)(part + (255 - part) * tenths / 10);
    }

    private static double Luminance(AnsiColour colour)
    {
        return 0.2126 * Linear(colour.Red) + 0.7152 * Linear(colour.Green) + 0.0722 * Linear(colour.Blue);

        static double Linear(byte part) => part / 255.0 is var c && c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
    }

    private static AnsiColour Rgb(int value) => new((byte)(value >> 16), (byte)(value >> 8), (byte)value);
}
