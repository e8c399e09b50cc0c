using System.Threading.Channels;

namespace Babyhelm.Core.Rollouts;

/// <summary>
/// Keys that changed and were not taken yet, for one reader. A key that changes a hundred times is one entry, so its
/// size is bounded by the number of keys there are, however slow the reader is.
/// </summary>
public sealed class ChangeSet<TKey> : IDisposable where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly Action<ChangeSet<TKey>>? _onDispose;
    private HashSet<TKey> _keys = [];

    internal ChangeSet(Action<ChangeSet<TKey>>? onDispose = null) => _onDispose = onDispose;

    /// <summary>Waits until something changed, then takes all of it. Empty only after <see cref="Dispose"/>.</summary>
    public async ValueTask<IReadOnlyCollection<TKey>> TakeAsync(CancellationToken ct)
    {
        while (await _wake.Reader.WaitToReadAsync(ct))
        {
            if (Take() is { Count: > 0 } keys) return keys;
        }
        return [];
    }

    /// <summary>What changed so far, without waiting; may be empty.</summary>
    public IReadOnlyCollection<TKey> Take()
    {
        lock (_gate)
        {
            _wake.Reader.TryRead(out _);
            if (_keys.Count == 0) return [];
            var taken = _keys;
            _keys = [];
            return taken;
        }
    }

    public void Dispose()
    {
        _wake.Writer.TryComplete();
        _onDispose?.Invoke(this);
    }

    internal void Add(TKey key)
    {
        lock (_gate)
        {
            _keys.Add(key);
            _wake.Writer.TryWrite(true);
        }
    }

    internal void AddRange(IEnumerable<TKey> keys)
    {
        lock (_gate)
        {
            _keys.UnionWith(keys);
            if (_keys.Count > 0) _wake.Writer.TryWrite(true);
        }
    }
}

/// <summary>The readers of one source of changes.</summary>
internal sealed class ChangeHub<TKey> where TKey : notnull
{
    private readonly Lock _gate = new();
    private ChangeSet<TKey>[] _readers = [];

    public ChangeSet<TKey> Subscribe()
    {
        var reader = new ChangeSet<TKey>(Remove);
        lock (_gate) _readers = [.. _readers, reader];
        return reader;
    }

    public void Publish(TKey key)
    {
        foreach (var reader in Volatile.Read(ref _readers)) reader.Add(key);
    }

    /// <summary>Lets a reader that follows several sources follow this one too.</summary>
    public void Attach(ChangeSet<TKey> reader)
    {
        lock (_gate) _readers = [.. _readers, reader];
    }

    public void Detach(ChangeSet<TKey> reader) => Remove(reader);

    public void Publish(IReadOnlyCollection<TKey> keys)
    {
        foreach (var reader in Volatile.Read(ref _readers)) reader.AddRange(keys);
    }

    private void Remove(ChangeSet<TKey> reader)
    {
        lock (_gate) _readers = [.. _readers.Where(r => r != reader)];
    }
}
