using Babyhelm.Core.Common;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>The kubelet's own series: how many pods run, and how full the volumes that they mount are.</summary>
internal static class KubeletMetrics
{
    private sealed record Volume(string Namespace, string Claim, double Capacity, double Used);

    public static string Write(MetricText text, IReadOnlyList<PodState> pods, ObjectStore store)
    {
        var running = pods.Where(p => p is { SandboxReady: true, Finished: false }).ToList();
        text.Family("kubelet_running_pods", MetricKind.Gauge, "Number of pods that have a running pod sandbox.");
        text.Sample(running.Count);
        var volumes = Volumes(running, store);
        Of("kubelet_volume_stats_available_bytes", "Number of available bytes in the volume.", v => v.Capacity - v.Used);
        Of("kubelet_volume_stats_capacity_bytes", "Capacity in bytes of the volume.", v => v.Capacity);
        Of("kubelet_volume_stats_used_bytes", "Number of used bytes in the volume.", v => v.Used);
        return text.End();

        void Of(string name, string help, Func<Volume, double> value)
        {
            if (volumes.Count == 0) return;
            text.Family(name, MetricKind.Gauge, help);
            foreach (var volume in volumes) text.Sample(value(volume), ("namespace", volume.Namespace), ("persistentvolumeclaim", volume.Claim));
        }
    }

    /// <summary>Containers keep no files here: a volume holds what those that run now have written, up to its size.</summary>
    private static List<Volume> Volumes(IEnumerable<PodState> pods, ObjectStore store)
    {
        var volumes = new List<Volume>();
        var mounts = pods.SelectMany(pod => pod.Body.Items("spec", "volumes").Select(v => v.Map("persistentVolumeClaim").Str("claimName")).OfType<string>().Distinct(StringComparer.Ordinal)
            .Select(claim => (pod.Stored.Namespace, Claim: claim, Pod: pod)));
        foreach (var mount in mounts.GroupBy(m => (m.Namespace, m.Claim)).OrderBy(m => m.Key.Namespace, StringComparer.Ordinal).ThenBy(m => m.Key.Claim, StringComparer.Ordinal))
        {
            var (ns, claim) = mount.Key;
            if (Quantity.Parse(store.Get(ApiResource.Claims, ns, claim)?.Read().Str("status", "capacity", "storage")) is not { } size) continue;
            volumes.Add(new Volume(ns, claim, (double)size, Math.Min((double)size, mount.Sum(m => Written(m.Pod)))));
        }
        return volumes;
    }

    private static double Written(PodState pod)
    {
        lock (pod.Gate) return pod.Containers.Sum(c => c.Used().Written);
    }
}
