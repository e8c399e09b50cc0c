namespace Babyhelm.Core.JsonSchemas.Formats;

/// <summary>Dates and times of RFC 3339. A leap second is one at the end of a day in UTC.</summary>
internal static class DateFormats
{
    public static bool IsDateTime(ReadOnlySpan<byte> text)
    {
        var walk = new TextWalk(text);
        return TakeDate(ref walk) && walk.TakeEither('T', 't') && TakeTime(ref walk) && walk.AtEnd;
    }

    public static bool IsDate(ReadOnlySpan<byte> text)
    {
        var walk = new TextWalk(text);
        return TakeDate(ref walk) && walk.AtEnd;
    }

    public static bool IsTime(ReadOnlySpan<byte> text)
    {
        var walk = new TextWalk(text);
        return TakeTime(ref walk) && walk.AtEnd;
    }

    private static bool TakeDate(ref TextWalk walk) =>
        walk.TakeNumber(4, 0, 9999, out var year) && walk.Take('-') && walk.TakeNumber(2, 1, 12, out var month) && walk.Take('-') && walk.TakeNumber(2, 1, DaysIn(year, month), out _);

    private static bool TakeTime(ref TextWalk walk)
    {
        if (!walk.TakeNumber(2, 0, 23, out var hour) || !walk.Take(':') || !walk.TakeNumber(2, 0, 59, out var minute) || !walk.Take(':') || !walk.TakeNumber(2, 0, 60, out var second)) return false;
        if (walk.Take('.') && walk.TakeDigits() == 0) return false;
        var offset = 0;
        if (!walk.TakeEither('Z', 'z'))
        {
            var west = walk.Take('-');
            if (!west && !walk.Take('+')) return false;
            if (!walk.TakeNumber(2, 0, 23, out var hours) || !walk.Take(':') || !walk.TakeNumber(2, 0, 59, out var minutes)) return false;
            offset = (hours * 60 + minutes) * (west ? -1 : 1);
        }
        return second < 60 || (hour * 60 + minute - offset + 2 * 1440) % 1440 == 1439;
    }

    // The year 0 has no DateTime.
    private static int DaysIn(int year, int month) => DateTime.DaysInMonth(year == 0 ? 4 : year, month);
}
