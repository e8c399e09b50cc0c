namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>One series: a number, or a histogram's buckets. Safe for several threads.</summary>
internal sealed class MetricSeries(IReadOnlyList<(string Name, string? Value)> labels, int buckets)
{
    private readonly Lock _gate = new();
    private readonly long[] _counts = new long[buckets];
    private double _value;
    private long _touched;
    private bool _forgotten;

    public IReadOnlyList<(string Name, string? Value)> Labels => labels;

    /// <summary>Timestamp of the last measurement.</summary>
    public long Touched => Volatile.Read(ref _touched);

    /// <summary>False where the series was forgotten meanwhile: the measurement belongs to its successor. So for the next two.</summary>
    public bool Add(double value, long now)
    {
        lock (_gate)
        {
            if (_forgotten) return false;
            _value += value;
            Volatile.Write(ref _touched, now);
            return true;
        }
    }

    public bool Set(double value, long now)
    {
        lock (_gate)
        {
            if (_forgotten) return false;
            _value = value;
            Volatile.Write(ref _touched, now);
            return true;
        }
    }

    public bool Observe(double value, int bucket, long now)
    {
        lock (_gate)
        {
            if (_forgotten) return false;
            _value += value;
            _counts[bucket]++;
            Volatile.Write(ref _touched, now);
            return true;
        }
    }

    /// <summary>Takes no measurement any more, unless there was one since then.</summary>
    /// <param name="zeroOnly">Only where the value is 0.</param>
    public bool TryForget(long since, bool zeroOnly)
    {
        lock (_gate) return _forgotten = _touched < since && !(zeroOnly && _value != 0);
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
