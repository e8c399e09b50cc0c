namespace Babyhelm.Core.Monitoring.Panels;

/// <summary>One panel that somebody looks at: its last state and its readers.</summary>
internal sealed class PanelTopic
{
    private readonly Lock _gate = new();
    private readonly List<PanelSubscription> _readers = [];
    private readonly CancellationTokenSource _end = new();
    private PanelSnapshot _snapshot;

    public PanelTopic(PanelSnapshot first) => (_snapshot, Ended) = (first, _end.Token); // asked for after the end too, when the source is disposed

    public PanelSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Cancelled when the last reader has left.</summary>
    public CancellationToken Ended { get; }

    public PanelSubscription Add(Action<PanelSubscription> onDispose)
    {
        lock (_gate)
        {
            var reader = new PanelSubscription(_snapshot, onDispose);
            _readers.Add(reader);
            return reader;
        }
    }

    /// <summary>True when nobody is left.</summary>
    public bool Remove(PanelSubscription reader)
    {
        lock (_gate) return _readers.Remove(reader) && _readers.Count == 0;
    }

    public void Publish(PanelSnapshot snapshot)
    {
        lock (_gate)
        {
            _snapshot = snapshot;
            foreach (var reader in _readers) reader.Push(snapshot);
        }
    }

    /// <summary>Once.</summary>
    public void End()
    {
        _end.Cancel();
        _end.Dispose();
    }
}
