using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Applications;

/// <summary>What the cluster said of a release that failed, kept for when its pods and events are gone.</summary>
/// <param name="Events">Oldest first, folded; at most <see cref="MaxEvents"/>, the newest.</param>
/// <param name="Logs">Last lines of containers that ended, at most <see cref="CrashLogs.Lines"/> each.</param>
public sealed record ReleaseEvidence(IReadOnlyList<AppEvent> Events, IReadOnlyList<ContainerLog> Logs)
{
    public const int MaxEvents = 50;

    /// <summary>The cluster's times are cut to seconds.</summary>
    private static readonly TimeSpan Rounding = TimeSpan.FromSeconds(1);

    /// <summary>Events since the release was taken up, and what its containers wrote before they ended.</summary>
    public static ReleaseEvidence Of(ReleaseInfo release, AppObjects objects)
    {
        var from = (release.StartedAt ?? release.CreatedAt) - Rounding;
        return new ReleaseEvidence(
            [.. objects.Events.Where(e => e.Last >= from).TakeLast(MaxEvents)],
            [.. (release.LastLines ?? new Dictionary<string, IReadOnlyList<string>>())
                .OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => ContainerLog.Of(l.Key, l.Value))]);
    }
}

/// <param name="Lines">Oldest first, as the container wrote them.</param>
public sealed record ContainerLog(string Pod, string Container, IReadOnlyList<string> Lines)
{
    /// <param name="place"><c>pod/container</c>.</param>
    internal static ContainerLog Of(string place, IReadOnlyList<string> lines) => place.Split('/', 2) is [var pod, var container]
        ? new ContainerLog(pod, container, lines)
        : new ContainerLog(place, "", lines);
}
