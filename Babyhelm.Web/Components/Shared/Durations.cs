namespace Babyhelm.Web.Components.Shared;

/// <summary>Lengths of time, as people say them.</summary>
public static class Durations
{
    /// <summary>One or two units: <c>0.4 s</c>, <c>12 s</c>, <c>3 m 5 s</c>, <c>2 h 10 m</c>, <c>4 d 3 h</c>.</summary>
    public static string Short(TimeSpan time) => time switch
    {
        { TotalSeconds: < 0 } => "0 s",
        { TotalSeconds: < 9.95 } => FormattableString.Invariant($"{time.TotalSeconds:0.#} s"),
        { TotalMinutes: < 1 } => $"{(int)time.TotalSeconds} s",
        { TotalHours: < 1 } => $"{time.Minutes} m {time.Seconds} s",
        { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes} m",
        _ => $"{(int)time.TotalDays} d {time.Hours} h",
    };
}
