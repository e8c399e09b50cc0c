using System.Diagnostics.Metrics;
using System.Globalization;
using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.Metrics;
using Babyhelm.Tests.Common;
using Microsoft.Extensions.Options;

namespace Babyhelm.Tests.Monitoring.Metrics;

public sealed class MetricStoreTests : IDisposable
{
    private readonly TestMeters _meters = new();
    private readonly ManualTimeProvider _time = new();
    private readonly Meter _meter;
    private readonly MetricStore _store;

    public MetricStoreTests()
    {
        _store = new MetricStore(_meters, Options.Create(new MetricsOptions { MaxSeries = 10 }), _time);
        _meter = _meters.Create(new MeterOptions("Babyhelm.Test"));
    }

    [Fact]
    public void Each_kind_of_instrument_becomes_what_it_measures()
    {
        // Room for what the database's client measures of all databases of this process: none of it may be dropped.
        using var store = new MetricStore(_meters, Options.Create(new MetricsOptions { MaxSeries = 100_000 }), _time);
        _meter.CreateCounter<long>("test.runs", "{run}", "Runs.").Add(3, new KeyValuePair<string, object?>("job", "a"));
        _meter.CreateCounter<long>("test.runs.time", "s").Add(2);
        var open = _meter.CreateUpDownCounter<int>("test.open");
        open.Add(5);
        open.Add(-2);
        var level = _meter.CreateGauge<double>("test.level", "By");
        level.Record(7);
        level.Record(4);
        _meter.CreateObservableGauge("test.seen", () => 1.5);
        var took = _meter.CreateHistogram("test.took", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var value in (double[])[0.1, 0.5, 0.5, 2]) took.Record(value);

        Assert.Equal("""
            # HELP babyhelm_metrics_dropped_measurements_total Measurements that were dropped because their metric has too many series.
            # TYPE babyhelm_metrics_dropped_measurements_total counter
            babyhelm_metrics_dropped_measurements_total 0
            # HELP test_level_bytes test.level
            # TYPE test_level_bytes gauge
            test_level_bytes 4
            # HELP test_open test.open
            # TYPE test_open gauge
            test_open 3
            # HELP test_runs_time_seconds_total test.runs.time
            # TYPE test_runs_time_seconds_total counter
            test_runs_time_seconds_total 2
            # HELP test_runs_total Runs.
            # TYPE test_runs_total counter
            test_runs_total{job="a"} 3
            # HELP test_seen test.seen
            # TYPE test_seen gauge
            test_seen 1.5
            # HELP test_took_seconds test.took
            # TYPE test_took_seconds histogram
            test_took_seconds_bucket{le="0.1"} 1
            test_took_seconds_bucket{le="1.0"} 3
            test_took_seconds_bucket{le="+Inf"} 4
            test_took_seconds_sum 3.1
            test_took_seconds_count 4

            """, Text(store));
    }

