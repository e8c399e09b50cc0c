using System.Globalization;

namespace Babyhelm.Core.Manifests;

/// <summary>The five-field schedule as Kubernetes reads it: lists, ranges, steps, names of months and days, <c>?</c> as <c>*</c>.</summary>
/// <remarks>No <c>@daily</c> and no <c>TZ=</c>: both depend on the server's version. Sunday is 0 only.</remarks>
internal static class CronExpression
{
    private const int MaxLength = 100;

    private static readonly (string Name, int Min, int Max, string[] Words)[] Fields =
    [
        ("minute", 0, 59, []),
        ("hour", 0, 23, []),
        ("day of the month", 1, 31, []),
        ("month", 1, 12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        ("day of the week", 0, 6, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ];

    /// <summary>The first broken rule in plain words, or null for a good schedule.</summary>
    public static string? Problem(string text)
    {
        if (text.Length > MaxLength) return $"A schedule has at most {MaxLength} characters.";
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Fields.Length)
            return $"A schedule has five fields (minute, hour, day of the month, month, day of the week), for example '0 3 * * *'; this has {parts.Length}.";
        for (var i = 0; i < Fields.Length; i++)
            foreach (var item in parts[i].Split(','))
                if (!IsItem(item, i))
                    return $"'{string.Concat(item.Select(c => c is > ' ' and < '\x7f' ? c : '?'))}' is not a {Fields[i].Name}: use {Fields[i].Min} to {Fields[i].Max}, '*', ranges such as {Fields[i].Min + 1}-{Fields[i].Min + 3} and steps such as */2.";
        return null;
    }

    private static bool IsItem(string item, int field)
    {
        var (_, min, max, _) = Fields[field];
        var slash = item.IndexOf('/');
        if (slash >= 0 && (Number(item[(slash + 1)..]) is not { } step || step < 1 || step > max)) return false;
        var range = slash < 0 ? item : item[..slash];
        if (range is "*" or "?") return true;
        var dash = range.IndexOf('-');
        if (Value(dash < 0 ? range : range[..dash], field) is not { } first || first < min || first > max) return false;
        return dash < 0 || (Value(range[(dash + 1)..], field) is { } last && last >= first && last <= max);
    }

    private static int? Value(string text, int field)
    {
        var word = Array.FindIndex(Fields[field].Words, w => w.Equals(text, StringComparison.OrdinalIgnoreCase));
        return word >= 0 ? word + Fields[field].Min : Number(text);
    }

    private static int? Number(string text) =>
        text.Length is 1 or 2 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
