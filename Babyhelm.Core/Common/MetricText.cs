using System.Globalization;
using System.Text;

namespace Babyhelm.Core.Common;

/// <summary>What Prometheus takes a family of series for.</summary>
public enum MetricKind { Counter, Gauge, Histogram }

/// <summary>
/// Writes series as Prometheus reads them: text format 0.0.4, or OpenMetrics 1.0.0. Families must not repeat; the samples of
/// one follow it directly. Not safe for several threads.
/// </summary>
public sealed class MetricText(bool openMetrics = false)
{
    public const string Prometheus = "text/plain; version=0.0.4; charset=utf-8";
    public const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private const string Total = "_total";

    private readonly StringBuilder _text = new(16 * 1024);
    private string _name = "";

    public string ContentType => openMetrics ? OpenMetrics : Prometheus;

    /// <summary>Begins a family.</summary>
    /// <param name="name">As queries name it; a counter's ends with <c>_total</c>.</param>
    public void Family(string name, MetricKind kind, string help)
    {
        _name = name;
        // OpenMetrics names a family of counters without the ending that their samples have.
        var family = openMetrics && kind == MetricKind.Counter && name.EndsWith(Total, StringComparison.Ordinal) ? name[..^Total.Length] : name;
        _text.Append("# HELP ").Append(family).Append(' ');
        Escape(help, quotes: openMetrics);
        _text.Append("\n# TYPE ").Append(family).Append(' ').Append(kind switch
        {
            MetricKind.Counter => "counter",
            MetricKind.Histogram => "histogram",
            _ => "gauge",
        }).Append('\n');
    }

    /// <summary>Adds a series of the present family. Labels without a value are left out, as both mean the same.</summary>
    public void Sample(double value, params ReadOnlySpan<(string Name, string? Value)> labels) => Line("", value, labels, null);

    /// <summary>Adds a histogram.</summary>
    /// <param name="bounds">Upper bounds of the buckets, rising, without the infinite one.</param>
    /// <param name="counts">How many fell into each bucket alone; one more than there are bounds.</param>
    public void Histogram(IReadOnlyList<double> bounds, IReadOnlyList<long> counts, double sum, params ReadOnlySpan<(string Name, string? Value)> labels)
    {
        long below = 0;
        for (var i = 0; i < counts.Count; i++)
        {
            below += counts[i];
            Line("_bucket", below, labels, i < bounds.Count ? Bound(bounds[i]) : "+Inf");
        }
        Line("_sum", sum, labels, null);
        Line("_count", below, labels, null);
    }

    /// <summary>All that was written, ended as the format wants it. Once.</summary>
    public string End()
    {
        if (openMetrics) _text.Append("# EOF\n");
        return _text.ToString();
    }

    private void Line(string suffix, double value, ReadOnlySpan<(string Name, string? Value)> labels, string? bound)
    {
        _text.Append(_name).Append(suffix);
        var any = false;
        foreach (var (name, text) in labels)
            if (!string.IsNullOrEmpty(text)) Label(name, text, ref any);
        if (bound is not null) Label("le", bound, ref any);
        if (any) _text.Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private void Label(string name, string value, ref bool any)
    {
        _text.Append(any ? ',' : '{').Append(name).Append("=\"");
        Escape(value, quotes: true);
        _text.Append('"');
        any = true;
    }

    private void Escape(string value, bool quotes)
    {
        // Runes: half a pair of surrogates has no UTF-8 and becomes the sign for that.
        foreach (var rune in value.EnumerateRunes())
            switch (rune.Value)
            {
                case '\\': _text.Append(@"\\"); break;
                case '\n': _text.Append(@"\n"); break;
                case '"' when quotes: _text.Append("\\\""); break;
                default: _text.Append(rune); break;
            }
    }

    // The same in both formats: else the label "le" would change with the format that a scraper asks for.
    private static string Bound(double bound) => bound == Math.Floor(bound) && Math.Abs(bound) < 1e15
        ? bound.ToString("0.0", CultureInfo.InvariantCulture) : bound.ToString("R", CultureInfo.InvariantCulture);

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
