using System.Globalization;

namespace Babyhelm.Core.Liquid.Filters;

/// <summary>Times written by the <c>strftime</c> directives of Ruby, with its flags <c>- 0 _ ^ # :</c> and a width.</summary>
internal static class TimeFormat
{
    private const int MaxWidth = 100;
    private static readonly DateTimeFormatInfo Names = CultureInfo.InvariantCulture.DateTimeFormat;

    public static void Write(DateTimeOffset time, string format, OutputBuffer output)
    {
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                output.Append(format[i]);
                continue;
            }
            var start = i++;
            var (pad, upper, swap, colons, width) = ('\0', false, false, 0, 0);
            for (; i < format.Length && format[i] is '-' or '0' or '_' or '^' or '#' or ':'; i++)
                switch (format[i])
                {
                    case '^': upper = true; break;
                    case '#': swap = true; break;
                    case ':': colons++; break;
                    case var flag: pad = flag; break;
                }
            for (; i < format.Length && char.IsAsciiDigit(format[i]); i++) width = Math.Min(MaxWidth, (width * 10) + (format[i] - '0'));
            if (i >= format.Length || Directive(time, format[i], pad, width, colons) is not { } text)
            {
                output.Append(format.AsSpan(start, Math.Min(i + 1, format.Length) - start));
                continue;
            }
            if (upper || (swap && format[i] is not 'p')) text = text.ToUpperInvariant();
            else if (swap) text = text.ToLowerInvariant();
            output.Append(text);
        }
    }

    private static string? Directive(DateTimeOffset t, char directive, char pad, int width, int colons)
    {
        switch (directive)
        {
            case 'Y': return Number(t.Year, 1, '0', pad, width);
            case 'C': return Number(t.Year / 100, 2, '0', pad, width);
            case 'y': return Number(t.Year % 100, 2, '0', pad, width);
            case 'm': return Number(t.Month, 2, '0', pad, width);
            case 'd': return Number(t.Day, 2, '0', pad, width);
            case 'e': return Number(t.Day, 2, ' ', pad, width);
            case 'j': return Number(t.DayOfYear, 3, '0', pad, width);
            case 'H': return Number(t.Hour, 2, '0', pad, width);
            case 'k': return Number(t.Hour, 2, ' ', pad, width);
            case 'I': return Number(Hour12(t), 2, '0', pad, width);
            case 'l': return Number(Hour12(t), 2, ' ', pad, width);
            case 'M': return Number(t.Minute, 2, '0', pad, width);
            case 'S': return Number(t.Second, 2, '0', pad, width);
            case 's': return Number(t.ToUnixTimeSeconds(), 1, '0', pad, width);
            case 'u': return Number(t.DayOfWeek == 0 ? 7 : (int)t.DayOfWeek, 1, '0', pad, width);
            case 'w': return Number((int)t.DayOfWeek, 1, '0', pad, width);
            case 'G': return Number(ISOWeek.GetYear(t.DateTime), 1, '0', pad, width);
            case 'g': return Number(ISOWeek.GetYear(t.DateTime) % 100, 2, '0', pad, width);
            case 'V': return Number(ISOWeek.GetWeekOfYear(t.DateTime), 2, '0', pad, width);
            case 'U': return Number((t.DayOfYear + 6 - (int)t.DayOfWeek) / 7, 2, '0', pad, width);
            case 'W': return Number((t.DayOfYear + 6 - (((int)t.DayOfWeek + 6) % 7)) / 7, 2, '0', pad, width);
            case 'L': return Fraction(t, width == 0 ? 3 : width);
            case 'N': return Fraction(t, width == 0 ? 9 : width);
            case 'z': return Zone(t.Offset, colons).PadLeft(width);
            case 'Z': return Word(t.Offset == TimeSpan.Zero ? "UTC" : "", pad, width);
            case 'A': return Word(Names.GetDayName(t.DayOfWeek), pad, width);
            case 'a': return Word(Names.GetAbbreviatedDayName(t.DayOfWeek), pad, width);
            case 'B': return Word(Names.GetMonthName(t.Month), pad, width);
            case 'b' or 'h': return Word(Names.GetAbbreviatedMonthName(t.Month), pad, width);
            case 'p': return Word(t.Hour < 12 ? "AM" : "PM", pad, width);
            case 'P': return Word(t.Hour < 12 ? "am" : "pm", pad, width);
            case 'n': return "\n";
            case 't': return "\t";
            case '%': return "%";
        }
        var composite = directive switch
        {
            'D' or 'x' => "%m/%d/%y",
            'F' => "%Y-%m-%d",
            'T' or 'X' => "%H:%M:%S",
            'R' => "%H:%M",
            'r' => "%I:%M:%S %p",
            'c' => "%a %b %e %H:%M:%S %Y",
            'v' => "%e-%^b-%Y",
            '+' => "%a %b %e %H:%M:%S %Z %Y",
            _ => null,
        };
        if (composite is null) return null;
        var output = new OutputBuffer(1000);
        Write(t, composite, output);
        return Word(output.ToString(), pad, width);
    }

    private static int Hour12(DateTimeOffset t) => t.Hour % 12 == 0 ? 12 : t.Hour % 12;

    private static string Number(long value, int digits, char fill, char pad, int width)
    {
        var text = value.ToString(CultureInfo.InvariantCulture);
        if (pad == '-') return text;
        if (pad == '_') fill = ' ';
        else if (pad == '0') fill = '0';
        return text.PadLeft(Math.Max(digits, width), fill);
    }

    private static string Word(string text, char pad, int width) => text.PadLeft(width, pad == '0' ? '0' : ' ');

    private static string Fraction(DateTimeOffset t, int digits) =>
        (t.Ticks % TimeSpan.TicksPerSecond).ToString("0000000", CultureInfo.InvariantCulture).PadRight(digits, '0')[..digits];

    private static string Zone(TimeSpan offset, int colons)
    {
        var sign = offset < TimeSpan.Zero ? '-' : '+';
        return colons switch
        {
            0 => $"{sign}{offset:hhmm}",
            1 => $"{sign}{offset:hh\\:mm}",
            _ => $"{sign}{offset:hh\\:mm\\:ss}",
        };
    }
}
