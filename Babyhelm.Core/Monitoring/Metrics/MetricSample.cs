namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>All series at one moment.</summary>
internal sealed class MetricSample(DateTimeOffset at, IReadOnlyList<MetricSnapshot> families)
{
    private readonly Dictionary<string, MetricSnapshot> _families = families.ToDictionary(f => f.Name);

    public DateTimeOffset At => at;

    public IReadOnlyList<MetricPoint> Points(string name) => _families.TryGetValue(name, out var family) ? family.Points : [];

    public double Sum(string name, Func<MetricPoint, bool>? which = null) => Points(name).Where(which ?? (static _ => true)).Sum(p => p.Value);

    public long Count(string name, Func<MetricPoint, bool>? which = null) => Points(name).Where(which ?? (static _ => true)).Sum(p => p.Count);

    public IReadOnlyList<double> Bounds(string name) => _families.TryGetValue(name, out var family) ? family.Bounds : [];

    /// <summary>All series of a histogram in one.</summary>
    public long[] Buckets(string name)
    {
        var sum = new long[Bounds(name).Count + 1];
        foreach (var point in Points(name))
            for (var i = 0; i < sum.Length; i++) sum[i] += point.Counts[i];
        return sum;
    }
}
