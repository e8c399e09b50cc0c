using Babyhelm.Core.Monitoring.Panels;

namespace Babyhelm.Web.Features.Monitoring;

/// <summary>What is drawn of a panel; worked out once for each of its states.</summary>
/// <param name="Points">Of each line.</param>
public sealed record ChartModel(PanelSnapshot Panel, Axis Axis, int Points, IReadOnlyList<ChartLine> Lines)
{
    // A limit far above would press the rest to the ground.
    private const double MostOverValues = 4;

    // Times in the table, apart from the newest.
    private const int Rows = 6;

    public PanelUnit Unit => Panel.Key.Panel.Unit;

    public static ChartModel Of(PanelSnapshot panel)
    {
        var unit = panel.Key.Panel.Unit;
        var top = panel.Series.Where(s => s.Role == LineRole.Value).Select(Highest).DefaultIfEmpty().Max();
        foreach (var reserved in panel.Series.Where(s => s.Role != LineRole.Value).Select(Highest).Order())
            if (top <= 0 || reserved <= top * MostOverValues) top = Math.Max(top, reserved);
        var axis = Axis.Of(unit, top);
        return new ChartModel(panel, axis, panel.Key.Range.Points, [.. panel.Series.Select(s => ChartLine.Of(s, unit, axis.Top))]);
    }

    /// <summary>How far from the left a time is, 0 to 100; null outside.</summary>
    public double? Place(DateTimeOffset at) => (at - Panel.From) / Panel.Key.Range.Span is >= 0 and <= 1 and var place ? place * 100 : null;

    /// <summary>Some points of the table, the newest first.</summary>
    public IEnumerable<(DateTimeOffset At, int Index)> Samples => Enumerable.Range(0, Rows + 1)
        .Select(i => (int)Math.Round((Points - 1) * (1 - (double)i / Rows))).Distinct().Select(i => (Panel.From + i * Panel.Key.Range.Step, i));

    private static double Highest(PanelSeries series) => series.Values.Where(v => !double.IsNaN(v)).DefaultIfEmpty().Max();
}

/// <summary>One line as it is drawn.</summary>
/// <param name="Path">SVG.</param>
/// <param name="Beyond">It lies above the chart, so it is told and not drawn.</param>
/// <param name="Texts">Values for the cursor.</param>
public sealed record ChartLine(PanelSeries Series, string Path, string Texts, string Last, bool Beyond)
{
    /// <summary>Colour and dashes.</summary>
    public string Class => Series.Role switch
    {
        LineRole.Request => "line request",
        LineRole.Limit => "line limit",
        _ => $"line s{Series.Slot}",
    };

    public static ChartLine Of(PanelSeries series, PanelUnit unit, double top)
    {
        var isBeyond = series.Role != LineRole.Value && series.Values.Where(v => !double.IsNaN(v)).DefaultIfEmpty().Min() > top * (1 + 1e-9);
        return new ChartLine(series, isBeyond ? "" : ChartPath.Of(series.Values, top), ChartPath.Values(series.Values), series.Last is { } last ? UnitText.Of(unit, last) : "–", isBeyond);
    }

    public string Text(PanelUnit unit, int index) => double.IsNaN(Series.Values[index]) ? "–" : UnitText.Of(unit, Series.Values[index]);

    /// <summary>Lowest, average and highest; null for a line without a value.</summary>
    public (double Lowest, double Average, double Highest)? Summary =>
        Series.Values.Where(v => !double.IsNaN(v)).ToList() is { Count: > 0 } known ? (known.Min(), known.Average(), known.Max()) : null;
}
