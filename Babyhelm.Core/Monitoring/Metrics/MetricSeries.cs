namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>One series: a number, or a histogram's buckets. Safe for several threads.</summary>
internal sealed class MetricSeries(IReadOnlyList<(string Name, string? Value)> labels, int buckets)
{
    private readonly Lock _gate = new();
    private readonly long[] _counts = new long[buckets];
    private double _value;
    private long _touched;

    public IReadOnlyList<(string Name, string? Value)> Labels => labels;

    /// <summary>Timestamp of the last measurement.</summary>
    public long Touched => Volatile.Read(ref _touched);

    public void Add(double value, long now)
    {
        lock (_gate) _value += value;
        Volatile.Write(ref _touched, now);
    }

    public void Set(double value, long now)
    {
        lock (_gate) _value = value;
        Volatile.Write(ref _touched, now);
    }

    public void Observe(double value, int bucket, long now)
    {
        lock (_gate)
        {
            _value += value;
            _counts[bucket]++;
        }
        Volatile.Write(ref _touched, now);
    }

    public MetricPoint Read()
    {
        lock (_gate) return new MetricPoint(labels, _value, buckets == 0 ? [] : [.. _counts]);
    }
}

/// <summary>The state of one series.</summary>
/// <param name="Labels">In the order of their names.</param>
/// <param name="Value">The number; of a histogram the sum of what was measured.</param>
/// <param name="Counts">Of a histogram, how many fell into each bucket alone, the infinite one last; else empty.</param>
public sealed record MetricPoint(IReadOnlyList<(string Name, string? Value)> Labels, double Value, IReadOnlyList<long> Counts)
{
    /// <summary>How many were measured, of a histogram.</summary>
    public long Count => Counts.Sum();

    /// <summary>The label's value, or null.</summary>
    public string? Label(string name) => Labels.FirstOrDefault(l => l.Name == name).Value;
}
