using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Babyhelm.Core.Rollouts;

/// <summary>
/// Live views of rollouts for pages and event streams. A change of the cluster or of a release is evaluated once per
/// application, at most every <see cref="Batch"/>, however many read it; the first change after a pause at once.
/// Applications that nobody reads and whose rollout is over cost nothing.
/// </summary>
public sealed class RolloutFeed : IDisposable
{
    public static readonly TimeSpan Batch = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Dictionary<AppKey, FeedTopic> _topics = [];
    private readonly ChangeSet<AppKey> _dirty = new();
    private readonly ChangeHub<AppKey> _ended = new();
    private readonly ConcurrentDictionary<AppKey, RolloutOutcome> _outcomes = new();
    private readonly FeedSchedule _schedule;
    private readonly ClusterCache _cache;
    private readonly ReleaseBoard _board;
    private readonly TimeProvider _time;
    private int _trackers;
    private long _evaluations;

    public RolloutFeed(ClusterCache cache, ReleaseBoard board, TimeProvider time)
    {
        _cache = cache;
        _board = board;
        _time = time;
        _schedule = new FeedSchedule(time, _dirty.Add);
        cache.Hub.Attach(_dirty);
        board.Hub.Attach(_dirty);
    }

    /// <summary>How often a release was evaluated so far.</summary>
    internal long Evaluations => Interlocked.Read(ref _evaluations);

    internal int Topics
    {
        get { lock (_gate) return _topics.Count; }
    }

    /// <summary>Starts reading an application; it need not exist yet. The caller decides who may read it.</summary>
    public RolloutSubscription Subscribe(string ns, string app)
    {
        FeedTopic topic;
        lock (_gate)
        {
            topic = Topic(new AppKey(ns, app));
            topic.References++;
        }
        lock (topic.Gate)
        {
            if (!topic.HasView) Evaluate(topic);
            return topic.Add(s => Unsubscribe(topic, s));
        }
    }

    /// <summary>
    /// Rollouts that ended on the cluster while the board still has them in progress: whoever keeps the board stores
    /// them. While someone listens, every release in progress is watched, readers or not. One may be told twice; one
    /// whose storing failed is told again when its objects change, so a sweep of its own has to stand behind it.
    /// </summary>
    public async IAsyncEnumerable<RolloutOutcome> OutcomesAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        using var ended = _ended.Subscribe();
        Interlocked.Increment(ref _trackers);
        try
        {
            _dirty.AddRange(_board.All.Keys);
            while (true)
            {
                foreach (var key in await ended.TakeAsync(ct))
                    if (_outcomes.TryGetValue(key, out var outcome)) yield return outcome;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _trackers);
        }
    }

    /// <summary>Evaluates what changes until cancelled, then ends without an exception. Once at a time.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        _dirty.Add(AppKey.All);
        try
        {
            while (!ct.IsCancellationRequested) Process(await _dirty.TakeAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    public void Dispose()
    {
        _cache.Hub.Detach(_dirty);
        _board.Hub.Detach(_dirty);
        _schedule.Dispose();
        _dirty.Dispose();
    }

    /// <summary>One round of <see cref="RunAsync"/> without waiting.</summary>
    internal void Pump() => Process(_dirty.Take());

    private void Process(IReadOnlyCollection<AppKey> keys)
    {
        foreach (var key in keys.Contains(AppKey.All) ? Everything() : keys)
        {
            if (Interested(key) is not { } topic) continue;
            lock (topic.Gate)
            {
                if (topic.NotBefore > _time.GetUtcNow()) _schedule.Plan(topic, topic.NotBefore);
                else Evaluate(topic);
            }
        }
    }

    private IReadOnlyCollection<AppKey> Everything()
    {
        lock (_gate) return [.. _topics.Keys.Union(Volatile.Read(ref _trackers) > 0 ? _board.All.Keys : [])];
    }

    /// <summary>The topic if anyone wants to know of the application; drops one that nobody wants any more.</summary>
    private FeedTopic? Interested(AppKey key)
    {
        var track = Volatile.Read(ref _trackers) > 0 && _board.Get(key) is { } info && !info.State.IsFinal();
        lock (_gate)
        {
            if (!track && !_topics.ContainsKey(key)) return null;
            var topic = Topic(key);
            topic.Tracked = track;
            if (!track) _outcomes.TryRemove(key, out _);
            return DropIfUnused(topic) ? null : topic;
        }
    }

    private void Evaluate(FeedTopic topic)
    {
        var now = _time.GetUtcNow();
        var info = _board.Get(topic.Key);
        var objects = _cache.Get(topic.Key);
        var evaluation = info is null ? null : RolloutReducer.Evaluate(info, objects, now);
        Interlocked.Increment(ref _evaluations);
        topic.Publish(new RolloutView(topic.Key, evaluation?.State, objects.Events, objects.Cluster) { Runs = AppRun.Of(objects), Address = objects.LoadBalancerAddress }, now + Batch);
        if (evaluation?.RecheckAt is { } at) _schedule.Plan(topic, at);
        if (info is null || info.State.IsFinal() || !evaluation!.State.State.IsFinal()) return;
        _outcomes[topic.Key] = new RolloutOutcome(info, evaluation.State);
        _ended.Publish(topic.Key);
    }

    private FeedTopic Topic(AppKey key)
    {
        if (!_topics.TryGetValue(key, out var topic)) _topics[key] = topic = new FeedTopic(key);
        return topic;
    }

    private void Unsubscribe(FeedTopic topic, RolloutSubscription subscription)
    {
        topic.Remove(subscription);
        lock (_gate)
        {
            topic.References--;
            DropIfUnused(topic);
        }
    }

    private bool DropIfUnused(FeedTopic topic) => topic is { References: 0, Tracked: false } && _topics.Remove(topic.Key);
}
