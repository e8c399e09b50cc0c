namespace Babyhelm.Core.Rollouts;

/// <summary>State of a release, as in the database and in the REST contract (camelCase).</summary>
public enum ReleaseState { Pending, Applying, RollingOut, Live, Failed, Superseded, Cancelled, Stopped }

public static class ReleaseStates
{
    /// <summary>True once the rollout has ended, well or not; nothing on the cluster changes the state after that.</summary>
    public static bool IsFinal(this ReleaseState state) =>
        state is not (ReleaseState.Pending or ReleaseState.Applying or ReleaseState.RollingOut);
}

/// <summary>What a person sees of a rollout at one moment. Immutable, compared by content; a new one replaces it.</summary>
/// <param name="Step">One short phrase of the current step, for example <c>ready 1 of 2</c>.</param>
/// <param name="Pods">Pods of this release first, then those of others, each oldest first.</param>
/// <param name="Diagnosis">Null while nothing is wrong. With a state that is not failed it is a warning.</param>
public sealed record RolloutState(
    int Release,
    ReleaseState State,
    string Step,
    ReplicaCounts Replicas,
    IReadOnlyList<PodState> Pods,
    Diagnosis? Diagnosis,
    DateTimeOffset StartedAt,
    DateTimeOffset? FinishedAt)
{
    /// <summary>The current step for programs: one of <see cref="StepIds"/>.</summary>
    public string StepId { get; init; } = StepIds.Queued;

    /// <summary>When the cluster, which did not take the release, is asked again; null while it is asked, and for every other state.</summary>
    public DateTimeOffset? NextTryAt { get; init; }

    /// <summary>0 to 100; 100 only when live or stopped. It does not fall during a healthy rollout.</summary>
    public int Progress { get; init; }

    /// <summary>Every step in order, from queued to live; waiting steps only while they matter.</summary>
    public IReadOnlyList<RolloutStep> Steps { get; init; } = [];

    public bool Equals(RolloutState? other) =>
        other is not null && Release == other.Release && State == other.State && Step == other.Step
        && StepId == other.StepId && NextTryAt == other.NextTryAt && Progress == other.Progress && Replicas == other.Replicas
        && StartedAt == other.StartedAt && FinishedAt == other.FinishedAt
        && Equals(Diagnosis, other.Diagnosis) && Pods.SequenceEqual(other.Pods) && Steps.SequenceEqual(other.Steps);

    public override int GetHashCode() => HashCode.Combine(Release, State, Step, Progress, Replicas, Pods.Count);
}

/// <param name="Wanted">Pods asked for; the autoscaler's current wish where it decides.</param>
/// <param name="Updated">Pods of this release, ready or not.</param>
public sealed record ReplicaCounts(int Wanted, int Updated, int Ready, int Available);

/// <param name="Phase">Pod phase in the cluster's words, or <c>Terminating</c>.</param>
/// <param name="Reason">The container's waiting or terminated reason, for example <c>ImagePullBackOff</c>; null when well.</param>
/// <param name="Since">When the pod came into this phase, as far as the cluster says.</param>
/// <param name="Release">Number of the release the pod belongs to; 0 where its label is missing.</param>
public sealed record PodState(
    string Name, int Release, string Phase, bool Ready, int Restarts, string? Reason, DateTimeOffset Since);

public enum StepStatus { Done, Current, Todo, Failed }

/// <param name="Id">One of <see cref="StepIds"/>.</param>
/// <param name="Since">When the step began, by the cluster's or the database's clock; null when not known or not begun.</param>
public sealed record RolloutStep(string Id, string Label, StepStatus Status, DateTimeOffset? Since);

/// <summary>Stable names of the steps of a rollout, in their order.</summary>
public static class StepIds
{
    public const string Queued = "queued";
    public const string Applying = "applying";

    /// <summary>Waiting step: pods cannot be created or have no node yet.</summary>
    public const string Scheduling = "scheduling";
    public const string Pulling = "pulling";
    public const string Starting = "starting";
    public const string Ready = "ready";

    /// <summary>Waiting step: every new pod is ready, old ones still have to end.</summary>
    public const string EndingOld = "ending-old";

    /// <summary>Waiting step: all is ready, but not for long enough to be believed.</summary>
    public const string Settling = "settling";

    /// <summary>Waiting step: someone paused the deployment on the cluster.</summary>
    public const string Paused = "paused";
    public const string Live = "live";
}

/// <summary>Why a rollout does not get on, in plain words. Compared by content.</summary>
/// <param name="Code">One of <see cref="DiagnosisCodes"/>.</param>
/// <param name="Evidence">What the cluster said, most telling first: event messages, exit codes, last log lines.</param>
public sealed record Diagnosis(string Code, string Title, string Cause, IReadOnlyList<string> Evidence, string NextStep)
{
    public bool Equals(Diagnosis? other) =>
        other is not null && Code == other.Code && Title == other.Title && Cause == other.Cause
        && NextStep == other.NextStep && Evidence.SequenceEqual(other.Evidence);

    public override int GetHashCode() => HashCode.Combine(Code, Title, Cause, Evidence.Count);
}

public static class DiagnosisCodes
{
    public const string ImageNotFound = "image-not-found";
    public const string ImageUnauthorized = "image-unauthorized";
    public const string ImageInvalid = "image-invalid";
    public const string CrashLoop = "crash-loop";
    public const string OutOfMemory = "out-of-memory";
    public const string ConfigMissing = "config-missing";
    public const string NotReady = "not-ready";
    public const string Unschedulable = "unschedulable";
    public const string QuotaExceeded = "quota-exceeded";
    public const string PodSecurity = "pod-security";
    public const string VolumePending = "volume-pending";
    public const string IngressPending = "ingress-pending";
    public const string ClusterUnreachable = "cluster-unreachable";
    public const string Deadline = "deadline";

    /// <summary>The API server did not accept a manifest.</summary>
    public const string Rejected = "rejected";
}
