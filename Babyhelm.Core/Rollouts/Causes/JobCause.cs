using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>The last run of an application that runs by schedule has failed.</summary>
internal static class JobCause
{
    public static IEnumerable<Finding> Find(ReleaseView view)
    {
        if (LastFailed(view) is not { } job) return [];
        var failure = End(job)!;
        var since = failure.LastTransitionTime ?? job.Metadata.CreationTimestamp ?? view.Now;
        return [new Finding(Text(view, job, failure), since, since, null) { IsAside = true }];
    }

    /// <summary>The run that ended last, if it failed: one that succeeds makes up for those before.</summary>
    public static Job? LastFailed(ReleaseView view) => view.Jobs
        .Where(j => End(j) is not null)
        .MaxBy(j => (End(j)!.LastTransitionTime ?? DateTimeOffset.MinValue, j.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue, j.Metadata.Name)) is { } last
        && End(last)!.Type == "Failed" ? last : null;

    /// <summary>How the run ended, or null while it is under way.</summary>
    public static Condition? End(Job job) => job.Status.Conditions?.FirstOrDefault(c => c is { Type: "Complete" or "Failed", Status: "True" });

    /// <summary>Containers of the last run that failed, newest end first.</summary>
    public static IEnumerable<Crash> Crashes(ReleaseView view)
    {
        if (LastFailed(view) is not { } job) return [];
        return view.Objects.Pods
            .Where(p => p.Metadata.OwnerReferences?.Any(o => o.Kind == nameof(Job) && o.Name == job.Metadata.Name) == true)
            .SelectMany(p => p.Statuses().Select(c => (Pod: p, Container: c, Last: c.State.Terminated ?? c.LastState.Terminated)))
            .Where(c => c.Last is { ExitCode: not 0 })
            .Select(c => new Crash(c.Pod, c.Container, c.Last, c.Container.RestartCount + 1, c.Last!.FinishedAt ?? c.Pod.Began()))
            .OrderByDescending(c => c.EndedAt).ThenBy(c => c.Pod.Metadata.Name, StringComparer.Ordinal);
    }

    private static Diagnosis Text(ReleaseView view, Job job, Condition failure)
    {
        const string Again = "The next run begins on schedule.";
        var crash = Crashes(view).OrderBy(c => c.OutOfMemory ? 0 : 1).FirstOrDefault();
        var evidence = (crash is null ? new Evidence() : CrashTexts.Evidence(view, crash, null))
            .Add(failure.Message).AddRange(view.EventsOf(job).Where(e => e.Warning).OrderByDescending(e => e.Last).Select(e => e.Message)).Lines;
        var began = job.Status.StartTime is { } start ? $" that began at {start.UtcDateTime:HH:mm:ss} UTC" : "";
        if (failure.Reason == "DeadlineExceeded")
            return new Diagnosis(DiagnosisCodes.Deadline, "The last run took too long",
                $"The run{began} did not end in the time it has and was stopped. {Again}", evidence,
                "See in its logs what it waits for or where its time goes; give it less to do at a time, or more CPU, and deploy again.");
        if (crash is { OutOfMemory: true })
            return new Diagnosis(DiagnosisCodes.OutOfMemory, "The last run ran out of memory",
                $"The run{began} used more memory than its limit{Limit(crash)} and was ended. {Again}", evidence,
                "Raise the memory limit of the application, or make it use less, and deploy again.");
        if (crash?.Last is { } last)
            return new Diagnosis(DiagnosisCodes.CrashLoop, $"The last run failed with exit code {last.ExitCode}",
                $"The program of the run{began} ended with exit code {last.ExitCode}{CrashTexts.Meaning(last.ExitCode)}. {Again}", evidence,
                "Read its last log lines: the reason is usually there. Correct it and deploy again, or leave it if the next run can succeed.");
        return new Diagnosis(DiagnosisCodes.CrashLoop, "The last run failed",
            $"The run{began} failed, and its pods are gone. {Again}", evidence,
            "Look at the events. If the next run fails too, its logs tell more.");
    }

    private static string Limit(Crash crash) => crash.Pod.Limit(crash.Container.Name, "memory") is { } limit ? $" of {limit}" : "";
}
