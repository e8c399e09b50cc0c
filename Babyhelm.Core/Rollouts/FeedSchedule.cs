namespace Babyhelm.Core.Rollouts;

/// <summary>Moments at which applications have to be looked at again. One timer, set to the earliest.</summary>
internal sealed class FeedSchedule : IDisposable
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly PriorityQueue<FeedTopic, DateTimeOffset> _due = new();
    private readonly TimeProvider _time;
    private readonly Action<AppKey> _onDue;
    private readonly ITimer _timer;
    private DateTimeOffset? _armed;

    public FeedSchedule(TimeProvider time, Action<AppKey> onDue)
    {
        _time = time;
        _onDue = onDue;
        _timer = time.CreateTimer(static s => ((FeedSchedule)s!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Looks at the topic at <paramref name="at"/>, or earlier if that is planned already.</summary>
    public void Plan(FeedTopic topic, DateTimeOffset at)
    {
        lock (_gate)
        {
            if (topic.Scheduled <= at) return;
            topic.Scheduled = at;
            _due.Enqueue(topic, at);
            Arm();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Fire()
    {
        lock (_gate)
        {
            _armed = null;
            while (_due.TryPeek(out var topic, out var at) && at <= _time.GetUtcNow())
            {
                _due.Dequeue();
                // An entry that an earlier one overtook counts no more.
                if (topic.Scheduled != at) continue;
                topic.Scheduled = null;
                _onDue(topic.Key);
            }
            Arm();
        }
    }

    private void Arm()
    {
        if (!_due.TryPeek(out _, out var at) || _armed <= at) return;
        _armed = at;
        var wait = at - _time.GetUtcNow();
        _timer.Change(wait < Shortest ? Shortest : wait > Longest ? Longest : wait, Timeout.InfiniteTimeSpan);
    }
}
