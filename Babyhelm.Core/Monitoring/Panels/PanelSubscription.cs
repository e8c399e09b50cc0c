using System.Threading.Channels;

namespace Babyhelm.Core.Monitoring.Panels;

/// <summary>
/// The panel as it was known when the reading began, and every later state of it. A slow reader misses states in between, never the
/// newest. Disposing ends it.
/// </summary>
public sealed class PanelSubscription : IDisposable
{
    private readonly Channel<PanelSnapshot> _news = Channel.CreateBounded<PanelSnapshot>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly Action<PanelSubscription> _onDispose;
    private int _disposed;

    internal PanelSubscription(PanelSnapshot snapshot, Action<PanelSubscription> onDispose) => (Snapshot, _onDispose) = (snapshot, onDispose);

    public PanelSnapshot Snapshot { get; }

    /// <summary>States after the snapshot; ends when disposed. For one reader.</summary>
    public IAsyncEnumerable<PanelSnapshot> ChangesAsync(CancellationToken cancellation = default) => _news.Reader.ReadAllAsync(cancellation);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        _news.Writer.TryComplete();
        _onDispose(this);
    }

    internal void Push(PanelSnapshot snapshot) => _news.Writer.TryWrite(snapshot);
}
