using System.Net;
using System.Net.Sockets;

namespace Babyhelm.Tests.Common;

/// <summary>
/// Ports of the loopback address that one test alone uses. They lie below 32768, where Linux begins to give ports to
/// connections and to listeners without a port of their own: one that is free for a moment is not taken by chance.
/// </summary>
internal static class TestPorts
{
    private const int First = 20_000;
    private const int Count = 12_000;

    // Test runs at the same time begin at different places.
    private static int _taken = Environment.ProcessId * 101 % Count;

    /// <summary>A free port, each once per test run.</summary>
    public static int Take()
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + Interlocked.Increment(ref _taken) % Count;
            if (IsFree(IPAddress.Loopback, port) && IsFree(IPAddress.IPv6Loopback, port)) return port;
        }
        throw new InvalidOperationException($"No free port from {First} to {First + Count - 1}.");
    }

    /// <summary>A socket with a port that nobody else gets and where connections are refused, until it is disposed.</summary>
    public static Socket Closed() => Bound(Take());

    /// <summary>Holds a port without listening; a listener of this process can share it.</summary>
    public static Socket Bound(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    public static int Port(this Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private static bool IsFree(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }
}
