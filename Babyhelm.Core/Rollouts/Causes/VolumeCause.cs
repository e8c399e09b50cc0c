using System.Text.RegularExpressions;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>Storage that a pod needs is not there yet.</summary>
internal static partial class VolumeCause
{
    private const string Title = "A volume is not available yet";
    private const string AskAdmin = "New storage can take a minute. If it stays like this, check the volume's size, or ask a platform admin whether the cluster has storage to give.";

    /// <summary>A fresh volume takes some seconds to be made; that is no trouble.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(10);

    /// <summary>Claims tell more than pods, which only wait for them.</summary>
    public static IEnumerable<Finding> Find(ReleaseView view)
    {
        var waiting = view.Pods.Where(p => !Runs(p)).ToList();
        if (waiting.Count == 0) return [];
        foreach (var claim in view.Objects.Claims.Where(view.IsOwn))
            if (OfClaim(view, claim, waiting) is { } found) return [found];
        return waiting.Select(p => OfPod(view, p)).OfType<Finding>().Take(1);
    }

    internal static bool IsVolume(string message) => Volume().IsMatch(message);

    private static Finding? OfClaim(ReleaseView view, PersistentVolumeClaim claim, List<Pod> waiting)
    {
        var name = claim.Metadata.Name;
        if (claim.Status.Phase == "Lost")
            return Make(view, claim, [], claim.Metadata.CreationTimestamp ?? view.Now, TimeSpan.Zero, "The volume's data is gone",
                $"The storage behind the volume \"{name}\" no longer exists.", "Ask a platform admin whether it can be restored. Otherwise give the application a new volume and deploy again.");
        if (claim.Status.Phase is not ("Pending" or "")) return null;
        var told = view.EventsOf(claim).Where(e => e.Reason is "ProvisioningFailed" or "FailedBinding" or "ExternalProvisioning").OrderByDescending(e => e.Last).ToList();
        if (told.Count == 0) return null;
        // Of a claim that waits for its pod, the pod's own trouble comes first.
        if (!waiting.Any(p => !ReleaseView.IsScheduled(p)) && waiting.Count > 0 && told[0].Reason != "ProvisioningFailed") return null;
        var (message, since) = (told[0].Message, told.Min(e => e.First));
        if (StorageClass().Match(message) is { Success: true } unknown)
            return Make(view, claim, told, since, TimeSpan.Zero, "The storage class does not exist",
                $"The volume \"{name}\" wants the storage class \"{unknown.Groups["name"].Value}\", which the cluster does not have.",
                "Ask a platform admin to choose a storage class in the cluster's settings that exists, then deploy again.");
        if (message.Contains("no storage class is set", StringComparison.Ordinal))
            return Make(view, claim, told, since, TimeSpan.Zero, "The cluster has no storage to give",
                $"The volume \"{name}\" names no storage class, and the cluster has neither a default one nor a free volume.",
                "Ask a platform admin to set a storage class in the cluster's settings, then deploy again. An application without volumes runs meanwhile.");
        if (Full().IsMatch(message))
            return Make(view, claim, told, since, TimeSpan.Zero, "The cluster's storage is used up",
                $"The storage system has no room for the volume \"{name}\"{Size(claim)}.",
                "Ask for a smaller volume and deploy again, remove volumes that nobody needs, or ask a platform admin for more storage.");
        if (told[0].Reason == "ExternalProvisioning")
            return Make(view, claim, told, since, Usual * 2, Title,
                $"The cluster waits for its storage system to make the volume \"{name}\", and nothing has come yet.", AskAdmin);
        return Make(view, claim, told, since, told[0].Reason == "ProvisioningFailed" ? TimeSpan.FromSeconds(1) : Usual, Title,
            $"The storage system could not make the volume \"{name}\"{Size(claim)}.", AskAdmin);
    }

    private static Finding Make(
        ReleaseView view, PersistentVolumeClaim claim, IReadOnlyList<AppEvent> told, DateTimeOffset since, TimeSpan usual, string title, string cause, string next)
    {
        var evidence = new Evidence().AddRange(told.Take(3).Select(e => e.Message))
            .Add($"volume {claim.Metadata.Name}: {(claim.Status.Phase.Length == 0 ? "Pending" : claim.Status.Phase)}{Size(claim)}")
            .AddRange(view.Pods.Select(p => ScheduleCause.Refusal(view, p).Message).Where(m => m is not null && IsVolume(m)).Take(1)).Lines;
        return new Finding(new Diagnosis(DiagnosisCodes.VolumePending, title, cause, evidence, next), since, since + usual, null);
    }

    private static Finding? OfPod(ReleaseView view, Pod pod)
    {
        var (message, since) = ReleaseView.IsScheduled(pod) ? Mounting(view, pod) : ScheduleCause.Refusal(view, pod);
        if (message is null || (!ReleaseView.IsScheduled(pod) && !IsVolume(message))) return null;
        return new Finding(new Diagnosis(DiagnosisCodes.VolumePending, Title, Cause(message), new Evidence().Add(message).Lines, AskAdmin), since, since + Usual, null);
    }

    private static string Cause(string message) => Claim().Match(message) is { Success: true } claim
        ? $"The volume \"{claim.Groups["name"].Value}\" that the application uses does not exist in the project."
        : message.Contains("unbound", StringComparison.Ordinal)
            ? "The cluster has not provided the storage that the application asks for."
            : "The storage that the application uses cannot be attached to the machine.";

    private static (string? Message, DateTimeOffset Since) Mounting(ReleaseView view, Pod pod)
    {
        var events = view.EventsOf(pod).Where(e => e.Reason is "FailedMount" or "FailedAttachVolume" or "FailedMapVolume" && !ConfigCause.IsConfig(e.Message)).ToList();
        return events.Count == 0 ? (null, default) : (events.MaxBy(e => e.Last)!.Message, events.Min(e => e.First));
    }

    private static bool Runs(Pod pod) => pod.Statuses().Any(c => c.State is { Running: not null } or { Terminated: not null } || c.RestartCount > 0);

    private static string Size(PersistentVolumeClaim claim) =>
        claim.Spec.Resources?.Requests?.GetValueOrDefault("storage") is { } size ? $" ({size}{Class(claim)})" : "";

    private static string Class(PersistentVolumeClaim claim) => claim.Spec.StorageClassName is { Length: > 0 } name ? $", class {name}" : "";

    [GeneratedRegex("unbound immediate PersistentVolumeClaims|persistentvolumeclaim|volume node affinity conflict|no available volume zone|available persistent volumes to bind|volume limit|max volume count", RegexOptions.IgnoreCase)]
    private static partial Regex Volume();

    [GeneratedRegex("""persistentvolumeclaim "(?<name>[^"]+)" not found""", RegexOptions.IgnoreCase)]
    private static partial Regex Claim();

    [GeneratedRegex("""storageclass(es)?(\.storage\.k8s\.io)? "(?<name>[^"]+)" not found""", RegexOptions.IgnoreCase)]
    private static partial Regex StorageClass();

    [GeneratedRegex("quota|ResourceExhausted|no space|not enough (free )?(space|storage)|insufficient|out of (space|capacity)", RegexOptions.IgnoreCase)]
    private static partial Regex Full();
}
