using System.Collections.Immutable;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Rollouts;

/// <summary>The informers that fill one <see cref="CacheIndex"/>.</summary>
internal sealed class InformerSet
{
    /// <summary>What a rollout cannot be followed without.</summary>
    private static readonly InformerOptions Needed = new();

    /// <summary>Old clusters do not serve all of these, and small accounts may not read all of them.</summary>
    private static readonly InformerOptions Optional = new(Optional: true);
    private static readonly InformerOptions Metadata = new(MetadataOnly: true, Optional: true);

    private readonly IReadOnlyList<IInformer> _objects;
    private readonly Informer<Event> _events;
    private readonly Lock _gate = new();
    private readonly DateTimeOffset _started;
    private DateTimeOffset? _failingSince;

    public InformerSet(
        KubernetesClient client, CacheIndex index, Action<CacheIndex, KubernetesObject, bool> apply, TimeProvider time, ILogger logger)
    {
        _started = time.GetUtcNow();
        _objects =
        [
            Of<Namespace>(ResourceType.Namespaces, Needed, static n => n),
            Of<ResourceQuota>(ResourceType.ResourceQuotas, Optional, Slimming.Metadata),
            Of<Deployment>(ResourceType.Deployments, Needed, Slimming.Deployment),
            Of<ReplicaSet>(ResourceType.ReplicaSets, Needed, Slimming.Metadata),
            Of<Pod>(ResourceType.Pods, Needed, Slimming.Metadata),
            Of<CronJob>(ResourceType.CronJobs, Optional, Slimming.Metadata),
            Of<Job>(ResourceType.Jobs, Optional, Slimming.Metadata),
            Of<Ingress>(ResourceType.Ingresses, Optional, Slimming.Metadata),
            Of<PersistentVolumeClaim>(ResourceType.PersistentVolumeClaims, Optional, Slimming.Metadata),
            Of<Secret>(ResourceType.Secrets, Metadata, Slimming.OfApplication),
            Of<Service>(ResourceType.Services, Optional, Slimming.OfApplication),
            Of<HorizontalPodAutoscaler>(ResourceType.HorizontalPodAutoscalers, Optional, Slimming.OfApplication),
            Of<NetworkPolicy>(ResourceType.NetworkPolicies, Metadata, Slimming.OfApplication),
        ];
        // Events carry no labels of ours: all are watched, those of other namespaces are dropped at once.
        _events = new Informer<Event>(client, ResourceType.Events, null, null,
            c => apply(index, c.Object, c.Kind == ChangeKind.Deleted), time, logger,
            e => index.IsManaged(e.Metadata.Namespace) && CacheIndex.IsTold(e.InvolvedObject) ? Slimming.Metadata(e) : null);

        Informer<T> Of<T>(ResourceType type, InformerOptions options, Func<T, T?> slim) where T : KubernetesObject => new(
            client, type, Labels.Selector, null, c => apply(index, c.Object, c.Kind == ChangeKind.Deleted), time, logger, slim, options);
    }

    private IEnumerable<IInformer> All => _objects.Append(_events);

    /// <summary>Events are read last: which of them are kept depends on the namespaces and objects that are known.</summary>
    public Task RunAsync(CancellationToken ct) =>
        TogetherAsync(ct, [.. _objects.Select(i => (Func<CancellationToken, Task>)i.RunAsync), EventsAsync]);

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

    /// <summary>Ends when all that is served has been read once.</summary>
    public Task WaitForSyncAsync(CancellationToken ct) => Task.WhenAll(All.Select(i => i.WaitForSyncAsync(ct)));

    /// <summary>Something fails since the status was read last: raised once until all is well again.</summary>
    public event Action? Failing;

    /// <param name="pulse">Tells of a silence that open watches can't see.</param>
    public CacheStatus Status(DateTimeOffset now, PulseStatus pulse)
    {
        var all = All.Select(i => i.Status).Where(s => s.Unserved is null).ToList();
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
            // Of a silent server, everything is as old as the last word heard; else what can't be read is, since then.
            var since = pulse.Silence is not null
                ? all.Select(s => s.LastContact).Append(pulse.LastContact).Max() ?? _started
                : failing.Min(s => s.FailingSince) ?? now;
            var error = pulse.Silence ?? failing[0].LastError!;
            return new CacheStatus(synced, _failingSince + ClusterCache.StaleAfter <= now ? since : null, error.Public)
            {
                Cause = error.Message,
                Refused = error is KubernetesError { Status: < 500 },
            };
        }
    }

    public IReadOnlyList<(string Kind, InformerStatus Status)> Each() => [.. All.Select(i => (i.Type.Kind, i.Status))];

    /// <summary>Kinds that this cluster does not give.</summary>
    public ImmutableArray<UnreadKind> Unread() =>
        [.. _objects.Where(i => i.Status.Unserved is not null).Select(i => new UnreadKind(i.Type.Kind, i.Type.ApiVersion, i.Status.Unserved!.Message))];

    private async Task EventsAsync(CancellationToken ct)
    {
        await Task.WhenAll(_objects.Select(i => i.WaitForSyncAsync(ct)));
        await _events.RunAsync(ct);
    }
}
