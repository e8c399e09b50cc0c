using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts;

/// <summary>The mutable record behind <see cref="AppObjects"/>; guarded by its index.</summary>
internal sealed class AppEntry(AppKey key)
{
    private readonly Dictionary<(Type Kind, string Name), KubernetesObject> _objects = [];
    private readonly Dictionary<string, Event> _events = new(StringComparer.Ordinal);
    private IReadOnlyList<PodEndpoint> _readyPods = [];
    private AppObjects? _snapshot;

    public bool IsEmpty => _objects.Count + _events.Count == 0;

    public IReadOnlyList<PodEndpoint> ReadyPods => Volatile.Read(ref _readyPods);

    /// <returns>False when nothing changed.</returns>
    public bool Apply(KubernetesObject value, bool deleted)
    {
        var name = value.Metadata.Name;
        if (!(value is Event e ? Put(_events, name, e, deleted) : Put(_objects, (value.GetType(), name), value, deleted))) return false;
        if (value is Pod) Volatile.Write(ref _readyPods, Endpoints());
        if (_events.Count > CacheIndex.MaxRawEvents)
            _events.Remove(_events.MinBy(x => (x.Value.LastSeen ?? DateTimeOffset.MinValue, x.Key)).Key);
        _snapshot = null;
        return true;
    }

    public AppObjects Snapshot()
    {
        if (_snapshot is { } known) return known;
        return _snapshot = new AppObjects(key, One<Deployment>(), All<ReplicaSet>(), All<Pod>(), EventFolder.Fold(_events.Values))
        {
            CronJob = One<CronJob>(),
            Jobs = All<Job>(),
            Ingresses = All<Ingress>(),
            Claims = All<PersistentVolumeClaim>(),
            Services = All<Service>(),
            Autoscaler = One<HorizontalPodAutoscaler>(),
            Inventory = [.. _objects.Values.Where(AppObjectVersion.IsApplied).Select(AppObjectVersion.Of)
                .OrderBy(v => v.Kind, StringComparer.Ordinal).ThenBy(v => v.Name, StringComparer.Ordinal)],
        };
    }

    private IReadOnlyList<T> All<T>() where T : KubernetesObject =>
        [.. _objects.Values.OfType<T>().OrderBy(o => o.Metadata.Name, StringComparer.Ordinal)];

    /// <summary>The one of the application's own name, or else the first.</summary>
    private T? One<T>() where T : KubernetesObject =>
        _objects.GetValueOrDefault((typeof(T), key.App)) as T ?? All<T>().FirstOrDefault();

    private static bool Put<TKey, T>(Dictionary<TKey, T> all, TKey at, T value, bool deleted) where TKey : notnull where T : KubernetesObject
    {
        if (deleted) return all.Remove(at);
        if (all.TryGetValue(at, out var known) && known.Metadata.ResourceVersion.Length > 0
            && known.Metadata.ResourceVersion == value.Metadata.ResourceVersion && known.Metadata.Uid == value.Metadata.Uid)
            return false;
        all[at] = value;
        return true;
    }

    private IReadOnlyList<PodEndpoint> Endpoints() =>
    [
        .. All<Pod>()
            .Where(p => p.Metadata.DeletionTimestamp is null && p.Status is { Phase: "Running", PodIP.Length: > 0 } && ReleaseView.IsReady(p))
            .Select(p => (Pod: p, Port: p.Spec.Containers is [{ Ports: [var port, ..] }, ..] ? port.Port : 0))
            .Where(p => p.Port > 0)
            .Select(p => new PodEndpoint(p.Pod.Metadata.Name, p.Pod.Status.PodIP!, p.Port, ReleaseView.ReleaseOf(p.Pod.Metadata))),
    ];
}
