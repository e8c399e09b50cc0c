using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts;

/// <summary>The mutable record behind <see cref="AppObjects"/>; guarded by its index.</summary>
internal sealed class AppEntry(AppKey key)
{
    private readonly Dictionary<string, Deployment> _deployments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReplicaSet> _replicaSets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Pod> _pods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Event> _events = new(StringComparer.Ordinal);
    private IReadOnlyList<PodEndpoint> _readyPods = [];
    private AppObjects? _snapshot;

    public bool IsEmpty => _deployments.Count + _replicaSets.Count + _pods.Count + _events.Count == 0;

    public IReadOnlyList<PodEndpoint> ReadyPods => Volatile.Read(ref _readyPods);

    /// <returns>False when nothing changed.</returns>
    public bool Apply(KubernetesObject value, bool deleted)
    {
        var changed = value switch
        {
            Deployment d => Put(_deployments, d.Metadata.Name, d, deleted),
            ReplicaSet r => Put(_replicaSets, r.Metadata.Name, r, deleted),
            Pod p => Put(_pods, p.Metadata.Name, p, deleted),
            Event e => Put(_events, e.Metadata.Name, e, deleted),
            _ => false,
        };
        if (!changed) return false;
        if (value is Pod) Volatile.Write(ref _readyPods, Endpoints());
        if (_events.Count > CacheIndex.MaxRawEvents)
            _events.Remove(_events.MinBy(e => (e.Value.LastSeen ?? DateTimeOffset.MinValue, e.Key)).Key);
        _snapshot = null;
        return true;
    }

    public AppObjects Snapshot() => _snapshot ??= new AppObjects(
        key,
        _deployments.GetValueOrDefault(key.App) ?? _deployments.Values.OrderBy(d => d.Metadata.Name, StringComparer.Ordinal).FirstOrDefault(),
        [.. _replicaSets.Values.OrderBy(r => r.Metadata.Name, StringComparer.Ordinal)],
        [.. _pods.Values.OrderBy(p => p.Metadata.Name, StringComparer.Ordinal)],
        EventFolder.Fold(_events.Values));

    private static bool Put<T>(Dictionary<string, T> all, string name, T value, bool deleted) where T : KubernetesObject
    {
        if (deleted) return all.Remove(name);
        if (all.TryGetValue(name, out var known) && known.Metadata.ResourceVersion.Length > 0
            && known.Metadata.ResourceVersion == value.Metadata.ResourceVersion && known.Metadata.Uid == value.Metadata.Uid)
            return false;
        all[name] = value;
        return true;
    }

    private IReadOnlyList<PodEndpoint> Endpoints() =>
    [
        .. _pods.Values
            .Where(p => p.Metadata.DeletionTimestamp is null && p.Status is { Phase: "Running", PodIP.Length: > 0 } && ReleaseView.IsReady(p))
            .OrderBy(p => p.Metadata.Name, StringComparer.Ordinal)
            .Select(p => (Pod: p, Port: p.Spec.Containers is [{ Ports: [var port, ..] }, ..] ? port.Port : 0))
            .Where(p => p.Port > 0)
            .Select(p => new PodEndpoint(p.Pod.Metadata.Name, p.Pod.Status.PodIP!, p.Port, ReleaseView.ReleaseOf(p.Pod.Metadata))),
    ];
}
