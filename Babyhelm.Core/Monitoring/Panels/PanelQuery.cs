using System.Globalization;
using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.Prometheus;
using Babyhelm.Core.Monitoring.PromQl;

namespace Babyhelm.Core.Monitoring.Panels;

/// <summary>Asks Prometheus once for a panel, and makes lines of what it answers.</summary>
internal static class PanelQuery
{
    /// <summary>Lines of applications in one panel: as many as can be told apart. With more, the last stands for all others.</summary>
    internal const int MaxApplications = 8;

    // A rate needs two samples, also when one of them is late or lost.
    private const int SamplesOfRate = 4;

    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(5);

    public static string Text(PanelKey key, TimeSpan scrape)
    {
        var window = Longer(key.Range.Step, scrape * SamplesOfRate);
        return key.Panel.Query
            .Replace("$namespace", QuotedText.Quote(key.Namespace), StringComparison.Ordinal)
            .Replace("$application", QuotedText.Quote(key.Application ?? ""), StringComparison.Ordinal)
            .Replace("$window", Seconds(window), StringComparison.Ordinal)
            .Replace("$recent", Seconds(Longer(window, Recent)), StringComparison.Ordinal);
    }

    /// <summary>The panel as it is now.</summary>
    /// <param name="before">What it was before; its lines stay where no answer comes.</param>
    public static async Task<PanelSnapshot> AskAsync(PrometheusClient prometheus, PanelSnapshot before, TimeSpan scrape, TimeProvider time, CancellationToken cancellation)
    {
        var (key, now) = (before.Key, time.GetUtcNow());
        var until = key.Range.Until(now);
        var from = until - key.Range.Span;
        var answer = await prometheus.QueryRangeAsync(Text(key, scrape), from, until, key.Range.Step, cancellation);
        return answer.Failed(out var error, out var series) ? Without(before, error, now) : Of(key, from, series);
    }

    internal static PanelSnapshot Without(PanelSnapshot before, Error error, DateTimeOffset now) => before with
    {
        State = error.Code == "metrics-not-configured" ? PanelState.NotSetUp : PanelState.Unreachable,
        Problem = error,
        Since = before.Since ?? now,
    };

    internal static PanelSnapshot Of(PanelKey key, DateTimeOffset from, IReadOnlyList<MetricSeries> answer)
    {
        var panel = key.Panel;
        var drawn = answer.Select(s => (Labels: s.Labels, Values: Values(key.Range, from, s.Samples))).Where(s => s.Values.Any(v => !double.IsNaN(v))).ToList();
        if (drawn.Count == 0) return new PanelSnapshot(key, panel.Need == PanelNeed.Requests ? PanelState.NoRequests : PanelState.NoSamples, from, []);
        if (panel.Lines.Count == 0) return ByApplication(key, from, [.. drawn.Select(s => (Label(s.Labels, "application"), s.Values)).Where(s => s.Item1.Length > 0)]);
        List<PanelSeries> lines =
        [
            .. from line in panel.Lines.Index()
               from s in drawn
               where Label(s.Labels, "line") == line.Item.Key
               select new PanelSeries(line.Item.Name, panel.ByBoth ? Label(s.Labels, "application") : null, line.Item.Key, line.Item.Role, line.Index, s.Values),
        ];
        var missing = panel.Lines.Where(l => l.Expected && lines.All(s => s.Key != l.Key)).Select(l => l.Name).ToList();
        return new PanelSnapshot(key, missing.Count > 0 ? PanelState.Partial : PanelState.Ready, from, lines) { Missing = missing };
    }

    private static PanelSnapshot ByApplication(PanelKey key, DateTimeOffset from, List<(string Name, double[] Values)> all)
    {
        var ranked = all.OrderByDescending(s => s.Values.Where(v => !double.IsNaN(v)).Sum()).ThenBy(s => s.Name, StringComparer.Ordinal).ToList();
        var kept = ranked.Count > MaxApplications ? MaxApplications - 1 : ranked.Count;
        // By name, so that a line keeps its place while others grow.
        List<PanelSeries> lines =
        [
            .. ranked.Take(kept).OrderBy(s => s.Name, StringComparer.Ordinal).Select((s, i) => new PanelSeries(s.Name, s.Name, null, LineRole.Value, i, s.Values)),
        ];
        var others = ranked.Skip(kept).Select(s => s.Values).ToList();
        if (others.Count > 0 && key.Panel.AddsUp) lines.Add(new PanelSeries($"{others.Count} others", null, null, LineRole.Value, kept, Sum(others)));
        return new PanelSnapshot(key, PanelState.Ready, from, lines) { LeftOut = key.Panel.AddsUp ? 0 : others.Count };
    }

    private static double[] Sum(List<double[]> all)
    {
        var sum = new double[all[0].Length];
        for (var i = 0; i < sum.Length; i++)
            sum[i] = all.Exists(v => !double.IsNaN(v[i])) ? all.Sum(v => double.IsNaN(v[i]) ? 0 : v[i]) : double.NaN;
        return sum;
    }

    private static double[] Values(PanelRange range, DateTimeOffset from, IReadOnlyList<MetricSample> samples)
    {
        var values = new double[range.Points];
        Array.Fill(values, double.NaN);
        var start = from.ToUnixTimeMilliseconds() / 1000.0;
        foreach (var sample in samples)
        {
            var at = (int)Math.Round((sample.Time - start) / range.Step.TotalSeconds);
            if (at >= 0 && at < values.Length && double.IsFinite(sample.Value)) values[at] = sample.Value;
        }
        return values;
    }

    private static string Label(IReadOnlyDictionary<string, string> labels, string name) => labels.GetValueOrDefault(name, "");

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)}s";
}
