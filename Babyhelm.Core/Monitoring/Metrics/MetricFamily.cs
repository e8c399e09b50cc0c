using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>
/// All series of one instrument. Bounded: measurements with more combinations of tags are dropped and counted, and an application
/// that makes more and more of them, as with each release, loses its oldest ones instead of taking the room of others.
/// </summary>
internal sealed class MetricFamily
{
    /// <summary>Buckets of histograms that name none, in seconds: 5 ms to 10 s.</summary>
    private static readonly double[] DefaultBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    /// <summary>Series of one application, enough for three releases with every class of status.</summary>
    internal const int LimitOfApplication = 24;

    // The same labels may come in several orders.
    private const int OrdersKept = 4;

    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], MetricSeries> _byTags = new(TagComparer.Instance);
    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], MetricSeries>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _find;
    private readonly Dictionary<string, MetricSeries> _series = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly double[] _bounds;
    private readonly int _limit;
    private readonly TimeProvider _time;
    private readonly bool _adds;
    private long _dropped;

    public MetricFamily(Instrument instrument, int limit, TimeProvider time)
    {
        (_limit, _time) = (limit, time);
        var type = instrument.GetType().GetGenericTypeDefinition();
        Kind = type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : type == typeof(Histogram<>) ? MetricKind.Histogram : MetricKind.Gauge;
        _adds = !instrument.IsObservable && type != typeof(Gauge<>);
        Observed = instrument.IsObservable;
        Name = MetricNames.Of(instrument.Name, instrument.Unit, Kind);
        Help = instrument.Description is { Length: > 0 } text ? text : instrument.Name;
        _bounds = Kind == MetricKind.Histogram ? [.. Bounds(instrument)] : [];
        _find = _byTags.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
    }

    public string Name { get; }
    public string Help { get; }
    public MetricKind Kind { get; }

    /// <summary>Asked for its values with each collection, in place of telling changes.</summary>
    public bool Observed { get; }

    /// <summary>Measurements that found no room.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var now = _time.GetTimestamp();
        if (_find.TryGetValue(tags, out var series) && Take(series, value, now)) return;
        // None yet, or forgotten just now.
        while ((series = Place(tags)) is not null)
            if (Take(series, value, now)) return;
        Interlocked.Increment(ref _dropped);
    }

    /// <summary>Forgets what nobody measured since then. What is under way now, such as open requests, is never forgotten.</summary>
    public void Forget(long since)
    {
        // What is set to a value keeps it; what is added up to 0 says no more than no series.
        if (!Observed && !_adds) return;
        lock (_gate) Remove([.. _series.Where(s => s.Value.TryForget(since, zeroOnly: _adds && Kind == MetricKind.Gauge))]);
    }

    public MetricSnapshot Read()
    {
        lock (_gate) return new MetricSnapshot(Name, Kind, Help, _bounds, [.. _series.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => s.Value.Read())]);
    }

    private MetricSeries? Place(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = TagComparer.Labels(tags);
        var key = string.Join('\u0001', labels.Select(l => $"{l.Name}\u0002{l.Value}"));
        lock (_gate)
        {
            if (!_series.TryGetValue(key, out var series))
            {
                if (Kind != MetricKind.Gauge) MakeRoom(labels);
                if (_series.Count >= _limit) return null;
                _series[key] = series = new MetricSeries(labels, Kind == MetricKind.Histogram ? _bounds.Length + 1 : 0);
            }
            if (_byTags.Count < _limit * OrdersKept) _find[tags] = series;
            return series;
        }
    }

    private bool Take(MetricSeries series, double value, long now) =>
        Kind == MetricKind.Histogram ? series.Observe(value, Bucket(value), now) : _adds ? series.Add(value, now) : series.Set(value, now);

    /// <summary>Forgets the series of the same application that were measured longest ago.</summary>
    private void MakeRoom((string Name, string? Value)[] labels)
    {
        var (ns, app) = Owner(labels);
        if (app is null) return;
        var own = _series.Where(s => Owner(s.Value.Labels) == (ns, app)).OrderBy(s => s.Value.Touched).ToList();
        Remove([.. own.Take(own.Count - LimitOfApplication + 1).Where(s => s.Value.TryForget(long.MaxValue, zeroOnly: false))]);
    }

    private void Remove(List<KeyValuePair<string, MetricSeries>> forgotten)
    {
        if (forgotten.Count == 0) return;
        foreach (var (key, _) in forgotten) _series.Remove(key);
        var gone = forgotten.Select(f => f.Value).ToHashSet();
        foreach (var (tags, series) in _byTags)
            if (gone.Contains(series)) _byTags.TryRemove(tags, out _);
    }

    private static (string? Namespace, string? Application) Owner(IReadOnlyList<(string Name, string? Value)> labels) =>
        (labels.FirstOrDefault(l => l.Name == "namespace").Value, labels.FirstOrDefault(l => l.Name == "application").Value);

    private int Bucket(double value)
    {
        var bucket = 0;
        while (bucket < _bounds.Length && !(value <= _bounds[bucket])) bucket++;
        return bucket;
    }

    private static IReadOnlyList<double> Bounds(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } given } => given,
        Histogram<long> { Advice.HistogramBucketBoundaries: { } given } => [.. given.Select(b => (double)b)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } given } => [.. given.Select(b => (double)b)],
        _ => DefaultBounds,
    };
}

/// <summary>The series of one name at one moment.</summary>
/// <param name="Bounds">Upper bounds of a histogram's buckets, without the infinite one.</param>
public sealed record MetricSnapshot(string Name, MetricKind Kind, string Help, IReadOnlyList<double> Bounds, IReadOnlyList<MetricPoint> Points);
