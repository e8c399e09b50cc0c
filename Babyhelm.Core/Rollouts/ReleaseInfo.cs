namespace Babyhelm.Core.Rollouts;

/// <summary>Names an application on the cluster.</summary>
/// <param name="App">Value of the label <c>babyhelm.dev/app</c>, which is also the name of its deployment.</param>
public readonly record struct AppKey(string Namespace, string App)
{
    /// <summary>In a set of changes: any application may have changed.</summary>
    public static readonly AppKey All;

    /// <summary>In a set of changes: something of the namespace itself changed, its quota.</summary>
    public static AppKey OfNamespace(string ns) => new(ns, "");

    public override string ToString() => $"{Namespace}/{App}";
}

/// <summary>What the database knows of the release being watched.</summary>
/// <param name="Number">1, 2, 3 … within the application; the pods carry it as <c>babyhelm.dev/release</c>.</param>
/// <param name="Replicas">Pods wanted, 0 for a stopped application; null when an autoscaler decides.</param>
public sealed record ReleaseInfo(
    Guid ApplicationId,
    Guid ReleaseId,
    string Namespace,
    string App,
    int Number,
    ReleaseState State,
    int? Replicas,
    DateTimeOffset CreatedAt)
{
    /// <summary>Runs by schedule: a cron job stands in the deployment's place, and there is nothing to roll out.</summary>
    public bool Cron { get; init; }

    /// <summary>Name of the project's registry whose credentials pull the image; null pulls without.</summary>
    public string? Registry { get; init; }

    /// <summary>When a job took the release up; null while it is queued.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Why the cluster has not taken the manifests yet; null while nothing stands against it.</summary>
    public ApplyHold? ApplyHold { get; init; }

    /// <summary>When the last manifest was accepted by the API server; null before.</summary>
    public DateTimeOffset? AppliedAt { get; init; }

    /// <summary>When the release came to its final state; null before.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The diagnosis stored when the release failed.</summary>
    public Diagnosis? Diagnosis { get; init; }

    /// <summary>Last log lines of containers that ended, oldest first, by <c>pod/container</c>; evidence for a diagnosis.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? LastLines { get; init; }

    public AppKey Key => new(Namespace, App);
}
