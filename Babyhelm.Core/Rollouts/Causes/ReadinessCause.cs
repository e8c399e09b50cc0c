using System.Text.RegularExpressions;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>The container runs but is never ready.</summary>
internal static partial class ReadinessCause
{
    /// <summary>Applications take some seconds to start; failed checks before that mean nothing.</summary>
    internal static readonly TimeSpan UsualStart = TimeSpan.FromSeconds(10);

    /// <summary>Migrations and downloads before the start take longer than a start.</summary>
    internal static readonly TimeSpan UsualPreparation = TimeSpan.FromSeconds(30);

    public static IEnumerable<Finding> Find(ReleaseView view)
    {
        if (Preparing(view) is { } preparing) return [preparing];
        return Unready(view);
    }

    private static IEnumerable<Finding> Unready(ReleaseView view)
    {
        var found = view.Pods.Where(p => !ReleaseView.IsReady(p))
            .SelectMany(p => (p.Status.ContainerStatuses ?? []).Where(c => !c.Ready && c.State.Running is not null).Select(c => (Pod: p, Container: c)))
            .OrderBy(x => Started(x.Pod, x.Container)).ThenBy(x => x.Pod.Metadata.Name, StringComparer.Ordinal).Take(1);
        foreach (var (pod, container) in found)
        {
            var since = Started(pod, container);
            var probes = view.EventsOf(pod).Where(e => e.Reason is "Unhealthy" or "ProbeWarning" && e.Container == container.Name)
                .OrderByDescending(e => e.Last).Select(e => e.Message).ToList();
            var (cause, next) = Explain(probes.FirstOrDefault() ?? "") ?? (
                "The container has run for a while and has not reported ready.",
                "See in the logs what it waits for. Applications that start slowly are ready later by themselves.");
            var lines = view.Info.LastLines?.GetValueOrDefault($"{pod.Metadata.Name}/{container.Name}");
            yield return new Finding(
                new Diagnosis(DiagnosisCodes.NotReady, "The application runs but is not ready", cause,
                    new Evidence().AddRange(probes.Take(3)).AddLog(lines).Lines, next),
                since, since + UsualStart, null);
        }
    }

    /// <summary>A container that runs before the others and does not end; one that keeps running beside them is ready or started.</summary>
    private static Finding? Preparing(ReleaseView view)
    {
        var stuck = view.Pods
            .SelectMany(p => (p.Status.InitContainerStatuses ?? []).Where(c => c is { Ready: false, Started: not true, State.Running: not null }).Select(c => (Pod: p, Container: c)))
            .OrderBy(x => Started(x.Pod, x.Container)).ThenBy(x => x.Pod.Metadata.Name, StringComparer.Ordinal).FirstOrDefault();
        if (stuck.Pod is null) return null;
        var since = Started(stuck.Pod, stuck.Container);
        return new Finding(
            new Diagnosis(DiagnosisCodes.NotReady, "A preparing step has not ended",
                $"The container \"{stuck.Container.Name}\" runs before the application and has to end first.",
                new Evidence().Add($"{stuck.Container.Name}: running").AddRange(view.EventsOf(stuck.Pod).Where(e => e.Warning && e.Container == stuck.Container.Name).Select(e => e.Message)).Lines,
                "See in its logs what it waits for. Steps that take long end later by themselves."),
            since, since + UsualPreparation, null);
    }

    private static DateTimeOffset Started(Pod pod, ContainerStatus c) => c.State.Running?.StartedAt ?? pod.Began();

    /// <summary>What a failed check means, or null where its wording is not known.</summary>
    internal static (string Cause, string NextStep)? Explain(string probe)
    {
        const string Again = "and deploy again.";
        var port = Port().Match(probe) is { Success: true } p ? $"port {p.Groups["port"].Value}" : "its port";
        if (probe.Contains("connection refused", StringComparison.Ordinal))
            return ($"Nothing listens on {port} in the container.",
                $"Let the application listen on 0.0.0.0 (not only on localhost) and on {port}, or correct the port in the application's settings, {Again}");
        if (Status().Match(probe) is { Success: true } s)
            return ($"The health check gets the answer {s.Groups["code"].Value}.",
                $"Choose a health check path that answers with 200 when the application is well, {Again}");
        if (probe.Contains("deadline exceeded", StringComparison.Ordinal) || probe.Contains("timeout", StringComparison.OrdinalIgnoreCase))
            return ("The health check gets no answer in time.",
                $"See in the logs what keeps the application busy; choose a health check path that answers quickly, {Again}");
        if (probe.Contains("EOF", StringComparison.Ordinal) || probe.Contains("malformed HTTP", StringComparison.Ordinal))
            return ($"What listens on {port} does not answer HTTP.", $"Correct the port or the kind of the health check {Again}");
        return null;
    }

    [GeneratedRegex("""\]?:(?<port>\d{1,5})(/|: connect|")""")]
    private static partial Regex Port();

    [GeneratedRegex(@"statuscode: (?<code>\d{3})")]
    private static partial Regex Status();
}
