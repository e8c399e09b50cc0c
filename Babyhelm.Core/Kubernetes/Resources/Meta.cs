namespace Babyhelm.Core.Kubernetes.Resources;

/// <summary>An object of the API, reduced to what Babyhelm reads. Unknown fields are dropped when it is parsed.</summary>
/// <remarks>
/// The generated JSON reader sets every init property, to null where the field is missing, and servers send null for
/// empty fields too: properties that are not nullable coalesce in their setters.
/// </remarks>
public abstract record KubernetesObject
{
    public Metadata Metadata { get; init => field = value ?? new(); } = new();
}

public sealed record Metadata
{
    public string Name { get; init => field = value ?? ""; } = "";
    public string? Namespace { get; init; }
    public string Uid { get; init => field = value ?? ""; } = "";

    /// <summary>Opaque: compared for equality only.</summary>
    public string ResourceVersion { get; init => field = value ?? ""; } = "";
    public long Generation { get; init; }
    public DateTimeOffset? CreationTimestamp { get; init; }
    public DateTimeOffset? DeletionTimestamp { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
    public IReadOnlyList<OwnerReference>? OwnerReferences { get; init; }
    public IReadOnlyList<string>? Finalizers { get; init; }

    /// <summary>The label's value, or null.</summary>
    public string? Label(string key) => Labels is not null && Labels.TryGetValue(key, out var value) ? value : null;

    /// <summary>The annotation's value, or null.</summary>
    public string? Annotation(string key) => Annotations is not null && Annotations.TryGetValue(key, out var value) ? value : null;
}

public sealed record OwnerReference
{
    public string Kind { get; init => field = value ?? ""; } = "";
    public string Name { get; init => field = value ?? ""; } = "";
    public string Uid { get; init => field = value ?? ""; } = "";
    public bool Controller { get; init; }
}

/// <summary>A condition of any object's status.</summary>
public sealed record Condition
{
    public string Type { get; init => field = value ?? ""; } = "";

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public string Status { get; init => field = value ?? ""; } = "";
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTimeOffset? LastTransitionTime { get; init; }
    public DateTimeOffset? LastUpdateTime { get; init; }
}

public sealed record Namespace : KubernetesObject
{
    public NamespaceStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record NamespaceStatus
{
    /// <summary><c>Active</c> or <c>Terminating</c>.</summary>
    public string Phase { get; init => field = value ?? ""; } = "";
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

public sealed record ObjectReference
{
    public string Kind { get; init => field = value ?? ""; } = "";
    public string? Namespace { get; init; }
    public string Name { get; init => field = value ?? ""; } = "";
    public string? Uid { get; init; }

    /// <summary>For a container: <c>spec.containers{name}</c>.</summary>
    public string? FieldPath { get; init; }
}

/// <summary>A core/v1 Event: what a component of the cluster says of an object.</summary>
public sealed record Event : KubernetesObject
{
    public ObjectReference InvolvedObject { get; init => field = value ?? new(); } = new();
    public string Reason { get; init => field = value ?? ""; } = "";
    public string Message { get; init => field = value ?? ""; } = "";

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string Type { get; init => field = value ?? ""; } = "";
    public int Count { get; init; }
    public DateTimeOffset? FirstTimestamp { get; init; }
    public DateTimeOffset? LastTimestamp { get; init; }
    public DateTimeOffset? EventTime { get; init; }
    public EventSeries? Series { get; init; }

    /// <summary>When it happened last, by the best field that is set.</summary>
    public DateTimeOffset? LastSeen => Series?.LastObservedTime ?? LastTimestamp ?? EventTime ?? FirstTimestamp ?? Metadata.CreationTimestamp;
}

public sealed record EventSeries
{
    public int Count { get; init; }
    public DateTimeOffset? LastObservedTime { get; init; }
}
