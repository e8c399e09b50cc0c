using System.Collections.Immutable;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Rollouts;

/// <summary>
/// What this process knows of the cluster: one informer per kind, indexed by application. Reading never calls the API
/// server. Lives as long as the process; <see cref="RunAsync"/> is called again when the cluster's configuration
/// changes, and what was known stays until the new cluster has been read.
/// </summary>
/// <param name="pulse">Of the same cluster; without one, a server that went silent is noticed only when its watches end.</param>
public sealed partial class ClusterCache(TimeProvider time, ILogger<ClusterCache> logger, ClusterPulse? pulse = null)
{
    /// <summary>An error is called staleness once the cluster has been silent for this long.</summary>
    internal static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(1);

    /// <summary>Which namespaces to show was not said yet: none. Another object than the empty set.</summary>
    private static readonly ImmutableHashSet<string> NotTold = ImmutableHashSet.Create<string>(StringComparer.OrdinalIgnoreCase);

    private CacheIndex _index = new();
    private volatile CacheStatus _status = CacheStatus.NotSynced;
    private volatile UnreadSet _unread = UnreadSet.None;
    private volatile InformerSet? _informers;
    private volatile ImmutableHashSet<string>? _shown; // null: all

    /// <summary>For the banner: whether the cluster was read, and since when it does not answer.</summary>
    public CacheStatus Status => ReferenceEquals(_shown, NotTold) ? CacheStatus.NotSynced : _status;

    public AppObjects Get(string ns, string app) => Get(new AppKey(ns, app));

    /// <summary>The application's objects now; empty for an unknown one. The status in it says how far that can be believed.</summary>
    public AppObjects Get(AppKey key)
    {
        // Status first: objects that are newer than their status do no harm, older ones would be believed.
        var status = Status;
        var unread = _unread.Kinds;
        var objects = Shows(key.Namespace) ? Index.Get(key) : AppObjects.Empty(key);
        return status == CacheStatus.Fresh && unread.Count == 0 ? objects : objects with { Cluster = status, Unread = unread };
    }

    /// <summary>Kinds that the cluster does not serve, or not to Babyhelm's account; they are looked for again each minute.</summary>
    public IReadOnlyList<UnreadKind> Unread => _unread.All;

    /// <summary>How each kind is watched; none before the first start.</summary>
    public IReadOnlyList<(string Kind, InformerStatus Status)> Informers => _informers?.Each() ?? [];

    /// <summary>Applications that have objects on the cluster.</summary>
    public IReadOnlyCollection<AppKey> Keys => [.. Index.Keys.Where(k => Shows(k.Namespace))];

    /// <summary>Babyhelm's quotas by namespace.</summary>
    public IReadOnlyCollection<ResourceQuota> Quotas => [.. Index.Quotas.Where(q => Shows(q.Metadata.Namespace))];

    /// <summary>Pods that may be sent requests, by name. Without locks and allocations: for the path of every request.</summary>
    public IReadOnlyList<PodEndpoint> ReadyPods(string ns, string app) => Shows(ns) ? Index.ReadyPods(new AppKey(ns, app)) : [];

    /// <summary>Babyhelm's quota of a namespace with what the cluster counted last; null where it is not known.</summary>
    public ResourceQuota? Quota(string ns) => Shows(ns) ? Index.Quota(ns) : null;

    /// <summary>Babyhelm's namespace of this name as it is on the cluster, or null; for tests.</summary>
    internal Namespace? Namespace(string name) => Index.Namespace(name);

    /// <summary>Applications whose objects changed, coalesced; <see cref="AppKey.All"/> when the status or the cluster did. Dispose it to stop.</summary>
    public ChangeSet<AppKey> Changes() => Hub.Subscribe();

    internal ChangeHub<AppKey> Hub { get; } = new();

    /// <summary>From now on nothing is shown, nor called synced, but of the namespaces given to <see cref="Show"/>.</summary>
    internal void Limit() => _shown = NotTold;

