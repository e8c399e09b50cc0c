using System.Collections.Concurrent;
using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.Prometheus;

namespace Babyhelm.Core.Monitoring.Alerts.Evaluation;

/// <summary>Mean and spread (standard deviation) of a series in the same hour of past days.</summary>
/// <param name="Days">Days that have samples.</param>
internal sealed record Baseline(double Mean, double Spread, int Days)
{
    /// <summary>A spread is at least this part of the mean: what never changed would be far away with each tremble.</summary>
    public const double LeastSpread = 0.05;

    /// <summary>How many spreads a value is away from the mean, 0 and up.</summary>
    public double Deviation(double value)
    {
        var spread = Math.Max(Spread, Math.Abs(Mean) * LeastSpread);
        return spread > 0 ? Math.Abs(value - Mean) / spread : value == Mean ? 0 : double.PositiveInfinity;
    }

    /// <summary>Null for too little: fewer than <see cref="Baselines.LeastDays"/> days.</summary>
    /// <param name="days">Samples of each day.</param>
    public static Baseline? Of(IReadOnlyCollection<IReadOnlyList<double>> days)
    {
        var good = days.Where(d => d.Count >= Baselines.LeastSamples).ToList();
        if (good.Count < Baselines.LeastDays) return null;
        var all = good.SelectMany(d => d).ToList();
        var mean = all.Average();
        return new Baseline(mean, Math.Sqrt(all.Sum(v => (v - mean) * (v - mean)) / (all.Count - 1)), good.Count);
    }
}

/// <summary>
/// How far series are from the same hour of the past 7 days. The past of a query is asked for once in 10 minutes.
/// </summary>
internal sealed class Baselines(PrometheusClient prometheus)
{
    public const int Days = 7;

    /// <summary>Days with enough samples, without which nothing is said.</summary>
    public const int LeastDays = 3;

    /// <summary>Of the 13 that an hour has.</summary>
    public const int LeastSamples = 6;

    private static readonly TimeSpan Half = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Keep = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<string, (DateTimeOffset At, Dictionary<string, Baseline> Of)> _known = new(StringComparer.Ordinal);

    /// <summary>The series of the query with their deviations as values; those without enough past are left out.</summary>
    public async Task<Result<IReadOnlyList<MetricSeries>>> DeviationAsync(string query, DateTimeOffset now, CancellationToken cancellation)
    {
        if ((await prometheus.QueryAsync(query, now, cancellation)).Failed(out var error, out var current)) return error;
        if (!_known.TryGetValue(query, out var past) || past.At > now || now - past.At > Keep)
        {
            foreach (var (old, _) in _known.Where(k => now - k.Value.At > Keep)) _known.TryRemove(old, out _);
            if ((await ReadAsync(query, now, cancellation)).Failed(out error, out var read)) return error;
            _known[query] = past = (now, read);
        }
        return current.Where(s => s.Samples.Count > 0 && double.IsFinite(s.Samples[^1].Value) && past.Of.ContainsKey(Key(s)))
            .Select(s => s with { Samples = [s.Samples[^1] with { Value = Math.Min(1e9, past.Of[Key(s)].Deviation(s.Samples[^1].Value)) }] }).ToList();
    }

    private async Task<Result<Dictionary<string, Baseline>>> ReadAsync(string query, DateTimeOffset now, CancellationToken cancellation)
    {
        var days = new Dictionary<string, List<IReadOnlyList<double>>>(StringComparer.Ordinal);
        for (var day = 1; day <= Days; day++)
        {
            var at = now - TimeSpan.FromDays(day);
            if ((await prometheus.QueryRangeAsync(query, at - Half, at + Half, Step, cancellation)).Failed(out var error, out var series)) return error;
            foreach (var one in series)
            {
                if (!days.TryGetValue(Key(one), out var known)) days[Key(one)] = known = [];
                known.Add([.. one.Samples.Select(s => s.Value).Where(double.IsFinite)]);
            }
        }
        return days.Select(d => (d.Key, Of: Baseline.Of(d.Value))).Where(d => d.Of is not null).ToDictionary(d => d.Key, d => d.Of!, StringComparer.Ordinal);
    }

    private static string Key(MetricSeries series) =>
        string.Join('\n', series.Labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key.Length}:{l.Key}={l.Value}"));
}
