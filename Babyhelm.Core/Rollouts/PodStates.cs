using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts;

/// <summary>Turns pods into the rows that a person sees.</summary>
internal static class PodStates
{
    /// <summary>This release's pods first, then newer releases before older ones; each oldest first.</summary>
    public static IReadOnlyList<PodState> Of(AppObjects objects, int release) =>
        [.. objects.Pods.Select(Of)
            .OrderBy(p => p.Release == release ? 0 : 1).ThenByDescending(p => p.Release)
            .ThenBy(p => p.Created).ThenBy(p => p.State.Name, StringComparer.Ordinal).Select(p => p.State)];

    private static (int Release, DateTimeOffset? Created, PodState State) Of(Pod pod)
    {
        var release = ReleaseView.ReleaseOf(pod.Metadata);
        var terminating = pod.Metadata.DeletionTimestamp is not null;
        var state = new PodState(
            pod.Metadata.Name,
            release,
            terminating ? "Terminating" : pod.Status.Phase is { Length: > 0 } phase ? phase : "Pending",
            !terminating && ReleaseView.IsReady(pod),
            pod.Status.ContainerStatuses?.Sum(c => c.RestartCount) ?? 0,
            Reason(pod),
            Since(pod));
        return (release, pod.Metadata.CreationTimestamp, state);
    }

    private static string? Reason(Pod pod)
    {
        if (pod.Status.Reason is { Length: > 0 } own) return own;
        foreach (var c in pod.Statuses())
        {
            if (c.State.Waiting?.Reason is { } waiting && waiting is not ("ContainerCreating" or "PodInitializing")) return waiting;
            if (c.State.Terminated is { } ended && !(pod.IsInit(c.Name) && ended.ExitCode == 0)) return ended.Reason ?? "Error";
            if (!c.Ready && c.State.Running is not null && c.LastState.Terminated?.Reason is { } last) return last;
        }
        return ReleaseView.Condition(pod, "PodScheduled") is { Status: "False", Reason: { } reason } ? reason : null;
    }

    private static DateTimeOffset Since(Pod pod)
    {
        if (pod.Metadata.DeletionTimestamp is { } deleted) return deleted;
        if (pod.Status.Phase != "Running") return pod.Metadata.CreationTimestamp ?? pod.Began();
        var started = pod.Status.ContainerStatuses?.Select(c => c.State.Running?.StartedAt).Max();
        return started ?? pod.Began();
    }
}
