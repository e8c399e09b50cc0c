using System.Globalization;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>What the node's containers use, with the names and labels of a kubelet's cAdvisor.</summary>
internal static class Cadvisor
{
    /// <summary>One group of processes: a container, or a whole pod where <paramref name="Container"/> is empty.</summary>
    private sealed record Group(string Container, string Id, string Image, string Name, string Namespace, string Pod, UsageReading Usage, DateTimeOffset Started, double? CpuLimit, decimal? MemoryLimit);

    private static readonly (string Name, MetricKind Kind, string Help, Func<Group, double> Value)[] OfGroups =
    [
        ("container_cpu_usage_seconds_total", MetricKind.Counter, "Cumulative cpu time consumed in seconds.", g => g.Usage.Cpu),
        ("container_fs_usage_bytes", MetricKind.Gauge, "Number of bytes that are consumed on this filesystem.", g => g.Usage.Written),
        ("container_fs_writes_bytes_total", MetricKind.Counter, "Cumulative count of bytes written.", g => g.Usage.Written),
        ("container_memory_rss", MetricKind.Gauge, "Size of RSS in bytes.", g => g.Usage.Memory * 3 / 4),
        ("container_memory_usage_bytes", MetricKind.Gauge, "Current memory usage in bytes, with caches.", g => g.Usage.Memory + g.Usage.Written),
        ("container_memory_working_set_bytes", MetricKind.Gauge, "Current working set in bytes.", g => g.Usage.Memory),
        ("container_spec_cpu_quota", MetricKind.Gauge, "CPU quota in microseconds of each period, 0 for none.", g => (g.CpuLimit ?? 0) * 100_000),
        ("container_spec_memory_limit_bytes", MetricKind.Gauge, "Memory limit, 0 for none.", g => (double)(g.MemoryLimit ?? 0)),
        ("container_start_time_seconds", MetricKind.Gauge, "Start time in Unix time.", g => g.Started.ToUnixTimeMilliseconds() / 1000.0),
    ];

    public static string Write(MetricText text, IReadOnlyList<PodState> pods, SandboxOptions options)
    {
        var groups = pods.OrderBy(p => p.Stored.Namespace, StringComparer.Ordinal).ThenBy(p => p.Stored.Name, StringComparer.Ordinal).SelectMany(Groups).ToList();
        foreach (var (name, kind, help, value) in OfGroups)
        {
            text.Family(name, kind, help);
            foreach (var group in groups) text.Sample(value(group), [.. Labels(group), .. Extra(name)]);
        }
        Network("container_network_receive_bytes_total", "Cumulative count of bytes received.", g => g.Usage.Received);
        Network("container_network_transmit_bytes_total", "Cumulative count of bytes transmitted.", g => g.Usage.Sent);
        text.Family("machine_cpu_cores", MetricKind.Gauge, "Number of logical CPU cores.");
        text.Sample((double)(Quantity.Parse(options.NodeCpu) ?? 0), ("machine_id", NodeInfo.Name));
        text.Family("machine_memory_bytes", MetricKind.Gauge, "Amount of memory installed on the machine.");
        text.Sample((double)(Quantity.Parse(options.NodeMemory) ?? 0), ("machine_id", NodeInfo.Name));
        return text.End();

        // Containers of a pod share its network.
        void Network(string name, string help, Func<Group, double> value)
        {
            text.Family(name, MetricKind.Counter, help);
            foreach (var group in groups.Where(g => g.Container.Length == 0)) text.Sample(value(group), [.. Labels(group), ("interface", "eth0")]);
        }
    }

    private static IEnumerable<Group> Groups(PodState pod)
    {
        lock (pod.Gate)
        {
            if (pod.Finished || !pod.SandboxReady) return [];
            var id = $"/kubepods/{(pod.Body.Str("status", "qosClass") ?? "burstable").ToLowerInvariant()}/pod{pod.Stored.Uid}";
            var all = new List<Group>();
            foreach (var container in pod.Containers.Where(c => c is { Running: true, Usage: not null }))
            {
                var name = container.Id!.Split("//")[^1];
                var started = DateTimeOffset.Parse(container.State.Str("running", "startedAt")!, CultureInfo.InvariantCulture);
                all.Add(new(container.Name, $"{id}/{name}", ImageBehavior.Normalize(container.Image), name, pod.Stored.Namespace, pod.Stored.Name, container.Usage!.Read(), started, container.CpuLimit, container.MemoryLimit));
            }
            // The pod's own group outlives its containers.
            var used = pod.Containers.Select(c => c.Used()).ToList();
            var whole = new UsageReading(used.Sum(u => u.Cpu), used.Sum(u => u.Memory), used.Sum(u => u.Received), used.Sum(u => u.Sent), used.Sum(u => u.Written));
            all.Insert(0, new("", id, "", "", pod.Stored.Namespace, pod.Stored.Name, whole, pod.StartedAt,
                pod.Containers.All(c => c.CpuLimit is not null) ? pod.Containers.Sum(c => c.CpuLimit) : null,
                pod.Containers.All(c => c.MemoryLimit is not null) ? pod.Containers.Sum(c => c.MemoryLimit) : null));
            return all;
        }
    }

    private static (string, string?)[] Labels(Group group) =>
    [
        ("container", group.Container), ("id", group.Id), ("image", group.Image), ("name", group.Name), ("namespace", group.Namespace), ("pod", group.Pod),
    ];

    private static (string, string?)[] Extra(string metric) => metric switch
    {
        "container_cpu_usage_seconds_total" => [("cpu", "total")],
        _ when metric.StartsWith("container_fs_", StringComparison.Ordinal) => [("device", "/dev/sandbox")],
        _ => [],
    };
}
