using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Babyhelm.Core.Kubernetes.Resources;

/// <summary>Generated readers of everything the client parses. A new model must be named here, alone and in a list.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(KubernetesList<Namespace>))]
[JsonSerializable(typeof(KubernetesList<Pod>))]
[JsonSerializable(typeof(KubernetesList<Event>))]
[JsonSerializable(typeof(KubernetesList<Deployment>))]
[JsonSerializable(typeof(KubernetesList<ReplicaSet>))]
[JsonSerializable(typeof(KubernetesList<Job>))]
[JsonSerializable(typeof(KubernetesList<CronJob>))]
[JsonSerializable(typeof(KubernetesList<Ingress>))]
[JsonSerializable(typeof(KubernetesList<PersistentVolumeClaim>))]
[JsonSerializable(typeof(KubernetesList<Secret>))]
[JsonSerializable(typeof(KubernetesList<Service>))]
[JsonSerializable(typeof(KubernetesList<HorizontalPodAutoscaler>))]
[JsonSerializable(typeof(KubernetesList<NetworkPolicy>))]
[JsonSerializable(typeof(KubernetesList<ResourceQuota>))]
[JsonSerializable(typeof(KubernetesList<Node>))]
[JsonSerializable(typeof(KubernetesList<PlacedPod>))]
[JsonSerializable(typeof(KubernetesList<JsonObject>))]
[JsonSerializable(typeof(StatusBody))]
[JsonSerializable(typeof(VersionBody))]
[JsonSerializable(typeof(ApiVersionsBody))]
[JsonSerializable(typeof(ApiGroupListBody))]
[JsonSerializable(typeof(ApiResourceListBody))]
[JsonSerializable(typeof(AccessReviewBody))]
[JsonSerializable(typeof(SelfReviewBody))]
[JsonSerializable(typeof(ScaleBody))]
[JsonSerializable(typeof(ExecCredentialBody))]
internal sealed partial class KubernetesJson : JsonSerializerContext
{
    internal static JsonTypeInfo<T> Of<T>() =>
        (JsonTypeInfo<T>?)Default.GetTypeInfo(typeof(T))
        ?? throw new InvalidOperationException($"{typeof(T).Name} has no generated JSON reader: name it in {nameof(KubernetesJson)}.");

    /// <summary>Objects with a field twice are refused: readers would not agree on which one holds.</summary>
    internal static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };
}

internal sealed record KubernetesList<T>
{
    public ListMetadata Metadata { get; init => field = value ?? new(); } = new();
    public List<T> Items { get; init => field = value ?? []; } = [];
}

internal sealed record ListMetadata
{
    public string ResourceVersion { get; init => field = value ?? ""; } = "";
    public string? Continue { get; init; }
}

/// <summary>meta/v1 Status: the body of every failure, the object of an ERROR event, and the end of a command.</summary>
internal sealed record StatusBody
{
    public string? Kind { get; init; }

    /// <summary><c>Success</c> or <c>Failure</c>.</summary>
    public string? Status { get; init; }
    public string Message { get; init => field = value ?? ""; } = "";
    public string Reason { get; init => field = value ?? ""; } = "";
    public int Code { get; init; }
    public StatusDetails Details { get; init => field = value ?? new(); } = new();
}

internal sealed record StatusDetails
{
    public IReadOnlyList<StatusCause> Causes { get; init => field = value ?? []; } = [];
    public int? RetryAfterSeconds { get; init; }
}

internal sealed record VersionBody
{
    public string Major { get; init => field = value ?? ""; } = "";
    public string Minor { get; init => field = value ?? ""; } = "";
    public string GitVersion { get; init => field = value ?? ""; } = "";
    public string Platform { get; init => field = value ?? ""; } = "";
}

internal sealed record ApiVersionsBody
{
    public IReadOnlyList<string> Versions { get; init => field = value ?? []; } = [];
}

internal sealed record ApiGroupListBody
{
    public IReadOnlyList<ApiGroupBody> Groups { get; init => field = value ?? []; } = [];
}

internal sealed record ApiGroupBody
{
    public IReadOnlyList<ApiGroupVersionBody> Versions { get; init => field = value ?? []; } = [];
}

internal sealed record ApiGroupVersionBody
{
    public string GroupVersion { get; init => field = value ?? ""; } = "";
}

internal sealed record ApiResourceListBody
{
    public IReadOnlyList<ApiResourceBody> Resources { get; init => field = value ?? []; } = [];
}

internal sealed record ApiResourceBody
{
    public string Name { get; init => field = value ?? ""; } = "";
    public string Kind { get; init => field = value ?? ""; } = "";
    public bool Namespaced { get; init; }
    public IReadOnlyList<string> Verbs { get; init => field = value ?? []; } = [];
}

internal sealed record AccessReviewBody
{
    public AccessReviewStatus Status { get; init => field = value ?? new(); } = new();
}

internal sealed record AccessReviewStatus
{
    public bool Allowed { get; init; }
    public string? Reason { get; init; }
    public string? EvaluationError { get; init; }
}

internal sealed record SelfReviewBody
{
    public SelfReviewStatus Status { get; init => field = value ?? new(); } = new();
}

internal sealed record SelfReviewStatus
{
    public SelfReviewUser UserInfo { get; init => field = value ?? new(); } = new();
}

internal sealed record SelfReviewUser
{
    public string Username { get; init => field = value ?? ""; } = "";
}

/// <summary>autoscaling/v1 Scale: the part of a workload that says how many.</summary>
internal sealed record ScaleBody
{
    public ScaleCount Spec { get; init => field = value ?? new(); } = new();
    public ScaleCount Status { get; init => field = value ?? new(); } = new();
}

internal sealed record ScaleCount
{
    public int Replicas { get; init; }
}

/// <summary>client.authentication.k8s.io ExecCredential, as a plugin prints it.</summary>
internal sealed record ExecCredentialBody
{
    public string? ApiVersion { get; init; }
    public string? Kind { get; init; }
    public ExecCredentialStatus? Status { get; init; }
}

internal sealed record ExecCredentialStatus
{
    public DateTimeOffset? ExpirationTimestamp { get; init; }
    public string? Token { get; init; }
    public string? ClientCertificateData { get; init; }
    public string? ClientKeyData { get; init; }
}
