using Babyhelm.Core.Common;

namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>The process's own series as text.</summary>
public static class MetricExposition
{
    public static void Write(MetricText text, IEnumerable<MetricSnapshot> families)
    {
        foreach (var family in families)
        {
            text.Family(family.Name, family.Kind, family.Help);
            foreach (var point in family.Points)
            {
                if (family.Kind == MetricKind.Histogram) text.Histogram(family.Bounds, point.Counts, point.Value, [.. point.Labels]);
                else text.Sample(point.Value, [.. point.Labels]);
            }
        }
    }
}
