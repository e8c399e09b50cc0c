namespace Babyhelm.Tests.Common;

/// <summary>A clock that a test turns. Timers that come due run within <see cref="Advance"/>, in the order of their times.</summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        DateTimeOffset end;
        lock (_lock) end = _now + by;
        while (true)
        {
            ManualTimer? due;
            lock (_lock)
            {
                due = _timers.Where(t => t.Due <= end).MinBy(t => t.Due);
                _now = due is null ? end : due.Due!.Value > _now ? due.Due.Value : _now;
                due?.Fired(_now);
            }
            if (due is null) return;
            due.Callback(due.State);
        }
    }

    /// <summary>Time to the earliest timer, or null without one.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            lock (_lock) return _timers.Min(t => t.Due) - _now;
        }
    }

    /// <summary>Ends when a timer waits that is due within this time: what is tested has come to its delay.</summary>
    public async Task UntilTimerWithinAsync(TimeSpan due, CancellationToken cancellation = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            lock (_lock)
                if (_timers.Any(t => t.Due <= _now + due)) return;
            await Task.Delay(2, limit.Token);
        }
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        internal TimerCallback Callback => callback;
        internal object? State => state;
        internal DateTimeOffset? Due { get; private set; }

        internal void Fired(DateTimeOffset now)
        {
            if (_period > TimeSpan.Zero) Due = now + _period;
            else Stop();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                Stop();
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = clock._now + dueTime;
                _period = period;
                clock._timers.Add(this);
                return true;
            }
        }

        private void Stop()
        {
            Due = null;
            clock._timers.Remove(this);
        }

        public void Dispose()
        {
            lock (clock._lock) Stop();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
