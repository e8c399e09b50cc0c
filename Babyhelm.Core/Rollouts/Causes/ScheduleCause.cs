using System.Text.RegularExpressions;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>No machine of the cluster takes the pod.</summary>
internal static partial class ScheduleCause
{
    public static IEnumerable<Finding> Find(ReleaseView view)
    {
        foreach (var pod in view.Pods)
        {
            if (ReleaseView.IsScheduled(pod)) continue;
            var (message, since) = Refusal(view, pod);
            if (message is null || VolumeCause.IsVolume(message)) continue;
            var diagnosis = new Diagnosis(DiagnosisCodes.Unschedulable, "No machine has room for the application", Cause(message, pod),
                new Evidence().Add(message).Lines, NextStep(message));
            return [new Finding(diagnosis, since, since, null)];
        }
        return [];
    }

    /// <summary>What the scheduler said of a pod without a node, and since when; null when it said nothing.</summary>
    internal static (string? Message, DateTimeOffset Since) Refusal(ReleaseView view, Pod pod)
    {
        var condition = ReleaseView.Condition(pod, "PodScheduled") is { Status: "False", Reason: "Unschedulable" } c ? c : null;
        var events = view.EventsOf(pod).Where(e => e.Reason == "FailedScheduling").ToList();
        var since = events.Select(e => (DateTimeOffset?)e.First).Append(condition?.LastTransitionTime).Min() ?? pod.Began();
        return (condition?.Message ?? events.MaxBy(e => e.Last)?.Message, since);
    }

    private static string Cause(string message, Pod pod)
    {
        var missing = Insufficient().Matches(message).Select(m => m.Groups["what"].Value.TrimEnd('.', ',')).Distinct().ToList();
        if (missing.Count > 0)
            return $"Every machine is short of {string.Join(" and ", missing.Select(Name))}{Asked(pod, missing)}.";
        if (message.Contains("Too many pods", StringComparison.Ordinal)) return "Every machine already runs as many pods as it may.";
        if (message.Contains("taint", StringComparison.Ordinal)) return "The machines are kept for other work or are not well at the moment.";
        if (message.Contains("node selector", StringComparison.Ordinal) || message.Contains("affinity", StringComparison.Ordinal))
            return "No machine has the properties that the application asks for.";
        if (message.Contains("free ports", StringComparison.Ordinal)) return "The port that the application wants on the machine is taken.";
        return message.Contains("no nodes available", StringComparison.Ordinal) || message.StartsWith("0/0 nodes", StringComparison.Ordinal)
            ? "The cluster has no machine that takes work."
            : "The cluster has no machine that fits the application.";
    }

    private static string NextStep(string message) => message.Contains("Insufficient", StringComparison.Ordinal)
        ? "Ask for less CPU or memory, or for fewer instances, and deploy again; or ask a platform admin for a larger cluster. The rollout goes on by itself when room appears."
        : "Ask a platform admin to look at the cluster's machines. The rollout goes on by itself when one takes the application.";

    private static string Name(string resource) => resource switch { "cpu" => "CPU", _ => resource };

    private static string Asked(Pod pod, List<string> resources)
    {
        var asked = resources
            .SelectMany(r => (pod.Spec.Containers ?? []).Select(c => c.Request(r)).OfType<string>().Select(q => $"{q} {Name(r)}")).ToList();
        return asked.Count == 0 ? "" : $"; one instance asks for {string.Join(" and ", asked)}";
    }

    [GeneratedRegex(@"Insufficient (?<what>[\w./-]+)")]
    private static partial Regex Insufficient();
}
