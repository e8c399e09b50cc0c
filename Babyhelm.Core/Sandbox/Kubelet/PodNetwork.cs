using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>
/// Addresses of pods, out of 127.32.0.0/11 from a random start, so that several sandboxes on one machine seldom meet.
/// Where the process may not bind a port below 1024, the listener is 20000 above it and <see cref="Resolve"/> knows.
/// </summary>
internal sealed class PodNetwork(PodServer server)
{
    private const int LowPorts = 1024;
    private const int Shift = 20000;
    private const uint First = 127u << 24 | 32u << 16;
    private const uint Mask = (1u << 21) - 1;

    private readonly ConcurrentDictionary<IPEndPoint, IPEndPoint> _mapped = new();
    private uint _next = (uint)RandomNumberGenerator.GetInt32((int)(Mask >> 8)) << 8;

    /// <summary>Where a pod's endpoint really listens.</summary>
    public IPEndPoint Resolve(IPEndPoint endpoint) => _mapped.GetValueOrDefault(endpoint, endpoint);

    /// <summary>The next address that is no network or broadcast number.</summary>
    public IPAddress NextAddress()
    {
        uint offset;
        do offset = Interlocked.Increment(ref _next) & Mask;
        while ((offset & 255) is 0 or 255);
        var value = First | offset;
        return new([(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]);
    }

    /// <summary>Listens for a container; null when a port of the address is taken by somebody else.</summary>
    public IReadOnlyList<IDisposable>? Listen(IPAddress address, IReadOnlyCollection<int> ports, PodSite site)
    {
        var listeners = new List<IDisposable>();
        foreach (var port in ports)
        {
            if (Bind(new(address, port)) is not { } socket)
            {
                foreach (var listener in listeners) listener.Dispose();
                return null;
            }
            listeners.Add(server.Serve(socket, site));
        }
        return listeners;
    }

    private Socket? Bind(IPEndPoint endpoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            try
            {
                socket.Bind(endpoint);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied && endpoint.Port < LowPorts)
            {
                var other = new IPEndPoint(endpoint.Address, endpoint.Port + Shift);
                socket.Bind(other);
                _mapped[endpoint] = other;
            }
            socket.Listen(128);
            return socket;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
