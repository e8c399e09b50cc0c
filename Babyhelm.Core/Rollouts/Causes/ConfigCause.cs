using System.Text.RegularExpressions;

namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>A secret, a config map or one of its keys that a container needs is not there.</summary>
internal static partial class ConfigCause
{
    public static IEnumerable<Finding> Find(ReleaseView view)
    {
        foreach (var pod in view.Pods)
        {
            var statuses = pod.Statuses().ToList();
            var waiting = statuses.Select(c => c.State.Waiting).FirstOrDefault(w => w?.Reason == "CreateContainerConfigError");
            // Steps before the others may have run; a container that waits for its settings has not.
            if (waiting is null && statuses.Any(c => c.State.Running is not null || c.State.Terminated is not null || c.RestartCount > 0)) continue;

            var events = view.EventsOf(pod).Where(e => e.Reason is "Failed" or "FailedMount" && IsConfig(e.Message)).OrderByDescending(e => e.Last).ToList();
            if (waiting is null && events.Count == 0) continue;

            var message = waiting?.Message ?? events[0].Message;
            var since = events.Select(e => e.First).DefaultIfEmpty(pod.Began()).Min();
            var evidence = new Evidence().Add(message).AddRange(events.Select(e => e.Message)).Lines;
            return [new Finding(Text(message, evidence), since, since, since + Finding.Grace)];
        }
        return [];
    }

    internal static bool IsConfig(string message) => Missing().IsMatch(message) || MissingKey().IsMatch(message) || RunAsRoot(message);

    private static bool RunAsRoot(string message) => message.Contains("runAsNonRoot", StringComparison.Ordinal);

    private static Diagnosis Text(string message, IReadOnlyList<string> evidence)
    {
        if (RunAsRoot(message))
            return new Diagnosis(DiagnosisCodes.PodSecurity, "The image runs as root, which is not allowed here",
                "The project's security rules forbid containers that run as the root user, and the image does not name another user.",
                evidence, "Set a numeric USER in the image's Dockerfile and deploy again, or ask a platform admin to relax the project's security level.");

        const string next = "Deploy again: Babyhelm creates what the application's settings name. If it is missing again, check the names of its variables and secrets.";
        if (MissingKey().Match(message) is { Success: true } key)
            return new Diagnosis(DiagnosisCodes.ConfigMissing, "A setting that the container needs is missing",
                $"The {Kind(key)} \"{key.Groups["name"].Value}\" has no entry \"{key.Groups["key"].Value}\".", evidence, next);
        if (Missing().Match(message) is { Success: true } whole)
            return new Diagnosis(DiagnosisCodes.ConfigMissing, $"A {Kind(whole)} that the container needs is missing",
                $"The {Kind(whole)} \"{whole.Groups["name"].Value}\" does not exist in the project.", evidence, next);
        return new Diagnosis(DiagnosisCodes.ConfigMissing, "The container's settings cannot be used",
            "The machine could not prepare the container from the application's settings.", evidence,
            "Check the variables, secrets and volumes of the application and deploy again.");
    }

    private static string Kind(Match m) =>
        m.Groups["kind"].Value.StartsWith("secret", StringComparison.OrdinalIgnoreCase) ? "secret" : "config map";

    [GeneratedRegex("""(?<kind>secret|configmap)s? "(?<name>[^"]+)" not found""", RegexOptions.IgnoreCase)]
    private static partial Regex Missing();

    [GeneratedRegex("""couldn't find key (?<key>\S+) in (?<kind>Secret|ConfigMap) (?:[^\s/]+/)?(?<name>[^\s,]+)|references non-existent (?<kind>secret|config) key: (?<key>\S+)(?<name>)""", RegexOptions.IgnoreCase)]
    private static partial Regex MissingKey();
}
