using System.Diagnostics.Metrics;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Rollouts;

/// <summary>Every instrument of the cluster cache. All are read when somebody asks; watching costs nothing more for it.</summary>
internal sealed class ClusterMetrics(IMeterFactory meters, ClusterCache cache, ClusterPulse pulse, TimeProvider time)
{
    public const string Meter = "Babyhelm.Cluster";

    public void Start()
    {
        var meter = meters.Create(Meter);
        meter.CreateObservableGauge("babyhelm.informer.objects", () => Each(i => i.Objects), "{object}", "Objects in the cluster cache, by kind.");
        meter.CreateObservableCounter("babyhelm.informer.relists", () => Each(i => i.Relists), "{list}", "How often all objects of a kind were read, the first time included.");
        meter.CreateObservableGauge("babyhelm.informer.synced", () => Each(i => i.Synced ? 1 : 0), null, "1 once all objects of the kind were read.");
        meter.CreateObservableGauge("babyhelm.informer.failing", () => Each(i => i.FailingSince is null ? 0 : 1), null, "1 while the kind can't be watched.");
        meter.CreateObservableGauge("babyhelm.informer.contact_age", () => cache.Informers.Where(i => i.Status.LastContact is not null)
            .Select(i => Of(i.Kind, Math.Max(0, (time.GetUtcNow() - i.Status.LastContact!.Value).TotalSeconds))), "s", "Time since the last event or bookmark of the kind. A quiet cluster sends a bookmark about each minute.");
        meter.CreateObservableGauge("babyhelm.cluster.applications", () => cache.Keys.Count, "{application}", "Applications that have objects on the cluster.");
        meter.CreateObservableGauge("babyhelm.cluster.latency", () => pulse.Status.Latency is { } latency ? [new Measurement<double>(latency.TotalSeconds)] : Array.Empty<Measurement<double>>(), "s", "Time that the API server takes for a small answer.");
        meter.CreateObservableGauge("babyhelm.cluster.up", () => pulse.Status.Silence is null ? 1 : 0, null, "1 while the API server answers.");

        IEnumerable<Measurement<int>> Each(Func<InformerStatus, int> value) => cache.Informers.Select(i => new Measurement<int>(value(i.Status), new KeyValuePair<string, object?>("kind", i.Kind)));
    }

    private static Measurement<double> Of(string kind, double value) => new(value, new KeyValuePair<string, object?>("kind", kind));
}
