using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Babyhelm.Core.Common;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>
/// Adds up what this process measures of itself. Meters of other hosts in the process, such as the sandbox's servers, are not
/// listened to. A listener of our own in place of a library's: it bounds the series of each instrument and counts what it drops,
/// forgets those of applications that are gone, and the administration page reads it too.
/// </summary>
public sealed class MetricStore : IDisposable
{
    /// <summary>Series without a measurement for so long are forgotten, as those of old releases.</summary>
    internal static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>Meters of the framework; System.Net.Http is not among them, as its tags hold the addresses of pods.</summary>
    private static readonly HashSet<string> Foreign =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Components.Server.Circuits",
        "System.Runtime", "Npgsql",
    ];

    private readonly ConcurrentDictionary<(string Meter, string Instrument), MetricFamily> _families = new();
    private readonly MeterListener _listener = new();
    private readonly Lock _collecting = new();
    private readonly IMeterFactory _meters;
    private readonly TimeProvider _time;
    private readonly int _limit;

    public MetricStore(IMeterFactory meters, IOptions<MetricsOptions> options, TimeProvider time)
    {
        (_meters, _time, _limit) = (meters, time, options.Value.MaxSeries);
        _listener.InstrumentPublished = Listen;
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => ((MetricFamily)state!).Record((double)value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>All series now, by name. Names that several instruments share are there once, with what the first one measures.</summary>
    public IReadOnlyList<MetricSnapshot> Collect()
    {
        lock (_collecting)
        {
            var start = _time.GetTimestamp();
            _listener.RecordObservableInstruments();
            var old = start - (long)(Kept.TotalSeconds * _time.TimestampFrequency);
            var families = _families.OrderBy(f => f.Key).Select(f => f.Value).DistinctBy(f => f.Name).ToList();
            // What an observed instrument did not name this time is gone.
            foreach (var family in families) family.Forget(family.Observed ? start : old);
            return [.. families.Select(f => f.Read()).Where(f => f.Points.Count > 0).Append(Dropped(families)).OrderBy(f => f.Name, StringComparer.Ordinal)];
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Listen(Instrument instrument, MeterListener listener)
    {
        var meter = instrument.Meter;
        if (meter.Scope is not null && !ReferenceEquals(meter.Scope, _meters)) return;
        if (!Foreign.Contains(meter.Name) && !meter.Name.StartsWith("Babyhelm.", StringComparison.Ordinal)) return;
        listener.EnableMeasurementEvents(instrument, _families.GetOrAdd((meter.Name, instrument.Name), _ => new MetricFamily(instrument, _limit, _time)));
    }

    private static MetricSnapshot Dropped(IEnumerable<MetricFamily> families) => new(
        "babyhelm_metrics_dropped_measurements_total", MetricKind.Counter, "Measurements that were dropped because their metric has too many series.", [],
        [.. families.Where(f => f.Dropped > 0).Select(f => new MetricPoint([("metric", f.Name)], f.Dropped, [])).DefaultIfEmpty(new MetricPoint([], 0, []))]);
}
