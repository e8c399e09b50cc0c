using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts.Causes;

namespace Babyhelm.Core.Rollouts;

public enum AppRunState { Running, Succeeded, Failed }

/// <summary>One run of an application that runs by schedule.</summary>
/// <param name="Name">Of its job on the cluster.</param>
/// <param name="Manual">Somebody started it, not the schedule.</param>
/// <param name="Release">The release that it ran; 0 where it does not say.</param>
/// <param name="Problem">What the cluster says of a failed one; null for others.</param>
public sealed record AppRun(string Name, bool Manual, int Release, AppRunState State, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, string? Problem)
{
    /// <summary>Newest first.</summary>
    public static IReadOnlyList<AppRun> Of(AppObjects objects) =>
        [.. objects.Jobs.Select(job => Of(job)).OrderByDescending(r => r.StartedAt ?? DateTimeOffset.MaxValue).ThenBy(r => r.Name, StringComparer.Ordinal)];

    internal static AppRun Of(Job job)
    {
        var end = JobCause.End(job);
        var state = end is null ? AppRunState.Running : end.Type == "Failed" ? AppRunState.Failed : AppRunState.Succeeded;
        return new AppRun(
            job.Metadata.Name, job.Metadata.Label(Labels.Run) == Labels.ManualRun, ReleaseView.ReleaseOf(job.Metadata), state,
            job.Status.StartTime ?? job.Metadata.CreationTimestamp, end is null ? null : job.Status.CompletionTime ?? end.LastTransitionTime,
            state == AppRunState.Failed ? end!.Message : null);
    }
}
