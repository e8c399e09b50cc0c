using Babyhelm.Core.Rollouts.Causes;

namespace Babyhelm.Core.Rollouts;

/// <summary>
/// Says why a release does not get on, from what the cluster shows now. Pure: the same objects and time give the same
/// answer, whatever came before. Looks at the pods of the given release only.
/// </summary>
public static class Diagnoser
{
    /// <summary>In order of precedence: a cause before its consequences.</summary>
    private static readonly Func<ReleaseView, IEnumerable<Finding>>[] Causes =
    [
        ImageCause.Find, ConfigCause.Find, CrashCause.Find, CreateCause.Find, JobCause.Find, VolumeCause.Find, MachineCause.Find,
        ScheduleCause.Find, ReadinessCause.Find, IngressCause.Find, LoadBalancerCause.Find,
    ];

    /// <summary>The most telling finding that a person should see now, or null while nothing is wrong.</summary>
    public static Finding? Find(ReleaseInfo info, AppObjects objects, DateTimeOffset now) =>
        Best(All(new ReleaseView(info, objects, now)), now);

    /// <summary>Containers of the release that ended, whose last log lines are worth keeping; newest end first, at most 5.</summary>
    public static IReadOnlyList<CrashedContainer> CrashedContainers(ReleaseInfo info, AppObjects objects, DateTimeOffset now) =>
        CrashedContainers(new ReleaseView(info, objects, now));

    private static IReadOnlyList<CrashedContainer> CrashedContainers(ReleaseView view) =>
        [.. CrashCause.Crashes(view).Concat(JobCause.Crashes(view))
            .OrderByDescending(c => c.EndedAt).Take(5)
            .Select(c => new CrashedContainer(c.Pod.Metadata.Name, c.Container.Name, c.Container.State.Terminated is null, c.EndedAt))];

    /// <summary>The cluster does not answer: what is shown may be old.</summary>
    public static Diagnosis ClusterUnreachable(CacheStatus cluster) => cluster.Refused ? ClusterRefuses(cluster) : new(
        DiagnosisCodes.ClusterUnreachable,
        "The cluster does not answer",
        cluster.StaleSince is { } since
            ? $"Babyhelm has heard nothing from the cluster since {since.UtcDateTime:HH:mm:ss} UTC. What is shown here may be out of date."
            : "Babyhelm has not been able to read the cluster yet.",
        new Evidence().Add(cluster.LastError).Lines,
        "Nothing is lost: the rollout goes on by itself once the cluster answers. A platform admin finds details on the cluster page.");

    private static Diagnosis ClusterRefuses(CacheStatus cluster) => new(
        DiagnosisCodes.ClusterUnreachable,
        "The cluster does not let Babyhelm look",
        cluster.StaleSince is { } since
            ? $"The cluster answers, but has refused to tell how things stand since {since.UtcDateTime:HH:mm:ss} UTC. What is shown here may be out of date."
            : "The cluster answers, but refuses to tell how things stand.",
        new Evidence().Add(cluster.LastError).Lines,
        "Nothing is lost: the rollout goes on by itself once Babyhelm may look again. A platform admin finds the missing permission on the cluster page.");

    internal static IReadOnlyList<Finding> All(ReleaseView view) => [.. Causes.SelectMany(find => find(view))];

    /// <summary>What fails the release goes first, then the order of precedence.</summary>
    internal static Finding? Best(IReadOnlyList<Finding> all, DateTimeOffset now) =>
        all.FirstOrDefault(f => f.FailsRelease(now)) ?? all.FirstOrDefault(f => f.IsShown(now));

    /// <summary>What a deadline passed for; null when nothing is known to hold the rollout up.</summary>
    internal static Finding? Blame(IReadOnlyList<Finding> all) =>
        all.Where(f => !f.IsAside).OrderBy(f => f.FailsAt is null ? 1 : 0).FirstOrDefault();

    /// <summary>The earliest later moment at which one of the findings is shown, cleared or fails the release.</summary>
    internal static DateTimeOffset? NextChange(IReadOnlyList<Finding> all, DateTimeOffset now) =>
        all.SelectMany(f => new[] { f.ShownFrom, f.FailsAt, f.ClearsAt }).Where(t => t > now).Min();

    internal static Finding Deadline(ReleaseView view, DateTimeOffset at)
    {
        var stuck = view.Objects.Events.Where(e => e.Warning).Reverse().Select(e => e.Message);
        var progressing = view.Deployment?.Status.Conditions?.FirstOrDefault(c => c.Type == "Progressing");
        return new Finding(
            new Diagnosis(
                DiagnosisCodes.Deadline,
                "The rollout took too long",
                "The new version did not become ready in the time it was given, and the cluster gave no clearer reason.",
                new Evidence().AddRange(stuck.Take(5)).Add(progressing?.Message).Lines,
                "Look at the events and the logs of the newest pods, then deploy again. If the application is slow to start, give it a health check path that answers early."),
            at, at, at);
    }
}

/// <param name="Previous">True when the lines are those of the run before the current one.</param>
public sealed record CrashedContainer(string Pod, string Container, bool Previous, DateTimeOffset EndedAt)
{
    /// <summary>Key of <see cref="ReleaseInfo.LastLines"/>.</summary>
    public string Key => $"{Pod}/{Container}";
}
