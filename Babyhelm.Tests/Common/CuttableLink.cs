using System.Net;
using System.Net.Sockets;

namespace Babyhelm.Tests.Common;

/// <summary>Forwards TCP connections on loopback; cut, it refuses new ones and breaks those that are open.</summary>
public sealed class CuttableLink : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private readonly IPEndPoint _target;
    private readonly Socket _held = TestPorts.Closed(); // keeps the port over a cut
    private Socket? _listener;

    private CuttableLink(IPEndPoint target) => _target = target;

    public int Port => _held.Port();

    public static CuttableLink To(IPEndPoint target)
    {
        var link = new CuttableLink(target);
        link.Restore();
        return link;
    }

    public void Restore()
    {
        var listener = TestPorts.Bound(Port);
        listener.Listen();
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    public void Cut()
    {
        _listener?.Dispose();
        _listener = null;
        lock (_gate)
        {
            foreach (var socket in _open) socket.Dispose();
            _open.Clear();
        }
    }

    public void Dispose()
    {
        Cut();
        _held.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true) _ = ForwardAsync(await listener.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // cut
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        using var near = client;
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        near.NoDelay = true;
        lock (_gate)
        {
            _open.Add(near);
            _open.Add(far);
        }
        try
        {
            await far.ConnectAsync(_target);
            await using var up = new NetworkStream(near);
            await using var down = new NetworkStream(far);
            await Task.WhenAny(up.CopyToAsync(down), down.CopyToAsync(up));
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // one side went away, or the link was cut
        }
        finally
        {
            lock (_gate)
            {
                _open.Remove(near);
                _open.Remove(far);
            }
        }
    }
}
