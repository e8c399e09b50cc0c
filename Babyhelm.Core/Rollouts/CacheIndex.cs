using System.Collections.Concurrent;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts;

/// <summary>
/// The objects of one cluster by application. One writer per kind, any number of readers; snapshots are immutable and
/// built when first asked for. Objects are known by kind and name: a new object of the same name replaces the old one.
/// </summary>
internal sealed class CacheIndex
{
    /// <summary>Events kept per application before folding; the newest win.</summary>
    public const int MaxRawEvents = 300;

    /// <summary>Name of the quota that Babyhelm gives a namespace.</summary>
    private const string ManifestQuota = "babyhelm";

    private const string Claim = nameof(PersistentVolumeClaim);

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<AppKey, AppEntry> _apps = new();
    private readonly Dictionary<(string Kind, string Namespace, string Name), AppKey> _where = [];

    // Of claims, whose names do not tell the application: those that came before their object, and where the others went.
    private readonly Dictionary<(string Kind, string Namespace, string Name), Dictionary<string, Event>> _early = [];
    private readonly Dictionary<(string Namespace, string Event), AppKey> _placed = [];
    private readonly Dictionary<string, Namespace> _namespaces = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ResourceQuota> _quotas = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _used = new(StringComparer.Ordinal);

    public IReadOnlyCollection<AppKey> Keys => [.. _apps.Keys];

    /// <summary>True when Babyhelm manages the namespace or anything in it.</summary>
    public bool IsManaged(string? ns)
    {
        if (ns is null) return false;
        if (_used.ContainsKey(ns)) return true;
        lock (_gate) return _namespaces.ContainsKey(ns);
    }

    public Namespace? Namespace(string name)
    {
        lock (_gate) return _namespaces.GetValueOrDefault(name);
    }

    public ResourceQuota? Quota(string ns) => _quotas.GetValueOrDefault(ns);

    public IReadOnlyCollection<ResourceQuota> Quotas => [.. _quotas.Values];

    public AppObjects Get(AppKey key)
    {
        if (!_apps.TryGetValue(key, out var entry)) return AppObjects.Empty(key);
        lock (_gate) return entry.Snapshot();
    }

    /// <summary>Never takes a lock and never builds anything: a request through the gateway may call it.</summary>
    public IReadOnlyList<PodEndpoint> ReadyPods(AppKey key) => _apps.TryGetValue(key, out var entry) ? entry.ReadyPods : [];

    /// <summary>Takes in an object that was added, changed or deleted.</summary>
    /// <returns>The applications whose snapshot changed: none, one, or two when an object changed hands.</returns>
    public IReadOnlyList<AppKey> Apply(KubernetesObject value, bool deleted)
    {
        lock (_gate)
        {
            return value switch
            {
                Namespace ns => Apply(ns, deleted),
                ResourceQuota quota => Apply(quota, deleted),
                Event e => Apply(e, deleted),
                _ => ApplyOwned(value, deleted),
            };
        }
    }

    private IReadOnlyList<AppKey> Apply(Namespace ns, bool deleted)
    {
        if (deleted) _namespaces.Remove(ns.Metadata.Name);
        else _namespaces[ns.Metadata.Name] = ns;
        return [];
    }

    private AppKey[] Apply(ResourceQuota quota, bool deleted)
    {
        if (quota.Metadata is not { Namespace: { } ns, Name: ManifestQuota }) return [];
        if (deleted) _quotas.TryRemove(ns, out _);
        else _quotas[ns] = quota;
        return [AppKey.OfNamespace(ns)];
    }

    private IReadOnlyList<AppKey> Apply(Event e, bool deleted)
    {
        var ns = e.InvolvedObject.Namespace ?? e.Metadata.Namespace;
        if (ns is null || (!deleted && !IsManaged(ns))) return [];
        if (AppName(e.InvolvedObject) is { } app) return Place(new AppKey(ns, app), e, deleted);
        return e.InvolvedObject.Kind == Claim ? ApplyToClaim((Claim, ns, e.InvolvedObject.Name), e, deleted) : [];
    }

    private IReadOnlyList<AppKey> ApplyToClaim((string, string Namespace, string) claim, Event e, bool deleted)
    {
        var id = (claim.Namespace, e.Metadata.Name);
        if (_placed.TryGetValue(id, out var key) || (!deleted && _where.TryGetValue(claim, out key)))
        {
            if (deleted) _placed.Remove(id);
            else _placed[id] = key;
            return Place(key, e, deleted);
        }
        if (!deleted)
        {
            if (!_early.TryGetValue(claim, out var waiting)) _early[claim] = waiting = new(StringComparer.Ordinal);
            waiting[e.Metadata.Name] = e;
        }
        else if (_early.TryGetValue(claim, out var waiting) && waiting.Remove(e.Metadata.Name) && waiting.Count == 0) _early.Remove(claim);
        return [];
    }

    private IReadOnlyList<AppKey> Place(AppKey key, Event e, bool deleted) => Change(key, deleted, entry => entry.Apply(e, deleted)) ? [key] : [];

    private IReadOnlyList<AppKey> ApplyOwned(KubernetesObject value, bool deleted)
    {
        var place = (value.GetType().Name, value.Metadata.Namespace ?? "", value.Metadata.Name);
        var app = deleted ? null : value.Metadata.Label(Labels.App);
        var changed = new List<AppKey>(2);
        if (_where.TryGetValue(place, out var was) && was.App != app)
        {
            if (Change(was, deleted: true, entry => entry.Apply(value, deleted: true))) changed.Add(was);
            _where.Remove(place);
            if (_used.AddOrUpdate(place.Item2, 0, (_, n) => n - 1) <= 0) _used.TryRemove(place.Item2, out _);
        }
        if (app is null) return changed;
        var key = new AppKey(place.Item2, app);
        if (_where.TryAdd(place, key)) _used.AddOrUpdate(place.Item2, 1, (_, n) => n + 1);
        if (Change(key, deleted: false, entry => entry.Apply(value, deleted: false))) changed.Add(key);
        if (_early.Remove(place, out var early))
            foreach (var e in early.Values) ApplyToClaim(place, e, deleted: false);
        return changed;
    }

    private bool Change(AppKey key, bool deleted, Func<AppEntry, bool> apply)
    {
        if (!_apps.TryGetValue(key, out var entry))
        {
            if (deleted) return false;
            entry = new AppEntry(key);
            _apps[key] = entry;
        }
        var changed = apply(entry);
        if (entry.IsEmpty) _apps.TryRemove(key, out _);
        return changed;
    }

    /// <summary>Whether events about the object are kept.</summary>
    internal static bool IsTold(ObjectReference about) => about.Kind == Claim || AppName(about) is not null;

    /// <summary>
    /// The application that an event is about, by the names that controllers generate: deployment <c>web</c>, replica
    /// set <c>web-hash</c>, job <c>web-minute</c>, pod <c>web-hash-rand</c>. So an event finds its place whether it comes before its object,
    /// after it, or when the object is gone already. Null for other kinds; the events of claims are placed by the claim.
    /// </summary>
    internal static string? AppName(ObjectReference about) => about.Kind switch
    {
        "Deployment" or "CronJob" or "HorizontalPodAutoscaler" or "Ingress" or "Service" => about.Name,
        "ReplicaSet" or "Job" => Cut(about.Name, 1),
        "Pod" => Cut(about.Name, 2),
        _ => null,
    };

    private static string? Cut(string name, int parts)
    {
        for (; parts > 0; parts--)
        {
            var dash = name.LastIndexOf('-');
            if (dash <= 0) return null;
            name = name[..dash];
        }
        return name;
    }
}