    /// <summary>
    /// Shows what is in these namespaces and nothing of others: labels alone do not tell whose an object is, as another Babyhelm may
    /// share the cluster.
    /// </summary>
    internal void Show(ImmutableHashSet<string> namespaces)
    {
        var before = _shown;
        _shown = namespaces;
        if (before is null || ReferenceEquals(before, NotTold)) Hub.Publish(AppKey.All);
        else if (before.SymmetricExcept(namespaces) is { Count: > 0 } changed)
        {
            foreach (var ns in changed) Hub.Publish(AppKey.OfNamespace(ns));
            foreach (var key in Index.Keys.Where(k => changed.Contains(k.Namespace))) Hub.Publish(key);
        }
    }

    private bool Shows(string? ns) => _shown is not { } shown || ns is not null && shown.Contains(ns);

    private CacheIndex Index => Volatile.Read(ref _index);

    /// <summary>Watches the cluster until cancelled, then ends without an exception. One at a time.</summary>
    public async Task RunAsync(KubernetesClient client, CancellationToken ct)
    {
        var index = new CacheIndex();
        var informers = new InformerSet(client, index, Applied, time, logger);
        _informers = informers;
        if (pulse is not null) informers.Failing += pulse.Hurry;
        try
        {
            await InformerSet.TogetherAsync(ct,
                informers.RunAsync, c => SwapWhenSyncedAsync(informers, index, c), c => FollowStatusAsync(informers, index, c));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            LogStopped(client.Source);
        }
    }

    private async Task SwapWhenSyncedAsync(InformerSet informers, CacheIndex index, CancellationToken ct)
    {
        await informers.WaitForSyncAsync(ct);
        Volatile.Write(ref _index, index);
        LogSynced(index.Keys.Count);
        SetUnread(informers.Unread());
        SetStatus(StatusOf(informers));
        Hub.Publish(AppKey.All);
    }

    /// <summary>Informers tell their state only when asked. This reads memory, never the cluster.</summary>
    private async Task FollowStatusAsync(InformerSet informers, CacheIndex index, CancellationToken ct)
    {
        using var tick = new PeriodicTimer(StatusInterval, time);
        do
        {
            var status = StatusOf(informers);
            // While another cluster is read, the old one's objects are still shown.
            var current = ReferenceEquals(index, Index);
            if (current) SetUnread(informers.Unread());
            SetStatus(current ? status : status with { Synced = _status.Synced });
        }
        while (await tick.WaitForNextTickAsync(ct));
    }

    private CacheStatus StatusOf(InformerSet informers) => informers.Status(time.GetUtcNow(), pulse?.Status ?? PulseStatus.None);

    /// <summary>Takes in a change of the current cluster.</summary>
    internal void Apply(KubernetesObject value, bool deleted = false) => Applied(Index, value, deleted);

    internal void SetStatus(CacheStatus status)
    {
        if (status == _status) return;
        _status = status;
        Hub.Publish(AppKey.All);
    }

    private void SetUnread(ImmutableArray<UnreadKind> unread)
    {
        if (unread.SequenceEqual(_unread.All)) return;
        _unread = new UnreadSet(unread, unread.Select(u => u.Kind).ToImmutableHashSet(StringComparer.Ordinal));
        Hub.Publish(AppKey.All);
    }

    private sealed record UnreadSet(ImmutableArray<UnreadKind> All, ImmutableHashSet<string> Kinds)
    {
        public static readonly UnreadSet None = new([], []);
    }

    private void Applied(CacheIndex index, KubernetesObject value, bool deleted)
    {
        var changed = index.Apply(value, deleted);
        if (!ReferenceEquals(index, Index)) return;
        foreach (var key in changed) Hub.Publish(key);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The cluster cache is complete: {Applications} applications")]
    private partial void LogSynced(int applications);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Stopped watching the cluster of {Source}")]
    private partial void LogStopped(string source);
}
