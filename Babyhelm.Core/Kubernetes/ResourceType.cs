namespace Babyhelm.Core.Kubernetes;

/// <summary>Where a kind of object lives in the API: group, version, plural name and scope.</summary>
/// <param name="Group">Empty for the core group.</param>
/// <param name="Plural">Lower-case plural as in URLs, for example <c>deployments</c>.</param>
public sealed record ResourceType(string Group, string Version, string Plural, string Kind, bool Namespaced = true)
{
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Path of the collection, of one namespace's part of it, or of one object.</summary>
    public string Path(string? ns = null, string? name = null)
    {
        var root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        var scope = Namespaced && ns is not null ? $"/namespaces/{Uri.EscapeDataString(ns)}" : "";
        var leaf = name is null ? "" : $"/{Uri.EscapeDataString(name)}";
        return $"{root}{scope}/{Plural}{leaf}";
    }

    public static readonly ResourceType Namespaces = new("", "v1", "namespaces", "Namespace", Namespaced: false);
    public static readonly ResourceType Pods = new("", "v1", "pods", "Pod");
    public static readonly ResourceType Events = new("", "v1", "events", "Event");
    public static readonly ResourceType Services = new("", "v1", "services", "Service");
    public static readonly ResourceType Secrets = new("", "v1", "secrets", "Secret");
    public static readonly ResourceType ConfigMaps = new("", "v1", "configmaps", "ConfigMap");
    public static readonly ResourceType ServiceAccounts = new("", "v1", "serviceaccounts", "ServiceAccount");
    public static readonly ResourceType ResourceQuotas = new("", "v1", "resourcequotas", "ResourceQuota");
    public static readonly ResourceType LimitRanges = new("", "v1", "limitranges", "LimitRange");
    public static readonly ResourceType PersistentVolumeClaims = new("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim");
    public static readonly ResourceType Nodes = new("", "v1", "nodes", "Node", Namespaced: false);
    public static readonly ResourceType Deployments = new("apps", "v1", "deployments", "Deployment");
    public static readonly ResourceType ReplicaSets = new("apps", "v1", "replicasets", "ReplicaSet");
    public static readonly ResourceType Jobs = new("batch", "v1", "jobs", "Job");
    public static readonly ResourceType CronJobs = new("batch", "v1", "cronjobs", "CronJob");
    public static readonly ResourceType HorizontalPodAutoscalers = new("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler");
    public static readonly ResourceType Ingresses = new("networking.k8s.io", "v1", "ingresses", "Ingress");
    public static readonly ResourceType NetworkPolicies = new("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy");

    /// <summary>Every type that Babyhelm applies or reads.</summary>
    public static readonly IReadOnlyList<ResourceType> All =
    [
        Namespaces, Pods, Events, Services, Secrets, ConfigMaps, ServiceAccounts, ResourceQuotas, LimitRanges,
        PersistentVolumeClaims, Nodes, Deployments, ReplicaSets, Jobs, CronJobs, HorizontalPodAutoscalers, Ingresses,
        NetworkPolicies,
    ];

    /// <summary>The type of a manifest, or null for one that Babyhelm does not handle.</summary>
    public static ResourceType? Find(string? apiVersion, string? kind) =>
        All.FirstOrDefault(t => t.ApiVersion == apiVersion && t.Kind == kind);
}
