using System.Text.RegularExpressions;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>The machine is the trouble: it puts pods out, does not answer, or cannot prepare them.</summary>
internal static partial class MachineCause
{
    /// <summary>Networks of new pods fail for a moment now and then and are tried again.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(10);

    public static IEnumerable<Finding> Find(ReleaseView view) =>
        new[] { Evicted(view), Lost(view), Unprepared(view) }.OfType<Finding>().Take(1);

    /// <summary>Only while pods are missing: those that were put out stay as records long after others took their place.</summary>
    private static Finding? Evicted(ReleaseView view)
    {
        if (view.Ready >= view.Wanted) return null;
        var put = view.Objects.Pods.Where(p => p.Status is { Phase: "Failed", Reason: "Evicted" } && view.IsOwn(p))
            .Select(p => (Pod: p, Since: Since(view, p, "Evicted"))).OrderByDescending(p => p.Since).FirstOrDefault();
        if (put.Pod is null) return null;
        var message = put.Pod.Status.Message ?? view.EventsOf(put.Pod).LastOrDefault(e => e.Reason == "Evicted")?.Message ?? "";
        var evidence = new Evidence().Add(message).AddRange(view.EventsOf(put.Pod).Where(e => e.Reason == "Evicted").Select(e => e.Message)).Lines;
        return new Finding(Text(message, evidence), put.Since, put.Since, null);
    }

    private static Diagnosis Text(string message, IReadOnlyList<string> evidence)
    {
        if (OwnLimit().IsMatch(message))
            return new Diagnosis(DiagnosisCodes.Unschedulable, "The application wrote more to its disk than it may",
                "The machine put the application out because its files (logs and temporary data outside of volumes) grew past their limit.", evidence,
                "Write large files to a volume, clean up temporary ones, and deploy again.");
        var resource = LowOn().Match(message) is { Success: true } low ? low.Groups["what"].Value : null;
        return resource == "memory"
            ? new Diagnosis(DiagnosisCodes.OutOfMemory, "The machine ran out of memory",
                "The machine had too little memory for all that runs on it and put the application out.", evidence,
                "Raise the application's memory request to what it really uses, so that it gets a machine with room, and deploy again; or ask a platform admin for a larger cluster.")
            : new Diagnosis(DiagnosisCodes.Unschedulable, "The machine put the application out",
                resource is null ? "The machine was short of a resource and ended the application." : $"The machine was short of {Name(resource)} and ended the application.", evidence,
                "It starts again by itself where there is room. If this repeats, ask a platform admin to look at the cluster's machines.");
    }

    /// <summary>The node controller says it of each pod on a node that it does not hear of any more.</summary>
    private static Finding? Lost(ReleaseView view)
    {
        foreach (var pod in view.Pods.Where(p => !ReleaseView.IsReady(p)))
        {
            var told = view.EventsOf(pod).Where(e => e.Reason is "NodeNotReady" or "TaintManagerEviction").OrderByDescending(e => e.Last).ToList();
            var lost = pod.Status.Reason is "NodeLost" || told.Any(e => e.Reason == "NodeNotReady" && e.Last >= Unready(pod));
            if (!lost) continue;
            var since = told.Select(e => e.First).DefaultIfEmpty(Unready(pod)).Min();
            return new Finding(
                new Diagnosis(DiagnosisCodes.NotReady, "The machine that runs the application does not answer",
                    $"The cluster hears nothing of the machine {pod.Spec.NodeName}. After some minutes the application is started on another one, if there is one.",
                    new Evidence().Add(pod.Status.Message).AddRange(told.Select(e => e.Message)).Add($"machine {pod.Spec.NodeName}").Lines,
                    "Ask a platform admin to look at this machine. The application goes on by itself."),
                since, since, null);
        }
        return null;
    }

    private static Finding? Unprepared(ReleaseView view)
    {
        foreach (var pod in view.Pods.Where(p => p.Statuses().All(c => c.State is { Running: null, Terminated: null } && c.RestartCount == 0)))
        {
            var told = view.EventsOf(pod).Where(e => e.Reason is "FailedCreatePodSandBox" or "NetworkNotReady").OrderByDescending(e => e.Last).ToList();
            if (told.Count == 0 || view.EventsOf(pod).Any(e => e.Reason is "Pulling" or "Pulled" && e.Last >= told[0].Last)) continue;
            var since = told.Min(e => e.First);
            return new Finding(
                new Diagnosis(DiagnosisCodes.NotReady, "The machine cannot prepare the application",
                    "The machine could not set up the application's network or runtime. It goes on trying.",
                    new Evidence().AddRange(told.Take(3).Select(e => e.Message)).Lines,
                    "Ask a platform admin to look at the machine's network and container runtime; the evidence holds what it said."),
                since, since + Usual, null);
        }
        return null;
    }

    private static DateTimeOffset Unready(Pod pod) => ReleaseView.Condition(pod, "Ready")?.LastTransitionTime ?? pod.Began();

    private static DateTimeOffset Since(ReleaseView view, Pod pod, string reason) =>
        view.EventsOf(pod).Where(e => e.Reason == reason).Select(e => (DateTimeOffset?)e.First).Min()
        ?? pod.Statuses().Select(c => c.State.Terminated?.FinishedAt).Max() ?? pod.Began();

    private static string Name(string resource) => resource switch
    {
        "ephemeral-storage" or "nodefs" or "imagefs" => "disk space",
        "inodes" or "nodefsInodes" or "imagefsInodes" => "places for files",
        "pids" => "processes",
        _ => resource,
    };

    [GeneratedRegex(@"low on resource: \[?(?<what>[\w-]+)")]
    private static partial Regex LowOn();

    [GeneratedRegex("exceed(s|ed) (its|the total) (local )?(ephemeral[- ]storage )?limit|usage exceeds the (total )?limit|ephemeral local storage usage exceeds", RegexOptions.IgnoreCase)]
    private static partial Regex OwnLimit();
}
