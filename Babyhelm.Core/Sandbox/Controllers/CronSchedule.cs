using System.Globalization;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>A schedule of five cron fields (minute, hour, day, month, weekday) in UTC, or one of <c>@hourly</c> and so on.</summary>
internal sealed class CronSchedule
{
    private static readonly (int Least, int Most)[] Ranges = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly HashSet<int>[] _fields;
    private readonly bool _eitherDay;

    private CronSchedule(HashSet<int>[] fields, bool eitherDay) => (_fields, _eitherDay) = (fields, eitherDay);

    /// <summary>Null for a text that is no schedule.</summary>
    public static CronSchedule? Parse(string text)
    {
        text = text.Trim() switch
        {
            "@yearly" or "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" or "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            var other => other,
        };
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 5) return null;
        var fields = new HashSet<int>[5];
        for (var i = 0; i < 5; i++)
        {
            if (Field(parts[i].ToLowerInvariant(), Ranges[i], i == 3 ? Months : i == 4 ? Days : []) is not { Count: > 0 } values) return null;
            fields[i] = values;
        }
        if (fields[4].Remove(7)) fields[4].Add(0);
        return new(fields, parts[2][0] is not ('*' or '?') && parts[4][0] is not ('*' or '?'));
    }

    /// <summary>The first minute after a time that fits, or null when there is none within five years.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        var at = new DateTimeOffset(after.Year, after.Month, after.Day, after.Hour, after.Minute, 0, TimeSpan.Zero).AddMinutes(1);
        var end = after.AddYears(5);
        while (at < end)
        {
            if (!_fields[3].Contains(at.Month)) at = new DateTimeOffset(at.Year, at.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1);
            else if (!DayFits(at)) at = new DateTimeOffset(at.Date, TimeSpan.Zero).AddDays(1);
            else if (!_fields[1].Contains(at.Hour)) at = new DateTimeOffset(at.Year, at.Month, at.Day, at.Hour, 0, 0, TimeSpan.Zero).AddHours(1);
            else if (!_fields[0].Contains(at.Minute)) at = at.AddMinutes(1);
            else return at;
        }
        return null;
    }

    /// <summary>When both days are restricted, either may fit.</summary>
    private bool DayFits(DateTimeOffset at)
    {
        var (day, weekday) = (_fields[2].Contains(at.Day), _fields[4].Contains((int)at.DayOfWeek));
        return _eitherDay ? day || weekday : day && weekday;
    }

    private static HashSet<int>? Field(string text, (int Least, int Most) range, string[] names)
    {
        var values = new HashSet<int>();
        foreach (var item in text.Split(','))
        {
            var parts = item.Split('/');
            var step = 1;
            if (parts.Length > 2 || (parts.Length == 2 && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out step) || step < 1))) return null;
            var (from, to) = range;
            if (parts[0] is not ("*" or "?"))
            {
                var ends = parts[0].Split('-');
                if (ends.Length > 2 || Number(ends[0], range, names) is not { } first) return null;
                if (ends.Length == 2)
                {
                    if (Number(ends[1], range, names) is not { } last || last < first) return null;
                    (from, to) = (first, last);
                }
                else (from, to) = (first, parts.Length == 2 ? range.Most : first);
            }
            for (var value = from; value <= to; value += step) values.Add(value);
        }
        return values;
    }

    private static int? Number(string text, (int Least, int Most) range, string[] names)
    {
        var named = Array.IndexOf(names, text);
        if (named >= 0) return named + range.Least;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= range.Least && number <= range.Most ? number : null;
    }
}