    [Fact]
    public void Tags_in_another_order_are_the_same_series_and_those_without_a_value_are_none()
    {
        var runs = _meter.CreateCounter<long>("runs");
        runs.Add(1, new KeyValuePair<string, object?>("a", 1), new KeyValuePair<string, object?>("b.c", true));
        runs.Add(1, new KeyValuePair<string, object?>("b.c", true), new KeyValuePair<string, object?>("a", 1));
        runs.Add(1, new KeyValuePair<string, object?>("b.c", true), new KeyValuePair<string, object?>("a", 1), new KeyValuePair<string, object?>("d", null));
        Assert.Contains("\nruns_total{a=\"1\",b_c=\"true\"} 3\n", Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Series_beyond_the_limit_are_dropped_and_counted()
    {
        var runs = _meter.CreateCounter<long>("runs");
        for (var i = 0; i < 25; i++) runs.Add(1, new KeyValuePair<string, object?>("id", i));
        runs.Add(1, new KeyValuePair<string, object?>("id", 3));
        var text = Text();
        Assert.Equal(10, text.Split('\n').Count(l => l.StartsWith("runs_total{", StringComparison.Ordinal)));
        Assert.Contains("runs_total{id=\"3\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("babyhelm_metrics_dropped_measurements_total{metric=\"runs_total\"} 15\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_measured_for_a_day_is_forgotten_and_makes_room()
    {
        var runs = _meter.CreateCounter<long>("runs");
        var open = _meter.CreateUpDownCounter<long>("open");
        open.Add(1);
        var ended = _meter.CreateUpDownCounter<long>("ended");
        ended.Add(1);
        ended.Add(-1);
        for (var i = 0; i < 10; i++) runs.Add(1, new KeyValuePair<string, object?>("id", i));
        _time.Advance(MetricStore.Kept / 2);
        runs.Add(1, new KeyValuePair<string, object?>("id", 1));
        _time.Advance(MetricStore.Kept / 2 + TimeSpan.FromSeconds(1));
        Assert.Equal(["runs_total{id=\"1\"} 2"], Text().Split('\n').Where(l => l.StartsWith("runs_total", StringComparison.Ordinal)));
        runs.Add(1, new KeyValuePair<string, object?>("id", 99));
        var text = Text();
        Assert.Contains("runs_total{id=\"99\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nopen 1\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\nended ", text, StringComparison.Ordinal);
        ended.Add(2);
        Assert.Contains("\nended 2\n", Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_application_with_many_releases_loses_its_oldest_series_and_takes_no_room_of_others()
    {
        using var store = new MetricStore(_meters, Options.Create(new MetricsOptions { MaxSeries = 50 }), _time);
        var requests = _meter.CreateCounter<long>("requests");
        Count("quiet", 1);
        for (var release = 1; release <= 500; release++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Count("busy", release);
        }
        Count("late", 1);
        var points = store.Collect().Single(f => f.Name == "requests_total").Points;
        Assert.Equal(Enumerable.Range(501 - MetricFamily.LimitOfApplication, MetricFamily.LimitOfApplication),
            points.Where(p => p.Label("application") == "busy").Select(p => int.Parse(p.Label("release")!, CultureInfo.InvariantCulture)).Order());
        Assert.Equal(["late", "quiet"], points.Select(p => p.Label("application")).Where(a => a != "busy").Order());
        Assert.Equal(0, store.Collect().Single(f => f.Name == "babyhelm_metrics_dropped_measurements_total").Points.Where(p => p.Label("metric") == "requests_total").Sum(p => p.Value));

        void Count(string app, int release) => requests.Add(1, new("namespace", "bh-shop"), new("application", app), new("release", release));
    }

    [Fact]
    public void An_observed_series_that_is_not_named_any_more_is_gone()
    {
        string[] kinds = ["Pod", "Job"];
        _meter.CreateObservableGauge("objects", () => kinds.Select(k => new Measurement<int>(1, new KeyValuePair<string, object?>("kind", k))));
        Assert.Contains("objects{kind=\"Job\"} 1\n", Text(), StringComparison.Ordinal);
        kinds = ["Pod"];
        _time.Advance(TimeSpan.FromSeconds(1));
        var text = Text();
        Assert.Contains("objects{kind=\"Pod\"} 1\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Job", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Meters_of_other_hosts_and_of_others_are_not_listened_to()
    {
        using var others = new TestMeters();
        others.Create(new MeterOptions("Babyhelm.Test")).CreateCounter<long>("foreign").Add(1);
        _meters.Create(new MeterOptions("Unknown.Library")).CreateCounter<long>("foreign").Add(1);
        Assert.DoesNotContain("foreign", Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_lost_when_many_measure_at_once()
    {
        var runs = _meter.CreateCounter<long>("runs");
        var took = _meter.CreateHistogram<double>("took", "s");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(t => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                runs.Add(1, new KeyValuePair<string, object?>("id", i % 5));
                took.Record(1);
                if (i % 1000 == t) _store.Collect();
            }
        })));
        var families = _store.Collect();
        Assert.Equal(40_000, families.Single(f => f.Name == "runs_total").Points.Sum(p => p.Value));
        Assert.Equal(40_000, families.Single(f => f.Name == "took_seconds").Points.Single().Count);
    }

    public void Dispose()
    {
        _store.Dispose();
        _meters.Dispose();
    }

    /// <summary>Without what the runtime and the database's client measure for the whole process.</summary>
    private string Text(MetricStore? store = null)
    {
        var text = new MetricText();
        MetricExposition.Write(text, (store ?? _store).Collect().Where(f => !f.Name.StartsWith("dotnet_", StringComparison.Ordinal) && !f.Name.StartsWith("db_", StringComparison.Ordinal)));
        return text.End();
    }
}
