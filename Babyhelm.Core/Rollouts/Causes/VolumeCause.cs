using System.Text.RegularExpressions;

namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>Storage that a pod needs is not there yet.</summary>
internal static partial class VolumeCause
{
    /// <summary>A fresh volume takes some seconds to be made; that is no trouble.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(10);

    public static IEnumerable<Finding> Find(ReleaseView view)
    {
        foreach (var pod in view.Pods)
        {
            var (message, since) = ReleaseView.IsScheduled(pod) ? Mounting(view, pod) : ScheduleCause.Refusal(view, pod);
            if (message is null || (!ReleaseView.IsScheduled(pod) && !IsVolume(message))) continue;
            var diagnosis = new Diagnosis(DiagnosisCodes.VolumePending, "A volume is not available yet", Cause(message),
                new Evidence().Add(message).Lines,
                "New storage can take a minute. If it stays like this, check the volume's size, or ask a platform admin whether the cluster has storage to give.");
            return [new Finding(diagnosis, since, since + Usual, null)];
        }
        return [];
    }

    internal static bool IsVolume(string message) => Volume().IsMatch(message);

    private static string Cause(string message) => Claim().Match(message) is { Success: true } claim
        ? $"The volume \"{claim.Groups["name"].Value}\" that the application uses does not exist in the project."
        : message.Contains("unbound", StringComparison.Ordinal)
            ? "The cluster has not provided the storage that the application asks for."
            : "The storage that the application uses cannot be attached to the machine.";

    private static (string? Message, DateTimeOffset Since) Mounting(ReleaseView view, Kubernetes.Resources.Pod pod)
    {
        if (pod.Statuses().Any(c => c.State is { Running: not null } or { Terminated: not null } || c.RestartCount > 0)) return (null, default);
        var events = view.EventsOf(pod).Where(e => e.Reason is "FailedMount" or "FailedAttachVolume" or "FailedMapVolume" && !ConfigCause.IsConfig(e.Message)).ToList();
        return events.Count == 0 ? (null, default) : (events.MaxBy(e => e.Last)!.Message, events.Min(e => e.First));
    }

    [GeneratedRegex("unbound immediate PersistentVolumeClaims|persistentvolumeclaim|volume node affinity conflict|no available volume zone|available persistent volumes to bind|volume limit|max volume count", RegexOptions.IgnoreCase)]
    private static partial Regex Volume();

    [GeneratedRegex("""persistentvolumeclaim "(?<name>[^"]+)" not found""", RegexOptions.IgnoreCase)]
    private static partial Regex Claim();
}
