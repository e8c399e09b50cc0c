namespace Babyhelm.Core.Monitoring.Panels;

/// <summary>How far back a panel looks.</summary>
/// <param name="Code">In addresses and the API, for example <c>24h</c>.</param>
/// <param name="Step">Time between two points: at most 720 of them, so that a wide panel has one for each pixel or so.</param>
public sealed record PanelRange(string Code, string Title, TimeSpan Span, TimeSpan Step)
{
    public static readonly PanelRange Default = new("1h", "1 hour", TimeSpan.FromHours(1), TimeSpan.FromSeconds(15));

    public static readonly IReadOnlyList<PanelRange> All =
    [
        new("15m", "15 minutes", TimeSpan.FromMinutes(15), TimeSpan.FromSeconds(15)),
        Default,
        new("6h", "6 hours", TimeSpan.FromHours(6), TimeSpan.FromSeconds(30)),
        new("24h", "24 hours", TimeSpan.FromHours(24), TimeSpan.FromMinutes(2)),
        new("7d", "7 days", TimeSpan.FromDays(7), TimeSpan.FromMinutes(15)),
        new("30d", "30 days", TimeSpan.FromDays(30), TimeSpan.FromHours(1)),
    ];

    /// <summary>The last hour by few points, for the small charts of lists.</summary>
    internal static readonly PanelRange Spark = new("spark", "1 hour", TimeSpan.FromHours(1), TimeSpan.FromMinutes(2));

    /// <summary>Points of each series, the first and the last included.</summary>
    public int Points => (int)(Span / Step) + 1;

    /// <summary>Null for a code that is none.</summary>
    public static PanelRange? Of(string? code) => All.FirstOrDefault(r => string.Equals(r.Code, code, StringComparison.OrdinalIgnoreCase));

    /// <summary>The time of the last point: a whole number of steps since 1970, so that whoever asks within a step asks the same.</summary>
    public DateTimeOffset Until(DateTimeOffset now) => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks((now - DateTimeOffset.UnixEpoch).Ticks / Step.Ticks * Step.Ticks);
}
