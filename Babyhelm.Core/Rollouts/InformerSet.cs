using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Rollouts;

/// <summary>The informers that fill one <see cref="CacheIndex"/>.</summary>
internal sealed class InformerSet
{
    private readonly Informer<Namespace> _namespaces;
    private readonly Informer<Deployment> _deployments;
    private readonly Informer<ReplicaSet> _replicaSets;
    private readonly Informer<Pod> _pods;
    private readonly Informer<Event> _events;
    private readonly Lock _gate = new();
    private readonly DateTimeOffset _started;
    private DateTimeOffset? _failingSince;

    public InformerSet(
        KubernetesClient client, CacheIndex index, Action<CacheIndex, KubernetesObject, bool> apply, TimeProvider time, ILogger logger)
    {
        _started = time.GetUtcNow();
        _namespaces = Of<Namespace>(ResourceType.Namespaces);
        _deployments = Of<Deployment>(ResourceType.Deployments);
        _replicaSets = Of<ReplicaSet>(ResourceType.ReplicaSets, static r => r with { Metadata = Slim(r.Metadata) });
        _pods = Of<Pod>(ResourceType.Pods, static p => p with { Metadata = Slim(p.Metadata) });
        // Events carry no labels of ours: all are watched, those of other namespaces are dropped at once.
        _events = new Informer<Event>(client, ResourceType.Events, null, null,
            c => apply(index, c.Object, c.Kind == ChangeKind.Deleted), time, logger,
            e => index.IsManaged(e.Metadata.Namespace) && CacheIndex.AppName(e.InvolvedObject) is not null ? e : null);

        Informer<T> Of<T>(ResourceType type, Func<T, T?>? slim = null) where T : KubernetesObject => new(
            client, type, Labels.Selector, null, c => apply(index, c.Object, c.Kind == ChangeKind.Deleted), time, logger, slim);
    }

    /// <summary>Events are read last: which of them are kept depends on the namespaces and objects that are known.</summary>
    public Task RunAsync(CancellationToken ct) =>
        TogetherAsync(ct, _namespaces.RunAsync, _deployments.RunAsync, _replicaSets.RunAsync, _pods.RunAsync, EventsAsync);

    /// <summary>Runs all parts until the last has ended. One that breaks ends the others, so that its fault is seen at once.</summary>
    internal static async Task TogetherAsync(CancellationToken ct, params Func<CancellationToken, Task>[] parts)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAll(parts.Select(RunPartAsync));

        async Task RunPartAsync(Func<CancellationToken, Task> part)
        {
            try
            {
                await part(stop.Token);
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }

    /// <summary>Ends when all has been read once.</summary>
    public Task WaitForSyncAsync(CancellationToken ct) => Task.WhenAll(ObjectsAsync(ct), _events.WaitForSyncAsync(ct));

    /// <summary>Ends the pauses of those that failed: the cluster is known to answer again.</summary>
    public void Hurry()
    {
        _namespaces.Hurry();
        _deployments.Hurry();
        _replicaSets.Hurry();
        _pods.Hurry();
        _events.Hurry();
    }

    /// <summary>Something fails since the status was read last: raised once until all is well again.</summary>
    public event Action? Failing;

    /// <param name="pulse">Tells of a silence that open watches can't see.</param>
    public CacheStatus Status(DateTimeOffset now, PulseStatus pulse)
    {
        InformerStatus[] all = [_namespaces.Status, _deployments.Status, _replicaSets.Status, _pods.Status, _events.Status];
        var synced = all.All(s => s.Synced);
        var failing = all.Where(s => s.LastError is not null).ToList();
        lock (_gate)
        {
            if (failing.Count == 0 && pulse.Silence is null)
            {
                _failingSince = null;
                return new CacheStatus(synced, null, null);
            }
            if (_failingSince is null) Failing?.Invoke();
            _failingSince ??= now;
            // A silent server was last heard of by any; where it does answer, what fails is as old as its own last contact.
            var heard = pulse.Silence is not null
                ? all.Select(s => s.LastContact).Append(pulse.LastContact).Max() ?? _started
                : failing.Min(s => s.LastContact ?? _started);
            var error = pulse.Silence ?? failing[0].LastError!;
            var isStale = _failingSince + ClusterCache.StaleAfter <= now && heard + ClusterCache.StaleAfter <= now;
            return new CacheStatus(synced, isStale ? heard : null, error.Message) { Refused = error is KubernetesError { Status: < 500 } };
        }
    }

    private async Task EventsAsync(CancellationToken ct)
    {
        await ObjectsAsync(ct);
        await _events.RunAsync(ct);
    }

    private Task ObjectsAsync(CancellationToken ct) => Task.WhenAll(
        _namespaces.WaitForSyncAsync(ct), _deployments.WaitForSyncAsync(ct), _replicaSets.WaitForSyncAsync(ct), _pods.WaitForSyncAsync(ct));

    private static Metadata Slim(Metadata metadata) =>
        metadata.Annotations is null && metadata.Finalizers is null ? metadata : metadata with { Annotations = null, Finalizers = null };
}
