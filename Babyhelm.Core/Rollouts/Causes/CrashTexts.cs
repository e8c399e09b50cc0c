namespace Babyhelm.Core.Rollouts.Causes;

internal static class CrashTexts
{
    private const string WrongProcessor = "exec format error";
    private const string BuildAgain = "Build and push the image for the cluster's platform (for example linux/amd64) and deploy again.";

    public static Diagnosis OutOfMemory(ReleaseView view, Crash crash)
    {
        var limit = crash.Pod.Limit(crash.Container.Name, "memory");
        return new Diagnosis(
            DiagnosisCodes.OutOfMemory,
            "The container ran out of memory",
            limit is null
                ? "The container used more memory than it may and was ended."
                : $"The container used more than its memory limit of {limit} and was ended.",
            Evidence(view, crash, limit is null ? null : $"memory limit {limit}").Lines,
            "Raise the memory limit of the application, or make it use less (heap size, workers, cache), and deploy again.");
    }

    public static Diagnosis Crash(ReleaseView view, Crash crash)
    {
        var evidence = Evidence(view, crash, null).Lines;
        if (crash.NotStarted)
            return new Diagnosis(DiagnosisCodes.CrashLoop, "The container could not be started",
                "The machine could not run the container's command. " + StartHint(crash), evidence,
                Said(crash).Contains(WrongProcessor, StringComparison.OrdinalIgnoreCase) ? BuildAgain
                    : "Correct the command and its arguments, or leave them empty to use those of the image; then deploy again.");

        var killed = view.EventsOf(crash.Pod).LastOrDefault(e =>
            e.Reason is "Killing" or "Unhealthy" && e.Container == crash.Container.Name
            && (e.Message.Contains("iveness probe", StringComparison.Ordinal) || e.Message.Contains("tartup probe", StringComparison.Ordinal)));
        if (killed is not null && crash.Last?.ExitCode is null or 137 or 143 or 0)
            return new Diagnosis(DiagnosisCodes.CrashLoop, "The health check ended the container",
                "The container ran but did not pass its health check, so it was ended and started again." + ProbeHint(view, crash),
                evidence, "Check the health check's path and port. If the application is slow to start, let the check begin later; then deploy again.");

        if (evidence.Any(e => e.Contains(WrongProcessor, StringComparison.OrdinalIgnoreCase)))
            return new Diagnosis(DiagnosisCodes.CrashLoop, "The image was built for another processor type",
                "The program in the image cannot run on the cluster's machines: it was built for another kind of processor.",
                evidence, BuildAgain);

        var code = crash.Last?.ExitCode;
        if (code == 0)
            return new Diagnosis(DiagnosisCodes.CrashLoop,
                crash.Ends == 1 ? "The container ended by itself" : "The container ends by itself again and again",
                "The program finished without an error (exit code 0), but an application must keep running.",
                evidence, "Give a command that keeps running in the foreground, or make this a scheduled job instead.");

        var exit = code is null ? "" : $" with exit code {code}";
        return new Diagnosis(DiagnosisCodes.CrashLoop,
            crash.Ends == 1 ? $"The container ended{exit}" : $"The container keeps ending{exit}",
            $"The program in the container ended{exit}{Meaning(code)}, {Times(crash.Ends)} so far.",
            evidence,
            "Read its last log lines: the reason is usually there (a missing setting, a service that does not answer). Correct it and deploy again.");
    }

    public static Evidence Evidence(ReleaseView view, Crash crash, string? extra)
    {
        var name = crash.Container.Name;
        var last = crash.Last;
        var evidence = new Evidence();
        if (last is not null)
            evidence.Add($"{name}: exit code {last.ExitCode}{(last.Reason is { Length: > 0 } r ? $" ({r})" : "")}, ended {Times(crash.Ends)}");
        evidence.Add(extra);
        evidence.AddLog(last?.Message?.Split('\n'));
        evidence.AddLog(view.Info.LastLines?.GetValueOrDefault($"{crash.Pod.Metadata.Name}/{name}"));
        evidence.Add(crash.Container.State.Waiting?.Message);
        return evidence.AddRange(view.EventsOf(crash.Pod)
            .Where(e => e.Container == name && (e.Warning || e.Reason == "Killing"))
            .OrderByDescending(e => e.Last).Take(3).Select(e => e.Message));
    }

    private static string StartHint(Crash crash)
    {
        var said = Said(crash);
        if (said.Contains("no such file or directory", StringComparison.Ordinal) || said.Contains("executable file not found", StringComparison.Ordinal))
            return "The program does not exist in the image.";
        if (said.Contains("permission denied", StringComparison.Ordinal)) return "The file is not executable.";
        if (said.Contains(WrongProcessor, StringComparison.OrdinalIgnoreCase)) return "The program was built for another processor type.";
        return "The evidence holds what it said.";
    }

    private static string Said(Crash crash) => crash.Last?.Message ?? crash.Container.State.Waiting?.Message ?? "";

    /// <summary>How the check failed, where the kubelet said so.</summary>
    private static string ProbeHint(ReleaseView view, Crash crash) =>
        view.EventsOf(crash.Pod).LastOrDefault(e => e.Reason == "Unhealthy" && e.Container == crash.Container.Name) is { } failed
        && ReadinessCause.Explain(failed.Message) is { } why ? $" {why.Cause}" : "";

    public static string Meaning(int? code) => code switch
    {
        126 => " (the command cannot be executed)",
        127 => " (the command was not found)",
        134 => " (the program aborted)",
        137 => " (it was killed)",
        139 => " (memory access fault)",
        143 => " (it was asked to stop)",
        _ => "",
    };

    private static string Times(int n) => n == 1 ? "once" : n == 2 ? "twice" : $"{n} times";
}
