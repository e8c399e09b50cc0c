using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Clusters;

/// <summary>An API that Babyhelm, or what it applies, depends on.</summary>
/// <param name="Name">What it is in people's words.</param>
/// <param name="Types">Resources of one group and version.</param>
/// <param name="Required">Without it nothing works; else only what <paramref name="Without"/> says is off.</param>
/// <param name="Without">What a missing one switches off: a sentence.</param>
/// <param name="Remedy">What to do about a missing one.</param>
public sealed record ApiNeed(string Name, IReadOnlyList<ResourceType> Types, bool Required, string Without, string Remedy)
{
    /// <summary>For example <c>autoscaling/v2</c>.</summary>
    public string Api => Types[0].ApiVersion;

    public string Resources => string.Join(", ", Types.Select(t => t.Plural));

    /// <summary>Null while the cluster's APIs are not known.</summary>
    public ApiState? StateOn(ClusterApis? apis) => apis is null ? null
        : Types.All(apis.Serves) ? ApiState.Served
        : apis.Unanswered.Contains(Api) ? ApiState.Silent
        : ApiState.Missing;

    /// <summary>What people are told who want something that the cluster does not serve: what is missing and what to do.</summary>
    public static string MissingText(ResourceType type) =>
        $"This cluster does not serve {type.ApiVersion} {type.Kind}."
        + (All.FirstOrDefault(n => n.Types.Contains(type)) is { } need ? $" {need.Without} {need.Remedy}" : "");

    private static readonly ResourceType PodMetrics = new("metrics.k8s.io", "v1beta1", "pods", "PodMetrics");

    public static readonly IReadOnlyList<ApiNeed> All =
    [
        new("core objects", [ResourceType.Namespaces, ResourceType.Pods, ResourceType.Services, ResourceType.Secrets, ResourceType.ServiceAccounts,
                ResourceType.ResourceQuotas, ResourceType.LimitRanges, ResourceType.PersistentVolumeClaims, ResourceType.Events, ResourceType.Nodes], true,
            "Nothing can be deployed.", "Check that the address is that of a Kubernetes API server."),
        new("deployments", [ResourceType.Deployments, ResourceType.ReplicaSets], true, "Nothing can be deployed.", "Upgrade the cluster."),
        new("network policies", [ResourceType.NetworkPolicies], true, "Projects can't be fenced off, so none can be made.", "Upgrade the cluster."),
        new("ingresses", [ResourceType.Ingresses], false, "Applications can't be opened through an ingress; the built-in gateway works.", "Upgrade the cluster to Kubernetes 1.19 or newer."),
        new("cron jobs", [ResourceType.CronJobs], false, "Cron applications can't be deployed.", "Upgrade the cluster to Kubernetes 1.21 or newer."),
        new("autoscaling", [ResourceType.HorizontalPodAutoscalers], false, "Autoscaling is off: applications that ask for it run their smallest number of replicas.",
            "Upgrade the cluster to Kubernetes 1.23 or newer."),
        new("pod metrics", [PodMetrics], false, "Autoscaling has nothing to measure by: autoscaled applications keep the number of replicas they have.",
            "Install metrics-server, or another server of this API."),
    ];
}

public enum ApiState
{
    Served,
    Missing,

    /// <summary>Announced, but its server does not answer.</summary>
    Silent,
}
