namespace Babyhelm.Core.Kubernetes.Resources;

public sealed record CronJob : KubernetesObject
{
    public CronJobSpec Spec { get; init => field = value ?? new(); } = new();
    public CronJobStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record CronJobSpec
{
    /// <summary>Five fields or a macro such as <c>@daily</c>.</summary>
    public string Schedule { get; init => field = value ?? ""; } = "";

    /// <summary>Starts no new runs; those under way go on.</summary>
    public bool Suspend { get; init; }
    public JobTemplate JobTemplate { get; init => field = value ?? new(); } = new();
}

public sealed record JobTemplate
{
    public Metadata Metadata { get; init => field = value ?? new(); } = new();
}

public sealed record CronJobStatus
{
    public IReadOnlyList<ObjectReference>? Active { get; init; }
    public DateTimeOffset? LastScheduleTime { get; init; }
}

/// <summary>One run of a cron job.</summary>
public sealed record Job : KubernetesObject
{
    public JobStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record JobStatus
{
    public int Active { get; init; }
    public int Succeeded { get; init; }
    public int Failed { get; init; }
    public DateTimeOffset? StartTime { get; init; }
    public DateTimeOffset? CompletionTime { get; init; }

    /// <summary><c>Complete</c> or <c>Failed</c> once it is over.</summary>
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
