using Babyhelm.Core.Sandbox.Storage;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>Brings one kind of thing into the state it should have. Level-triggered: looks at what is, not at what happened.</summary>
internal abstract class Reconciler
{
    /// <summary>Names what a change concerns. Called under the store's lock; must be quick.</summary>
    public abstract void Observe(Change change, Action<string, string> enqueue);

    /// <summary>Called for one name at a time, never twice at once.</summary>
    public abstract void Reconcile(string ns, string name);

    /// <summary>Set by the loop: the place in its list.</summary>
    public int Rank { get; set; }

    /// <summary>Set by the loop: asks for another look later.</summary>
    public Action<string, string, TimeSpan> Later { protected get; set; } = (_, _, _) => { };
}

/// <summary>
/// One worker for all controllers, which come in order of the list: those of whole workloads before those of their parts,
/// so that they see each step. Sleeps until a change or a due time wakes it.
/// </summary>
internal sealed partial class ControlLoop : IAsyncDisposable
{
    private readonly record struct Key(Reconciler Reconciler, string Namespace, string Name);

    private readonly Queue<Key>[] _ready;
    private readonly HashSet<Key> _queued = [];
    private readonly SemaphoreSlim _waiting = new(0);
    private readonly Dictionary<Key, DateTimeOffset> _due = [];
    private readonly PriorityQueue<Key, DateTimeOffset> _timers = new();
    private readonly Lock _gate = new();
    private readonly IReadOnlyList<Reconciler> _reconcilers;
    private readonly ObjectStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _worker;

    public ControlLoop(ObjectStore store, IReadOnlyList<Reconciler> reconcilers, TimeProvider time, ILogger logger)
    {
        (_store, _reconcilers, _time, _logger) = (store, reconcilers, time, logger);
        _ready = [.. reconcilers.Select(_ => new Queue<Key>())];
        _timer = time.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        foreach (var (rank, reconciler) in reconcilers.Index())
        {
            reconciler.Rank = rank;
            reconciler.Later = (ns, name, after) => Schedule(new(reconciler, ns, name), after);
        }
        store.Changed += OnChanged;
        _worker = Task.Run(WorkAsync);
    }

    public async ValueTask DisposeAsync()
    {
        _store.Changed -= OnChanged;
        await _stop.CancelAsync();
        await _worker;
        await _timer.DisposeAsync();
        _stop.Dispose();
        _waiting.Dispose();
    }

    private void OnChanged(Change change)
    {
        foreach (var reconciler in _reconcilers)
            reconciler.Observe(change, (ns, name) => Enqueue(new(reconciler, ns, name)));
    }

    /// <summary>A name waits in the queue at most once, so the queue is bounded by the number of objects.</summary>
    private void Enqueue(Key key)
    {
        lock (_gate)
        {
            if (!_queued.Add(key)) return;
            _ready[key.Reconciler.Rank].Enqueue(key);
            _waiting.Release();
        }
    }

    private void Schedule(Key key, TimeSpan after)
    {
        if (after <= TimeSpan.Zero)
        {
            Enqueue(key);
            return;
        }
        lock (_gate)
        {
            var due = _time.GetUtcNow() + after;
            if (_due.TryGetValue(key, out var earlier) && earlier <= due) return;
            _due[key] = due;
            _timers.Enqueue(key, due);
            Arm();
        }
    }

    private void Fire()
    {
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            while (_timers.TryPeek(out var key, out var due) && due <= now)
            {
                _timers.Dequeue();
                // An entry that an earlier one replaced counts no more.
                if (!_due.TryGetValue(key, out var wanted) || wanted != due) continue;
                _due.Remove(key);
                Enqueue(key);
            }
            Arm();
        }
    }

    private void Arm()
    {
        if (_stop.IsCancellationRequested || !_timers.TryPeek(out _, out var due)) return;
        var wait = due - _time.GetUtcNow();
        _timer.Change(wait > TimeSpan.FromMilliseconds(1) ? wait : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    private async Task WorkAsync()
    {
        try
        {
            while (true)
            {
                await _waiting.WaitAsync(_stop.Token);
                Key key;
                lock (_gate)
                {
                    key = _ready.First(q => q.Count > 0).Dequeue();
                    _queued.Remove(key);
                }
                try
                {
                    key.Reconciler.Reconcile(key.Namespace, key.Name);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // A bug in one controller must not stop the others; it is tried again, slowly.
                    LogFailed(e, key.Reconciler.GetType().Name, key.Namespace, key.Name);
                    Schedule(key, TimeSpan.FromSeconds(10));
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end of the cluster.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Sandbox controller {Controller} failed on {Namespace}/{Name}")]
    private partial void LogFailed(Exception e, string controller, string @namespace, string name);
}
