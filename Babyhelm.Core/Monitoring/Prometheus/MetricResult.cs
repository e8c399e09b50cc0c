namespace Babyhelm.Core.Monitoring.Prometheus;

/// <param name="Time">In Unix seconds.</param>
public readonly record struct MetricSample(double Time, double Value);

/// <summary>One series of an answer.</summary>
/// <param name="Labels">With <c>__name__</c> where there is a name; none for a scalar.</param>
/// <param name="Samples">In the order of their times; one for an instant.</param>
public sealed record MetricSeries(IReadOnlyDictionary<string, string> Labels, IReadOnlyList<MetricSample> Samples);
