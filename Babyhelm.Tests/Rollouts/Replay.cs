using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Rollouts;

/// <param name="Cause">The object whose change led here; null where time did.</param>
internal sealed record Frame(double AtSeconds, DateTimeOffset At, KubernetesObject? Cause, RolloutState State);

/// <summary>
/// Plays a recording over HTTP through client, informers, cache, reducer and diagnosis: one frame per change, at the time
/// that it was recorded at, and one per planned recheck.
/// </summary>
internal sealed class Replay(Recording recording, Func<RecordedChange, ReleaseInfo?, ReleaseInfo> release)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // An object of another application, sent after each change: when it has arrived, what was sent before has, too.
    private const string Marker = "marker";

    private readonly ClusterCache _cache = new(TimeProvider.System, NullLogger<ClusterCache>.Instance);
    private readonly AppKey _key = new(recording.Namespace, Recording.App);
    private readonly List<Frame> _frames = [];
    private ReleaseInfo? _info;
    private DateTimeOffset? _recheck;

    /// <param name="after">Time that passes after the last change.</param>
    /// <param name="gapEvery">After so many changes a watch ends, the change happens unseen, and the version has expired; 0 for never.</param>
    public static async Task<IReadOnlyList<Frame>> RunAsync(
        Recording recording, Func<RecordedChange, ReleaseInfo?, ReleaseInfo> release, TimeSpan? after = null, int gapEvery = 0)
    {
        var replay = new Replay(recording, release);
        await replay.PlayAsync(after ?? TimeSpan.Zero, gapEvery);
        return replay._frames;
    }

    private async Task PlayAsync(TimeSpan after, int gapEvery)
    {
        await using var cluster = await RecordedCluster.StartAsync(recording.Namespace);
        using var client = cluster.Client();
        using var stop = new CancellationTokenSource();
        using var changes = _cache.Changes();
        var running = _cache.RunAsync(client, stop.Token);
        using (var patience = new CancellationTokenSource(Patience))
            while (!_cache.Status.Synced) await changes.TakeAsync(patience.Token);

        for (var n = 0; n < recording.Changes.Count; n++)
        {
            var change = recording.Changes[n];
            var plural = PluralOf(change.Object);
            Elapse(change.At);
            var gap = gapEvery > 0 && n % gapEvery == gapEvery - 1;
            if (gap)
            {
                cluster.Put(plural, change.Type, change.Json);
                await cluster.EndWatchAsync(plural);
            }
            else await cluster.SendAsync(plural, change.Type, change.Json);
            await MarkAsync(cluster, changes, change.Object);
            // This one may have come with the list, and so before the rest of it; the next comes after.
            if (gap) await MarkAsync(cluster, changes, change.Object);
            _info = release(change, _info);
            Evaluate(change.At, change.Object);
        }
        Elapse(recording.Changes[^1].At + after);
        await stop.CancelAsync();
        await running.WaitAsync(Patience);
    }

    /// <summary>Waits until all that was sent of this kind is in the cache.</summary>
    private async Task MarkAsync(RecordedCluster cluster, ChangeSet<AppKey> changes, KubernetesObject kind)
    {
        var version = cluster.NextVersion();
        await cluster.SendAsync(PluralOf(kind), "MODIFIED", MarkerOf(kind, version));
        using var patience = new CancellationTokenSource(Patience);
        while (!IsThere(_cache.Get(new AppKey(recording.Namespace, Marker)), version)) await changes.TakeAsync(patience.Token);
    }

    private static bool IsThere(AppObjects marker, string version) =>
        marker.Deployment?.Metadata.ResourceVersion == version
        || marker.ReplicaSets.Any(s => s.Metadata.ResourceVersion == version)
        || marker.Pods.Any(p => p.Metadata.ResourceVersion == version)
        || marker.Events.Any(e => e.Message == version);

    private void Elapse(DateTimeOffset until)
    {
        while (_recheck <= until) Evaluate(_recheck.Value, null);
    }

    private void Evaluate(DateTimeOffset now, KubernetesObject? cause)
    {
        var objects = _cache.Get(_key);
        Assert.Equal(CacheStatus.Fresh, objects.Cluster);
        var evaluation = RolloutReducer.Evaluate(_info!, objects, now);
        Assert.True(evaluation.RecheckAt is null || evaluation.RecheckAt > now, "a recheck lies in the future");
        _recheck = evaluation.RecheckAt;
        var origin = recording.Changes[0].At - TimeSpan.FromSeconds(recording.Changes[0].AtSeconds);
        _frames.Add(new Frame((now - origin).TotalSeconds, now, cause, evaluation.State));
    }

    private static string PluralOf(KubernetesObject value) => value switch
    {
        Deployment => "deployments",
        ReplicaSet => "replicasets",
        Pod => "pods",
        _ => "events",
    };

    private JsonObject MarkerOf(KubernetesObject value, string version)
    {
        var metadata = new JsonObject
        {
            ["name"] = $"{Marker}-x-{value.GetType().Name.ToLowerInvariant()}",
            ["namespace"] = recording.Namespace,
            ["uid"] = Marker,
            ["resourceVersion"] = version,
            ["labels"] = new JsonObject { ["babyhelm.dev/app"] = Marker },
        };
        return value is Event
            ? new JsonObject
            {
                ["metadata"] = metadata,
                ["involvedObject"] = new JsonObject { ["kind"] = "Deployment", ["namespace"] = recording.Namespace, ["name"] = Marker },
                ["reason"] = "Marked",
                ["message"] = version,
            }
            : new JsonObject { ["metadata"] = metadata };
    }
}
