using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>
/// One HTTP server for all pods. Each pod has only a listening socket; what it accepts goes to the one server, so a
/// thousand pods cost a thousand sockets and no more.
/// </summary>
internal sealed class PodServer : IConnectionListenerFactory, IConnectionListener
{
    private const int WaitingConnections = 4096;

    private readonly Channel<ConnectionContext> _accepted = Channel.CreateBounded<ConnectionContext>(WaitingConnections);
    private readonly SocketConnectionContextFactory _connections;
    private readonly WebApplication _app;

    private PodServer(ILoggerFactory logs)
    {
        _connections = new(new(), logs.CreateLogger("Babyhelm.Core.Sandbox.Pods"));
        var builder = EmbeddedHost.CreateBuilder(logs);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
            // Never bound: connections come from the pods' own sockets.
            k.Listen(new IPEndPoint(IPAddress.Loopback, 1));
        });
        builder.Services.AddSingleton<IConnectionListenerFactory>(this);
        _app = builder.Build();
        _app.Run(http => http.Features.Get<PodSite>() is { } site ? site.AnswerAsync(http) : Missing(http));
    }

    public EndPoint EndPoint { get; private set; } = new IPEndPoint(IPAddress.Loopback, 1);

    public static async Task<PodServer> StartAsync(ILoggerFactory logs, CancellationToken ct)
    {
        var server = new PodServer(logs);
        await server._app.StartAsync(ct);
        return server;
    }

    /// <summary>Accepts for a pod until the answer is disposed; open connections live on.</summary>
    public IDisposable Serve(Socket socket, PodSite site)
    {
        _ = AcceptAsync(socket, site);
        return socket;
    }

    public async Task StopAsync()
    {
        _accepted.Writer.TryComplete();
        await _app.StopAsync(new CancellationToken(true));
        await _app.DisposeAsync();
        _connections.Dispose();
    }

    private async Task AcceptAsync(Socket socket, PodSite site)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await socket.AcceptAsync();
            }
            catch (Exception e) when (e is ObjectDisposedException || e is SocketException { SocketErrorCode: SocketError.OperationAborted or SocketError.InvalidArgument or SocketError.Interrupted })
            {
                return;
            }
            catch (SocketException)
            {
                // The client went away before it was taken; the listener is well.
                continue;
            }
            client.NoDelay = true;
            var connection = _connections.Create(client);
            connection.Features.Set(site);
            site.Opened(connection);
            if (!_accepted.Writer.TryWrite(connection)) await connection.DisposeAsync();
        }
    }

    private static Task Missing(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    ValueTask<IConnectionListener> IConnectionListenerFactory.BindAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        EndPoint = endpoint;
        return new(this);
    }

    async ValueTask<ConnectionContext?> IConnectionListener.AcceptAsync(CancellationToken cancellationToken)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken))
            if (_accepted.Reader.TryRead(out var connection)) return connection;
        return null;
    }

    ValueTask IConnectionListener.UnbindAsync(CancellationToken cancellationToken)
    {
        _accepted.Writer.TryComplete();
        return default;
    }

    ValueTask IAsyncDisposable.DisposeAsync() => default;
}
