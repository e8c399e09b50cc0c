using System.Collections.Immutable;

namespace Babyhelm.Core.Rollouts;

/// <summary>
/// The releases being watched, one per application, as the database has them. Readers see one immutable map; writers
/// replace it. Kept by whoever changes releases, in this process or told by another.
/// </summary>
public sealed class ReleaseBoard
{
    /// <summary>Containers of one release whose last log lines are kept.</summary>
    internal const int MaxLogs = 20;

    private ImmutableDictionary<AppKey, ReleaseInfo> _releases = ImmutableDictionary<AppKey, ReleaseInfo>.Empty;

    /// <summary>Applications whose release was set or removed.</summary>
    internal ChangeHub<AppKey> Hub { get; } = new();

    public IReadOnlyDictionary<AppKey, ReleaseInfo> All => Volatile.Read(ref _releases);

    public ReleaseInfo? Get(AppKey key) => All.GetValueOrDefault(key);

    /// <summary>Sets the release to watch. An older one never replaces a newer: news may arrive out of order.</summary>
    /// <returns>False when nothing changed.</returns>
    public bool Set(ReleaseInfo info)
    {
        var changed = ImmutableInterlocked.Update(ref _releases, all =>
            all.TryGetValue(info.Key, out var known) && known.ApplicationId == info.ApplicationId && known.Number > info.Number
                ? all
                : all.SetItem(info.Key, known?.ReleaseId == info.ReleaseId && info.LastLines is null ? info with { LastLines = known.LastLines } : info));
        if (changed) Hub.Publish(info.Key);
        return changed;
    }

    /// <summary>Adds last log lines of ended containers to a release, if it is still the one on the board. Of an application that
    /// crashes for years, the newest <see cref="MaxLogs"/> are kept.</summary>
    public void AddLastLines(ReleaseInfo release, IReadOnlyDictionary<string, IReadOnlyList<string>> lines)
    {
        var changed = ImmutableInterlocked.Update(ref _releases, all =>
        {
            if (!all.TryGetValue(release.Key, out var known) || known.ReleaseId != release.ReleaseId) return all;
            var merged = new OrderedDictionary<string, IReadOnlyList<string>>(known.LastLines ?? new Dictionary<string, IReadOnlyList<string>>());
            foreach (var (container, text) in lines)
            {
                merged.Remove(container);
                if (merged.Count >= MaxLogs) merged.RemoveAt(0);
                merged[container] = text;
            }
            return all.SetItem(release.Key, known with { LastLines = merged });
        });
        if (changed) Hub.Publish(release.Key);
    }

    /// <summary>The application is gone. Another one of the same name stays.</summary>
    public void Remove(AppKey key, Guid applicationId)
    {
        var changed = ImmutableInterlocked.Update(ref _releases, all =>
            all.TryGetValue(key, out var known) && known.ApplicationId == applicationId ? all.Remove(key) : all);
        if (changed) Hub.Publish(key);
    }
}
