using Babyhelm.Core.Common;

namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>Collects samples of many families in any order, and writes each family in one piece.</summary>
internal sealed class SeriesSet
{
    private readonly Dictionary<string, (MetricKind Kind, string Help, List<(double Value, (string, string?)[] Labels)> Samples)> _families = new(StringComparer.Ordinal);

    public void Gauge(string name, string help, double value, params (string Name, string? Value)[] labels) => Add(name, MetricKind.Gauge, help, value, labels);

    public void Counter(string name, string help, double value, params (string Name, string? Value)[] labels) => Add(name, MetricKind.Counter, help, value, labels);

    public void Write(MetricText text)
    {
        foreach (var (name, family) in _families.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            text.Family(name, family.Kind, family.Help);
            foreach (var (value, labels) in family.Samples) text.Sample(value, labels);
        }
    }

    private void Add(string name, MetricKind kind, string help, double value, (string, string?)[] labels)
    {
        if (!_families.TryGetValue(name, out var family)) _families[name] = family = (kind, help, []);
        family.Samples.Add((value, labels));
    }
}
