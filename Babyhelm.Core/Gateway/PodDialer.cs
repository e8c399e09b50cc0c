using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Gateway;

/// <summary>Opens connections to pods.</summary>
public sealed class PodDialer(IOptions<GatewayOptions> options)
{
    /// <summary>Where a pod's address is really reached. The sandbox sets it; a cluster's addresses are what they are.</summary>
    public Func<IPEndPoint, IPEndPoint> Resolve { get; set; } = endpoint => endpoint;

    internal Forwarder CreateForwarder()
    {
        var handler = Forwarder.Handler(TimeSpan.FromSeconds(options.Value.ConnectTimeoutSeconds));
        handler.ConnectCallback = ConnectAsync;
        return new Forwarder(handler, TimeSpan.FromSeconds(options.Value.IdleTimeoutSeconds), new PodHeaders(options.Value.ProxyHeaders));
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var endpoint = Resolve(new IPEndPoint(IPAddress.Parse(context.DnsEndPoint.Host.Trim('[', ']')), context.DnsEndPoint.Port));
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
