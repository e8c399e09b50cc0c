using System.Diagnostics;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Bench;

/// <summary>One reader of the live feed per application, as that many open pages would be.</summary>
internal sealed class FeedReaders : IAsyncDisposable
{
    private readonly List<RolloutSubscription> _subscriptions = [];
    private readonly List<Task> _reading = [];
    private volatile Awaited? _awaited;

    private sealed record Awaited(string Pod, int Release, TaskCompletionSource<long> Seen);

    public FeedReaders(RolloutFeed feed, IEnumerable<AppKey> apps)
    {
        foreach (var key in apps)
        {
            var subscription = feed.Subscribe(key.Namespace, key.App);
            _subscriptions.Add(subscription);
            _reading.Add(ReadAsync(subscription));
        }
    }

    /// <summary>The moment (<see cref="Stopwatch.GetTimestamp"/>) at which a reader has a view in which the pod belongs to the release. One at a time.</summary>
    public Task<long> ExpectAsync(string pod, int release)
    {
        var awaited = new Awaited(pod, release, new(TaskCreationOptions.RunContinuationsAsynchronously));
        _awaited = awaited;
        return awaited.Seen.Task;
    }

    private async Task ReadAsync(RolloutSubscription subscription)
    {
        await foreach (var view in subscription.ChangesAsync())
        {
            if (_awaited is not { } awaited || view.Rollout is not { } rollout) continue;
            if (rollout.Pods.Any(p => p.Name == awaited.Pod && p.Release == awaited.Release)) awaited.Seen.TrySetResult(Stopwatch.GetTimestamp());
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var subscription in _subscriptions) subscription.Dispose();
        await Task.WhenAll(_reading);
    }
}
