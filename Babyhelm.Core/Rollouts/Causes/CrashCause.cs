using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>A container that ended and has not proved itself since.</summary>
/// <param name="Ends">How often it ended, at least 1.</param>
internal sealed record Crash(Pod Pod, ContainerStatus Container, ContainerTerminated? Last, int Ends, DateTimeOffset EndedAt)
{
    public bool OutOfMemory => Last?.Reason == "OOMKilled" || Container.LastState.Terminated?.Reason == "OOMKilled";

    public bool Looping => Ends >= 2 || Container.State.Waiting?.Reason == "CrashLoopBackOff";

    /// <summary>It never ran: the node could not start the command.</summary>
    public bool NotStarted => Last?.Reason is "StartError" or "ContainerCannotRun"
        || Container.State.Waiting?.Reason is "RunContainerError" or "CreateContainerError";
}

/// <summary>Containers end: on their own, for want of memory, or because they cannot be started.</summary>
internal static class CrashCause
{
    /// <summary>A restarted container is believed once it has been ready for this long.</summary>
    public static readonly TimeSpan Recovery = TimeSpan.FromSeconds(10);

    public static IEnumerable<Finding> Find(ReleaseView view)
    {
        var worst = Crashes(view)
            .OrderBy(c => c.OutOfMemory ? 0 : 1).ThenByDescending(c => c.Ends)
            .ThenBy(c => c.Pod.Metadata.Name, StringComparer.Ordinal).FirstOrDefault();
        if (worst is null) return [];
        var diagnosis = worst.OutOfMemory ? CrashTexts.OutOfMemory(view, worst) : CrashTexts.Crash(view, worst);
        // A container that cannot be started makes no restarts while its creation fails: it has a grace instead.
        DateTimeOffset? failsAt = worst.Looping ? worst.EndedAt : worst.NotStarted ? worst.EndedAt + Finding.Grace : null;
        return
        [
            new Finding(diagnosis, worst.EndedAt, worst.EndedAt, failsAt)
            {
                ClearsAt = worst.Container.State.Running?.StartedAt + Recovery,
            },
        ];
    }

    public static IEnumerable<Crash> Crashes(ReleaseView view) =>
        view.Pods.SelectMany(p => p.Statuses().Select(c => Of(view, p, c))).OfType<Crash>();

    private static Crash? Of(ReleaseView view, Pod pod, ContainerStatus c)
    {
        var waiting = c.State.Waiting?.Reason;
        var last = c.State.Terminated ?? c.LastState.Terminated;
        if (last is null && waiting is not ("CrashLoopBackOff" or "RunContainerError" or "CreateContainerError")) return null;
        // An init container that did its work ends well.
        if (pod.IsInit(c.Name) && c.State.Terminated is { ExitCode: 0 }) return null;
        if (c.State.Running is { } running && c.Ready && (running.StartedAt ?? pod.Began()) + Recovery <= view.Now) return null;
        var ends = c.RestartCount + (c.State.Running is null && (c.State.Terminated is not null || waiting == "CrashLoopBackOff") ? 1 : 0);
        return new Crash(pod, c, last, Math.Max(1, ends), last?.FinishedAt ?? FirstFailure(view, pod, c));
    }

    private static DateTimeOffset FirstFailure(ReleaseView view, Pod pod, ContainerStatus c) =>
        view.EventsOf(pod).Where(e => e.Warning && e.Container == c.Name && e.Reason is "Failed" or "BackOff")
            .Select(e => e.First).DefaultIfEmpty(pod.Began()).Min();
}
