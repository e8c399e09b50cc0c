using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>
/// The state of what Babyhelm runs on the cluster, with the names and labels of kube-state-metrics, from the cluster cache.
/// Objects that are not Babyhelm's are not among them.
/// </summary>
public sealed class ClusterState(ClusterCache cache)
{
    /// <summary>Nothing while the cluster was not read whole or does not answer: old states would be told as those of now.</summary>
    public void Write(MetricText text)
    {
        if (cache.Status is not { Synced: true, StaleSince: null }) return;
        var series = new SeriesSet();
        foreach (var key in cache.Keys.OrderBy(k => k.Namespace, StringComparer.Ordinal).ThenBy(k => k.App, StringComparer.Ordinal))
        {
            var objects = cache.Get(key);
            if (objects.Deployment is { } deployment) Add(series, deployment);
            foreach (var set in objects.ReplicaSets) Add(series, set);
            foreach (var pod in objects.Pods) PodState.Add(series, pod);
            foreach (var job in objects.Jobs) Add(series, job);
            foreach (var claim in objects.Claims) Add(series, claim);
            if (objects.Autoscaler is { Spec: { } spec } scaler) Add(series, scaler, spec);
        }
        foreach (var quota in cache.Quotas.OrderBy(q => q.Metadata.Namespace, StringComparer.Ordinal)) Add(series, quota);
        series.Write(text);
    }

    private static void Add(SeriesSet series, Deployment deployment)
    {
        var (at, name) = (("namespace", deployment.Metadata.Namespace), ("deployment", (string?)deployment.Metadata.Name));
        Count("kube_deployment_spec_replicas", "Number of desired pods for a deployment.", deployment.Spec.Replicas ?? 1);
        Count("kube_deployment_spec_paused", "Whether the deployment is paused.", deployment.Spec.Paused ? 1 : 0);
        Count("kube_deployment_metadata_generation", "Number of the desired state.", deployment.Metadata.Generation);
        Count("kube_deployment_status_observed_generation", "Number of the state that the controller saw.", deployment.Status.ObservedGeneration);
        Count("kube_deployment_status_replicas", "Pods of a deployment.", deployment.Status.Replicas);
        Count("kube_deployment_status_replicas_ready", "Ready pods of a deployment.", deployment.Status.ReadyReplicas);
        Count("kube_deployment_status_replicas_available", "Available pods of a deployment.", deployment.Status.AvailableReplicas);
        Count("kube_deployment_status_replicas_unavailable", "Unavailable pods of a deployment.", deployment.Status.UnavailableReplicas);
        Count("kube_deployment_status_replicas_updated", "Updated pods of a deployment.", deployment.Status.UpdatedReplicas);
        if (deployment.Metadata.CreationTimestamp is { } created) Count("kube_deployment_created", "When the deployment was made, in Unix time.", created.ToUnixTimeSeconds());
        foreach (var condition in deployment.Status.Conditions ?? [])
            foreach (var status in PodState.Statuses)
                series.Gauge("kube_deployment_status_condition", "Conditions of a deployment.", Is(condition.Status, status), at, name, ("condition", condition.Type), ("reason", condition.Reason), ("status", status));

        void Count(string metric, string help, double value) => series.Gauge(metric, help, value, at, name);
    }

    private static void Add(SeriesSet series, ReplicaSet set)
    {
        var (at, name) = (("namespace", set.Metadata.Namespace), ("replicaset", (string?)set.Metadata.Name));
        series.Gauge("kube_replicaset_spec_replicas", "Number of desired pods for a replica set.", set.Spec.Replicas ?? 1, at, name);
        series.Gauge("kube_replicaset_status_ready_replicas", "Ready pods of a replica set.", set.Status.ReadyReplicas, at, name);
        foreach (var owner in set.Metadata.OwnerReferences ?? [])
            series.Gauge("kube_replicaset_owner", "Owner of a replica set.", 1, at, name, ("owner_kind", owner.Kind), ("owner_name", owner.Name), ("owner_is_controller", owner.Controller ? "true" : "false"));
    }

    private static void Add(SeriesSet series, Job job)
    {
        var (at, name) = (("namespace", job.Metadata.Namespace), ("job_name", (string?)job.Metadata.Name));
        series.Gauge("kube_job_status_active", "Pods of a job that run.", job.Status.Active, at, name);
        series.Gauge("kube_job_status_succeeded", "Pods of a job that succeeded.", job.Status.Succeeded, at, name);
        series.Gauge("kube_job_status_failed", "Pods of a job that failed.", job.Status.Failed, at, name);
    }

    private static void Add(SeriesSet series, PersistentVolumeClaim claim)
    {
        var (at, name) = (("namespace", claim.Metadata.Namespace), ("persistentvolumeclaim", (string?)claim.Metadata.Name));
        foreach (var phase in (string[])["Pending", "Bound", "Lost"])
            series.Gauge("kube_persistentvolumeclaim_status_phase", "Phase of a volume claim.", Is(claim.Status.Phase, phase), at, name, ("phase", phase));
        if (claim.Spec.Resources?.Requests?.GetValueOrDefault("storage") is { } storage && Quantity.Parse(storage).Ok(out var size, out _))
            series.Gauge("kube_persistentvolumeclaim_resource_requests_storage_bytes", "Size that a volume claim asks for.", (double)size.Value, at, name);
    }

    private static void Add(SeriesSet series, HorizontalPodAutoscaler scaler, AutoscalerSpec spec)
    {
        var (at, name) = (("namespace", scaler.Metadata.Namespace), ("horizontalpodautoscaler", (string?)scaler.Metadata.Name));
        series.Gauge("kube_horizontalpodautoscaler_info", "Target of an autoscaler.", 1, at, name, ("scaletargetref_kind", spec.TargetKind), ("scaletargetref_name", spec.TargetName));
        series.Gauge("kube_horizontalpodautoscaler_spec_min_replicas", "Least pods of an autoscaler.", spec.MinReplicas, at, name);
        series.Gauge("kube_horizontalpodautoscaler_spec_max_replicas", "Most pods of an autoscaler.", spec.MaxReplicas, at, name);
        series.Gauge("kube_horizontalpodautoscaler_status_current_replicas", "Pods that an autoscaler has now.", scaler.Status.CurrentReplicas, at, name);
        series.Gauge("kube_horizontalpodautoscaler_status_desired_replicas", "Pods that an autoscaler wants now.", scaler.Status.DesiredReplicas, at, name);
    }

    private static void Add(SeriesSet series, ResourceQuota quota)
    {
        Of("hard", quota.Status.Hard ?? quota.Spec.Hard);
        Of("used", quota.Status.Used);

        void Of(string type, IReadOnlyDictionary<string, string>? amounts)
        {
            foreach (var (resource, amount) in amounts ?? new Dictionary<string, string>())
                if (Quantity.Parse(amount).Ok(out var quantity, out _))
                    series.Gauge("kube_resourcequota", "What a quota grants, and how much of it is used.", (double)quantity.Value,
                        ("namespace", quota.Metadata.Namespace), ("resourcequota", quota.Metadata.Name), ("resource", resource), ("type", type));
        }
    }

    private static double Is(string status, string wanted) => status.Equals(wanted, StringComparison.OrdinalIgnoreCase) ? 1 : 0;
}
