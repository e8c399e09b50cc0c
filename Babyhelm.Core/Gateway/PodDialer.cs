using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Gateway;

/// <summary>Opens connections to pods.</summary>
public sealed class PodDialer(IOptions<GatewayOptions> options)
{
    /// <summary>Where a pod's address is really reached. The sandbox sets it; a cluster's addresses are what they are.</summary>
    public Func<IPEndPoint, IPEndPoint> Resolve { get; set; } = endpoint => endpoint;

    internal HttpMessageInvoker CreateInvoker() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        // Byte for byte: a file name in UTF-8 or Latin-1 passes as it is.
        RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        ConnectTimeout = TimeSpan.FromSeconds(options.Value.ConnectTimeoutSeconds),
        // Shorter than what servers commonly keep: a reused connection that the pod closes would fail a request.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),
        ResponseDrainTimeout = TimeSpan.FromSeconds(2),
        ConnectCallback = ConnectAsync,
    });

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
