using System.Text.RegularExpressions;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>The cluster refuses to create pods: quota, limits, security rules.</summary>
internal static partial class CreateCause
{
    public static IEnumerable<Finding> Find(ReleaseView view)
    {
        foreach (var maker in Makers(view))
        {
            var events = view.EventsOf(maker).Where(e => e.Reason == "FailedCreate").OrderByDescending(e => e.Last).ToList();
            var condition = (maker as ReplicaSet)?.Status.Conditions?.FirstOrDefault(c => c is { Type: "ReplicaFailure", Status: "True" });
            var message = events.Select(e => e.Message).FirstOrDefault() ?? condition?.Message;
            if (message is null) continue;

            var since = events.Select(e => (DateTimeOffset?)e.First).Append(condition?.LastTransitionTime).Min() ?? view.Now;
            var evidence = new Evidence().Add(Short(message)).AddRange(events.Select(e => Short(e.Message))).Lines;
            if (Text(message, evidence) is { } diagnosis) return [new Finding(diagnosis, since, since, since + Finding.Grace)];
        }
        return [];
    }

    /// <summary>
    /// What should have made pods, or runs, and has not: what was refused once and exists now is no trouble any more,
    /// whatever old events say.
    /// </summary>
    private static IEnumerable<KubernetesObject> Makers(ReleaseView view)
    {
        if (!view.Info.Cron) return view.ReplicaSets.Where(s => (s.Spec.Replicas ?? 1) > s.Status.Replicas);
        var runs = view.Jobs.Where(j => JobCause.End(j) is null && j.Status is { Active: 0, Succeeded: 0, Failed: 0 });
        return view.Objects.CronJob is { } cron && !MadeSince(view, cron) ? [.. runs, cron] : runs;
    }

    private static bool MadeSince(ReleaseView view, CronJob cron) =>
        view.EventsOf(cron).LastOrDefault(e => e.Reason is "FailedCreate" or "SuccessfulCreate") is not { Reason: "FailedCreate" };

    /// <summary>Null for a refusal of no known kind: it may be passing, and the deadline shows it if not.</summary>
    private static Diagnosis? Text(string message, IReadOnlyList<string> evidence)
    {
        if (Exceeded().Match(message) is { Success: true } quota)
            return new Diagnosis(DiagnosisCodes.QuotaExceeded, "The project's quota is used up",
                $"The quota \"{quota.Groups["name"].Value}\" does not allow more: {Shortage(quota)}.", evidence,
                "Ask for fewer instances or smaller requests, stop something else in the project, or ask a platform admin for a larger quota; then deploy again.");
        if (Says(message, "failed quota:") || Says(message, "must specify"))
            return new Diagnosis(DiagnosisCodes.QuotaExceeded, "The project's quota wants explicit requests and limits",
                "The project has a quota for a resource that the application does not state.", evidence,
                "Set CPU and memory requests and limits for the application and deploy again.");
        if (LimitRange().Match(message) is { Success: true } limit)
            return new Diagnosis(DiagnosisCodes.QuotaExceeded, "The application asks for more than one container may have",
                $"The project's rule: {limit.Value}.", evidence,
                "Change the application's CPU or memory to fit the rule, or ask a platform admin to change the rule; then deploy again.");
        if (Violates().Match(message) is { Success: true } policy)
            return new Diagnosis(DiagnosisCodes.PodSecurity, "The project's security rules refuse the application",
                $"The security level \"{policy.Groups["level"].Value}\" forbids: {Evidence.Clean(Hints().Replace(policy.Groups["what"].Value, ""))}.", evidence,
                "Use an image that runs without these rights, or ask a platform admin to relax the project's security level; then deploy again.");
        if (Says(message, "pod security policy") || Says(message, "PodSecurityPolicy") || Says(message, "admission webhook"))
            return new Diagnosis(DiagnosisCodes.PodSecurity, "A rule of the cluster refuses the application",
                "A policy that the cluster's admins set does not allow these pods.", evidence,
                "Read the rule in the evidence. Change the application to follow it, or ask a platform admin for an exception.");
        if (Says(message, "service account"))
            return new Diagnosis(DiagnosisCodes.ConfigMissing, "The project's service account is missing",
                "The identity that the application's pods run under does not exist in the project's namespace.", evidence,
                "Deploy again: Babyhelm sets the project up anew. If it stays missing, tell a platform admin.");
        return null;
    }

    private static bool Says(string message, string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);

    private static string Short(string message) =>
        PodName().Replace(Creating().Replace(message, ""), "pods are");

    [GeneratedRegex("^Error creating( job)?: ")]
    private static partial Regex Creating();

    private static string Shortage(Match quota)
    {
        var (wanted, used, limit) = (Quantities(quota, "requested"), Quantities(quota, "used"), Quantities(quota, "limited"));
        return string.Join("; ", wanted.Select(w =>
            $"{Resource(w.Key)}: {used.GetValueOrDefault(w.Key, "0")} of {limit.GetValueOrDefault(w.Key, "?")} used, {w.Value} more asked for"));
    }

    private static Dictionary<string, string> Quantities(Match quota, string group) =>
        quota.Groups[group].Value.Split(',', StringSplitOptions.TrimEntries).Select(p => p.Split('=', 2))
            .Where(p => p.Length == 2).DistinctBy(p => p[0]).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);

    private static string Resource(string name) => name switch
    {
        "requests.cpu" or "cpu" => "CPU requests",
        "requests.memory" or "memory" => "memory requests",
        "limits.cpu" => "CPU limits",
        "limits.memory" => "memory limits",
        "pods" or "count/pods" => "number of pods",
        _ => name,
    };

    [GeneratedRegex("""exceeded quota: (?<name>[^,]+), requested: (?<requested>\S+), used: (?<used>\S+), limited: (?<limited>\S+)""")]
    private static partial Regex Exceeded();

    [GeneratedRegex("""(maximum|minimum) \S+ usage per (Container|Pod) is [^,]+?, but (limit|request|no (limit|request))( is [^,\]]+| is specified)?|\S+ max limit to request ratio per (Container|Pod) is [^,]+, but provided ratio is [^,\]]+""")]
    private static partial Regex LimitRange();

    [GeneratedRegex("""violates PodSecurity "(?<level>[^":]+)[^"]*": (?<what>.+)$""")]
    private static partial Regex Violates();

    [GeneratedRegex("""\s*\((pod|container|volume)s? [^()]*\)""")]
    private static partial Regex Hints();

    [GeneratedRegex("""pods "[^"]*" is""")]
    private static partial Regex PodName();
}
