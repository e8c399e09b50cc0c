using Babyhelm.Core.Monitoring.Alerts.Rules;

namespace Babyhelm.Core.Monitoring.Alerts.Evaluation;

/// <summary>What ready-made rules ask Prometheus, for all projects at once; the namespaces are put into each selector before it is sent.</summary>
internal static class ReadyMadeQueries
{
    /// <summary>Cores that each pod uses. Some kubelets tell whole pods alone, and not their containers.</summary>
    public const string Cpu = """sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{container="", image="", pod!=""}[5m]))""";

    /// <summary>Bytes that each pod can't do without.</summary>
    public const string Memory = """max by (namespace, pod) (container_memory_working_set_bytes{container="", image="", pod!=""})""";

    /// <summary>Percent of the requests at the gateway that failed, where there were enough to tell.</summary>
    public const string Errors = """
        100 * sum by (namespace, application) (rate(babyhelm_gateway_requests_total{code="5xx"}[5m]))
          / sum by (namespace, application) (rate(babyhelm_gateway_requests_total[5m]))
          and sum by (namespace, application) (increase(babyhelm_gateway_requests_total[5m])) >= 10
        """;

    /// <summary>Milliseconds at the gateway.</summary>
    public const string Latency = "1000 * histogram_quantile(0.95, sum by (namespace, application, le) (rate(babyhelm_gateway_request_duration_seconds_bucket[5m])))";

    /// <summary>Percent of each volume.</summary>
    public const string Volume = """
        100 * max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_used_bytes)
          / max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_capacity_bytes)
        """;

    public static IReadOnlyList<(AlertKind Kind, string Query)> All { get; } =
        [(AlertKind.Cpu, Cpu), (AlertKind.Memory, Memory), (AlertKind.Errors, Errors), (AlertKind.Latency, Latency), (AlertKind.Volume, Volume)];
}
