using Babyhelm.Core.Common;

namespace Babyhelm.Tests.Monitoring.Metrics;

public class MetricTextTests
{
    private const string Hostile = "a\"b\\c\nd} 1\ne{x=\"\u2028\ud800é😀";

    [Fact]
    public async Task A_label_may_hold_anything_and_changes_nothing_but_itself()
    {
        var text = Written(openMetrics: false);
        Assert.Equal("""
            # HELP runs_total Says "x" \\ and\nmore.
            # TYPE runs_total counter
            runs_total{name="a\"b\\c\nd} 1\ne{x=\"
            """.ReplaceLineEndings("\n") + "\u2028\ufffdé😀\"} 1\nruns_total{name=\"b\"} +Inf\nruns_total NaN\n# HELP took took\n# TYPE took histogram\n"
            + "took_bucket{a=\"1\",le=\"0.5\"} 1\ntook_bucket{a=\"1\",le=\"10.0\"} 3\ntook_bucket{a=\"1\",le=\"+Inf\"} 6\ntook_sum{a=\"1\"} 1E+20\ntook_count{a=\"1\"} 6\n", text);
        Assert.Equal("", await Promtool.CheckMetricsAsync(text));
    }

    [Fact]
    public void OpenMetrics_names_counters_without_their_ending_and_says_that_it_is_whole()
    {
        var text = Written(openMetrics: true);
        Assert.StartsWith("# HELP runs Says \\\"x\\\" \\\\ and\\nmore.\n# TYPE runs counter\nruns_total{", text, StringComparison.Ordinal);
        Assert.EndsWith("\n# EOF\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promtool_sees_what_is_broken() => Assert.NotEqual("", await Promtool.CheckMetricsAsync("runs_total{name=\"a\"b\"} 1\n"));

    private static string Written(bool openMetrics)
    {
        var text = new MetricText(openMetrics);
        text.Family("runs_total", MetricKind.Counter, "Says \"x\" \\ and\nmore.");
        text.Sample(1, ("name", Hostile), ("none", null), ("empty", ""));
        text.Sample(double.PositiveInfinity, ("name", "b"));
        text.Sample(double.NaN);
        text.Family("took", MetricKind.Histogram, "took");
        text.Histogram([0.5, 10], [1, 2, 3], 1e20, ("a", "1"));
        return text.End();
    }
}
