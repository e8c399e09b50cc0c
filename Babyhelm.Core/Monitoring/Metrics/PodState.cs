using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>One pod with the names and labels of kube-state-metrics.</summary>
internal static class PodState
{
    /// <summary>Of a condition.</summary>
    internal static readonly string[] Statuses = ["true", "false", "unknown"];

    private static readonly string[] Phases = ["Pending", "Succeeded", "Failed", "Unknown", "Running"];

    public static void Add(SeriesSet series, Pod pod)
    {
        (string, string?)[] id = [("namespace", pod.Metadata.Namespace), ("pod", pod.Metadata.Name), ("uid", pod.Metadata.Uid)];
        var owner = pod.Metadata.OwnerReferences?.FirstOrDefault(o => o.Controller);
        series.Gauge("kube_pod_info", "Information about a pod.", 1, [.. id, ("host_ip", pod.Status.HostIP), ("pod_ip", pod.Status.PodIP), ("node", pod.Spec.NodeName),
            ("created_by_kind", owner?.Kind), ("created_by_name", owner?.Name)]);
        if (owner is not null) series.Gauge("kube_pod_owner", "Owner of a pod.", 1, [.. id, ("owner_kind", owner.Kind), ("owner_name", owner.Name), ("owner_is_controller", "true")]);
        series.Gauge("kube_pod_labels", "Application and release of a pod.", 1, [.. id,
            ("label_babyhelm_dev_project", pod.Metadata.Label(Labels.Project)), ("label_babyhelm_dev_app", pod.Metadata.Label(Labels.App)), ("label_babyhelm_dev_release", pod.Metadata.Label(Labels.Release))]);
        var phase = pod.Status.Phase is { Length: > 0 } known ? known : "Unknown";
        foreach (var name in Phases) series.Gauge("kube_pod_status_phase", "Phase of a pod.", phase == name ? 1 : 0, [.. id, ("phase", name)]);
        Condition(series, id, pod, "Ready", "kube_pod_status_ready", "Whether a pod is ready.");
        Condition(series, id, pod, "PodScheduled", "kube_pod_status_scheduled", "Whether a pod has a node.");
        if (pod.Metadata.CreationTimestamp is { } created) series.Gauge("kube_pod_created", "When a pod was made, in Unix time.", created.ToUnixTimeSeconds(), id);
        if (pod.Status.StartTime is { } started) series.Gauge("kube_pod_start_time", "When a pod was started, in Unix time.", started.ToUnixTimeSeconds(), id);
        if (pod.Metadata.DeletionTimestamp is { } deleted) series.Gauge("kube_pod_deletion_timestamp", "When a pod is to be gone, in Unix time.", deleted.ToUnixTimeSeconds(), id);
        foreach (var container in pod.Spec.Containers ?? []) Resources(series, id, pod, container);
        foreach (var status in pod.Status.ContainerStatuses ?? []) Status(series, [.. id, ("container", status.Name)], status, pod.Spec.Containers?.FirstOrDefault(c => c.Name == status.Name)?.Image);
    }

    private static void Status(SeriesSet series, (string, string?)[] id, ContainerStatus status, string? image)
    {
        series.Gauge("kube_pod_container_info", "Information about a container.", 1, [.. id, ("image", status.Image), ("image_id", status.ImageID), ("image_spec", image), ("container_id", status.ContainerID)]);
        series.Counter("kube_pod_container_status_restarts_total", "How often a container was started again.", status.RestartCount, id);
        series.Gauge("kube_pod_container_status_ready", "Whether a container is ready.", status.Ready ? 1 : 0, id);
        series.Gauge("kube_pod_container_status_running", "Whether a container runs.", status.State.Running is null ? 0 : 1, id);
        series.Gauge("kube_pod_container_status_waiting", "Whether a container waits.", status.State.Waiting is null ? 0 : 1, id);
        series.Gauge("kube_pod_container_status_terminated", "Whether a container has ended.", status.State.Terminated is null ? 0 : 1, id);
        Reason("kube_pod_container_status_waiting_reason", "Why a container waits.", status.State.Waiting?.Reason);
        Reason("kube_pod_container_status_terminated_reason", "Why a container ended.", status.State.Terminated?.Reason);
        Reason("kube_pod_container_status_last_terminated_reason", "Why a container ended last.", status.LastState.Terminated?.Reason);
        if (status.LastState.Terminated is { } last)
            series.Gauge("kube_pod_container_status_last_terminated_exitcode", "With which code a container ended last.", last.ExitCode, id);
        if (status.State.Running?.StartedAt is { } at) series.Gauge("kube_pod_container_state_started", "When a container was started, in Unix time.", at.ToUnixTimeSeconds(), id);

        void Reason(string metric, string help, string? reason)
        {
            if (!string.IsNullOrEmpty(reason)) series.Gauge(metric, help, 1, [.. id, ("reason", reason)]);
        }
    }

    private static void Resources(SeriesSet series, (string, string?)[] id, Pod pod, Container container)
    {
        Of("kube_pod_container_resource_requests", "What a container asks for.", container.Resources?.Requests);
        Of("kube_pod_container_resource_limits", "What a container may use at most.", container.Resources?.Limits);

        void Of(string metric, string help, IReadOnlyDictionary<string, string>? amounts)
        {
            foreach (var (resource, amount) in amounts ?? new Dictionary<string, string>())
                if (Quantity.Parse(amount).Ok(out var quantity, out _))
                    series.Gauge(metric, help, (double)quantity.Value, [.. id, ("container", container.Name), ("node", pod.Spec.NodeName), ("resource", MetricNames.Safe(resource)), ("unit", Unit(resource))]);
        }
    }

    private static string Unit(string resource) => resource switch
    {
        "cpu" => "core",
        "memory" or "ephemeral-storage" or "storage" => "byte",
        _ when resource.StartsWith("hugepages-", StringComparison.Ordinal) => "byte",
        _ => "integer",
    };

    private static void Condition(SeriesSet series, (string, string?)[] id, Pod pod, string type, string metric, string help)
    {
        if (pod.Status.Conditions?.FirstOrDefault(c => c.Type == type) is not { } condition) return;
        foreach (var status in Statuses)
            series.Gauge(metric, help, condition.Status.Equals(status, StringComparison.OrdinalIgnoreCase) ? 1 : 0, [.. id, ("condition", status)]);
    }
}
