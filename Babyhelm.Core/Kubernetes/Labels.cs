namespace Babyhelm.Core.Kubernetes;

/// <summary>Labels and annotations that Babyhelm sets on everything it applies.</summary>
public static class Labels
{
    public const string ManagedBy = "app.kubernetes.io/managed-by";
    public const string ManagedByValue = "babyhelm";
    public const string Name = "app.kubernetes.io/name";
    public const string Instance = "app.kubernetes.io/instance";
    public const string Version = "app.kubernetes.io/version";
    public const string PartOf = "app.kubernetes.io/part-of";

    /// <summary>Project name.</summary>
    public const string Project = "babyhelm.dev/project";

    /// <summary>Application name.</summary>
    public const string App = "babyhelm.dev/app";

    /// <summary>Release number, also on every pod.</summary>
    public const string Release = "babyhelm.dev/release";

    /// <summary>Annotation on a namespace: id of the project that created it. Another id is never adopted.</summary>
    public const string ProjectId = "babyhelm.dev/project-id";

    /// <summary>Annotation on a pod template: when a restart was asked for last. A change of it makes new pods.</summary>
    public const string RestartedAt = "babyhelm.dev/restarted-at";

    /// <summary>On a run of a cron application that somebody started, with the value <see cref="ManualRun"/>.</summary>
    public const string Run = "babyhelm.dev/run";
    public const string ManualRun = "manual";

    /// <summary>Label selector of every object that Babyhelm manages.</summary>
    public const string Selector = ManagedBy + "=" + ManagedByValue;
}
