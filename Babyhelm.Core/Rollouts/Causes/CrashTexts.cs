namespace Babyhelm.Core.Rollouts.Causes;

internal static class CrashTexts
{
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
                "The machine could not run the container's command. " + StartHint(crash),
                evidence, "Correct the command and its arguments, or leave them empty to use those of the image; then deploy again.");

        var killed = view.EventsOf(crash.Pod).LastOrDefault(e =>
            e.Reason is "Killing" or "Unhealthy" && e.Container == crash.Container.Name
            && (e.Message.Contains("iveness probe", StringComparison.Ordinal) || e.Message.Contains("tartup probe", StringComparison.Ordinal)));
        if (killed is not null && crash.Last?.ExitCode is null or 137 or 143 or 0)
            return new Diagnosis(DiagnosisCodes.CrashLoop, "The health check ended the container",
                "The container ran but did not pass its health check, so it was ended and started again.",
                evidence, "Check the health check's path and port. If the application is slow to start, let the check begin later; then deploy again.");

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

    private static Evidence Evidence(ReleaseView view, Crash crash, string? extra)
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
        var said = crash.Last?.Message ?? crash.Container.State.Waiting?.Message ?? "";
        if (said.Contains("no such file or directory", StringComparison.Ordinal) || said.Contains("executable file not found", StringComparison.Ordinal))
            return "The program does not exist in the image.";
        if (said.Contains("permission denied", StringComparison.Ordinal)) return "The file is not executable.";
        if (said.Contains("exec format error", StringComparison.Ordinal)) return "The program was built for another processor type.";
        return "The evidence holds what it said.";
    }

    private static string Meaning(int? code) => code switch
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
