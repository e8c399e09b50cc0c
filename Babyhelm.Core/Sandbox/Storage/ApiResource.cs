namespace Babyhelm.Core.Sandbox.Storage;

/// <summary>One served type: where it is in the API and what can be done to it.</summary>
internal sealed record ApiResource(
    string Group, string Version, string Plural, string Kind, string Singular,
    bool Namespaced = true, string[]? ShortNames = null, string[]? Categories = null, bool HasStatus = false, bool HasScale = false)
{
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>As errors name a type: <c>deployments.apps</c>, or <c>pods</c> in the core group.</summary>
    public string QualifiedPlural => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>As validation errors name a kind: <c>Deployment.apps</c>, or <c>Pod</c> in the core group.</summary>
    public string QualifiedKind => Group.Length == 0 ? Kind : $"{Kind}.{Group}";

    /// <summary>Whether the type counts changes of its spec in metadata.generation.</summary>
    public bool HasGeneration => this == Pods || Group is "apps" or "batch" or "networking.k8s.io";

    private static readonly string[] All = ["all"];

    public static readonly ApiResource Namespaces = new("", "v1", "namespaces", "Namespace", "namespace", Namespaced: false, ShortNames: ["ns"], HasStatus: true);
    public static readonly ApiResource Nodes = new("", "v1", "nodes", "Node", "node", Namespaced: false, ShortNames: ["no"], HasStatus: true);
    public static readonly ApiResource Pods = new("", "v1", "pods", "Pod", "pod", ShortNames: ["po"], Categories: All, HasStatus: true);
    public static readonly ApiResource Events = new("", "v1", "events", "Event", "event", ShortNames: ["ev"]);
    public static readonly ApiResource Services = new("", "v1", "services", "Service", "service", ShortNames: ["svc"], Categories: All, HasStatus: true);
    public static readonly ApiResource Endpoints = new("", "v1", "endpoints", "Endpoints", "endpoints", ShortNames: ["ep"]);
    public static readonly ApiResource Secrets = new("", "v1", "secrets", "Secret", "secret");
    public static readonly ApiResource ConfigMaps = new("", "v1", "configmaps", "ConfigMap", "configmap", ShortNames: ["cm"]);
    public static readonly ApiResource ServiceAccounts = new("", "v1", "serviceaccounts", "ServiceAccount", "serviceaccount", ShortNames: ["sa"]);
    public static readonly ApiResource ResourceQuotas = new("", "v1", "resourcequotas", "ResourceQuota", "resourcequota", ShortNames: ["quota"], HasStatus: true);
    public static readonly ApiResource LimitRanges = new("", "v1", "limitranges", "LimitRange", "limitrange", ShortNames: ["limits"]);
    public static readonly ApiResource Claims = new("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", "persistentvolumeclaim", ShortNames: ["pvc"], HasStatus: true);
    public static readonly ApiResource Deployments = new("apps", "v1", "deployments", "Deployment", "deployment", ShortNames: ["deploy"], Categories: All, HasStatus: true, HasScale: true);
    public static readonly ApiResource ReplicaSets = new("apps", "v1", "replicasets", "ReplicaSet", "replicaset", ShortNames: ["rs"], Categories: All, HasStatus: true, HasScale: true);
    public static readonly ApiResource Jobs = new("batch", "v1", "jobs", "Job", "job", Categories: All, HasStatus: true);
    public static readonly ApiResource CronJobs = new("batch", "v1", "cronjobs", "CronJob", "cronjob", ShortNames: ["cj"], Categories: All, HasStatus: true);
    public static readonly ApiResource Autoscalers = new("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "horizontalpodautoscaler", ShortNames: ["hpa"], Categories: All, HasStatus: true);
    public static readonly ApiResource Ingresses = new("networking.k8s.io", "v1", "ingresses", "Ingress", "ingress", ShortNames: ["ing"], HasStatus: true);
    public static readonly ApiResource NetworkPolicies = new("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", "networkpolicy", ShortNames: ["netpol"]);
    public static readonly ApiResource EndpointSlices = new("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", "endpointslice");

    public static readonly IReadOnlyList<ApiResource> Served =
    [
        Namespaces, Nodes, Pods, Events, Services, Endpoints, Secrets, ConfigMaps, ServiceAccounts, ResourceQuotas, LimitRanges,
        Claims, Deployments, ReplicaSets, Jobs, CronJobs, Autoscalers, Ingresses, NetworkPolicies, EndpointSlices,
    ];

    private static readonly Dictionary<(string, string, string), ApiResource> ByPath =
        Served.ToDictionary(r => (r.Group, r.Version, r.Plural));

    public static ApiResource? Find(string group, string version, string plural) => ByPath.GetValueOrDefault((group, version, plural));

    public static ApiResource? OfKind(string? apiVersion, string? kind) =>
        Served.FirstOrDefault(r => r.Kind == kind && r.ApiVersion == apiVersion);

    public bool Equals(ApiResource? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => Plural.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => QualifiedPlural;
}
