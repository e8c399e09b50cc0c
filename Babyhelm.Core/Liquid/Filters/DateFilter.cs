using System.Globalization;

namespace Babyhelm.Core.Liquid.Filters;

/// <summary><c>date: format</c>. Times without a zone are taken as UTC; what is no time is left as it is.</summary>
internal static class DateFilter
{
    private const int MaxTimestampDigits = 12;

    public static void AddTo(Dictionary<string, Filter> filters) => filters["date"] = new(1, 1, Date);

    private static LiquidValue Date(in FilterInput input, LiquidValue[] arguments)
    {
        var format = input.TextOf(arguments[0]);
        if (format.Length == 0 || TimeOf(input) is not { } time) return input.Value;
        var output = new OutputBuffer(input.Limit);
        TimeFormat.Write(time, format, output);
        return output.ToString();
    }

    private static DateTimeOffset? TimeOf(in FilterInput input)
    {
        if (input.Value.Kind == LiquidKind.Integer) return FromSeconds(input.Text);
        if (input.Value.Kind != LiquidKind.String) return null;
        var text = input.Text.Trim();
        if (text is "now" or "today") return input.Rendering.Limits.Clock.GetUtcNow();
        if (text.Length is 0 or > 100) return null;
        if (!text.AsSpan().ContainsAnyExceptInRange('0', '9')) return FromSeconds(text);
        if (text[0] == '-') return null;
        if (text.EndsWith(" UTC", StringComparison.OrdinalIgnoreCase)) text = text[..^4] + " +00:00";
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out var time) ? time : null;
    }

    private static DateTimeOffset? FromSeconds(string digits) =>
        digits.Length <= MaxTimestampDigits && long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            && seconds >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
