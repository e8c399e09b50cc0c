using System.Threading.Channels;

namespace Babyhelm.Core.Sandbox.Storage;

/// <summary>
/// One open watch of a type, optionally of one namespace. Changes come through a bounded channel; whoever falls behind by
/// more than the bound is cut off and has to come again.
/// </summary>
internal sealed class Watcher : IDisposable
{
    private readonly Channel<Change> _channel;
    private readonly Action<Watcher> _closed;

    public Watcher(ApiResource resource, string? ns, int capacity, Action<Watcher> closed)
    {
        Resource = resource;
        Namespace = ns;
        _closed = closed;
        _channel = Channel.CreateBounded<Change>(new BoundedChannelOptions(capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    }

    public ApiResource Resource { get; }
    public string? Namespace { get; }
    public ChannelReader<Change> Changes => _channel.Reader;

    /// <summary>Called under the store's lock.</summary>
    public void Offer(Change change)
    {
        if (Namespace is not null && change.Object.Namespace != Namespace) return;
        if (!_channel.Writer.TryWrite(change)) End();
    }

    public void End()
    {
        _channel.Writer.TryComplete();
        _closed(this);
    }

    public void Dispose() => End();
}
