namespace Babyhelm.Core.JsonSchemas.Formats;

/// <summary>Durations after RFC 3339, appendix A: weeks alone, or parts from large to small without one left out between two.</summary>
internal static class DurationFormat
{
    public static bool IsDuration(ReadOnlySpan<byte> text)
    {
        var walk = new TextWalk(text);
        if (!walk.Take('P')) return false;
        var date = 0;
        if (!walk.AtEnd && walk.Rest[0] != (byte)'T')
        {
            if (walk.TakeDigits() == 0) return false;
            if (walk.Take('W')) return walk.AtEnd;
            if (!TakeParts(ref walk, "YMD", out date)) return false;
        }
        if (!walk.Take('T')) return date > 0 && walk.AtEnd;
        return walk.TakeDigits() > 0 && TakeParts(ref walk, "HMS", out _) && walk.AtEnd;
    }

    /// <summary>Units after digits that were taken, each the next smaller one.</summary>
    private static bool TakeParts(ref TextWalk walk, string units, out int count)
    {
        count = 0;
        var next = -1;
        do
        {
            var unit = walk.AtEnd ? -1 : units.IndexOf((char)walk.Rest[0], StringComparison.Ordinal);
            if (unit < 0 || (next >= 0 && unit != next)) return false;
            walk.Take(units[unit]);
            next = unit + 1;
            count++;
        }
        while (walk.TakeDigits() > 0);
        return true;
    }
}
