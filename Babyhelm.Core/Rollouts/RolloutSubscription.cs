using System.Threading.Channels;

namespace Babyhelm.Core.Rollouts;

/// <summary>
/// A snapshot and every later view, with no gap between the two. A slow reader misses views in between, never the
/// newest. Disposing ends it.
/// </summary>
public sealed class RolloutSubscription : IDisposable
{
    private readonly Channel<RolloutView> _views = Channel.CreateBounded<RolloutView>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly Action<RolloutSubscription> _onDispose;
    private int _disposed;

    internal RolloutSubscription(RolloutView snapshot, Action<RolloutSubscription> onDispose)
    {
        Snapshot = snapshot;
        _onDispose = onDispose;
    }

    public RolloutView Snapshot { get; }

    /// <summary>Views after the snapshot; ends when disposed. For one reader.</summary>
    public IAsyncEnumerable<RolloutView> ChangesAsync(CancellationToken ct = default) => _views.Reader.ReadAllAsync(ct);

    /// <summary>The newest view that was not read yet, without waiting.</summary>
    public bool TryRead(out RolloutView? view) => _views.Reader.TryRead(out view);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        _views.Writer.TryComplete();
        _onDispose(this);
    }

    internal void Push(RolloutView view) => _views.Writer.TryWrite(view);
}
