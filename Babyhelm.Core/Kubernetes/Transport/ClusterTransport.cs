using System.Net;
using System.Net.Sockets;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Configuration;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Kubernetes.Transport;

/// <summary>Sends requests with the cluster's credentials: renews them after a 401, waits where the server says how long,
/// and answers either a 2xx response (a 101 where a WebSocket was asked for) or a typed error.</summary>
internal sealed partial class ClusterTransport(ClusterConfig config, TimeProvider time, ILogger logger) : IDisposable
{
    private const int MaxAttempts = 4;

    /// <summary>Longest wait on Retry-After, all attempts together.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly string _server = config.Server.GetLeftPart(UriPartial.Path).TrimEnd('/');
    private Channel? _channel;
    private bool _disposed;

    /// <summary>Connections belong to one client certificate: with another one, new connections are made.</summary>
    private sealed record Channel(HttpMessageInvoker Invoker, ClientCertificate? Certificate);

    internal Uri Server => config.Server;

    internal Pulse Pulse { get; } = new();

    /// <summary>The response's headers have come; its body is the caller's to read and to dispose.</summary>
    /// <param name="limit">Time for each attempt to bring the headers, or null for none.</param>
    internal async Task<Result<HttpResponseMessage>> SendAsync(ClusterRequest request, TimeSpan? limit, CancellationToken cancellation)
    {
        var (waited, renewed) = (TimeSpan.Zero, false);
        for (var attempt = 1; ; attempt++)
        {
            if (!(await config.Credentials.GetAsync(time, cancellation)).Ok(out var credential, out var error)) return error;
            if (!(await TryOnceAsync(request, credential, limit, cancellation)).Ok(out var response, out error)) return error;
            // What stands before an API server says these while it is away.
            if ((int)response.StatusCode is 502 or 503 or 504) Pulse.Lost();
            else Pulse.Alive();
            if (response.IsSuccessStatusCode || (request.Handshake is not null && response.StatusCode == HttpStatusCode.SwitchingProtocols)) return response;

            KubernetesError refusal;
            using (response)
            {
                var read = await GuardedAsync<KubernetesError>(limit, async token => await StatusReader.ReadAsync(response, request, time.GetUtcNow(), token), cancellation);
                if (read.Failed(out error, out refusal!)) return error;
            }
            if (refusal.Status == 401 && !renewed && config.Credentials.Renew(credential))
            {
                renewed = true;
                LogRenewed(_server);
                continue;
            }
            var mayRetry = refusal.Status == 429 || refusal.Status >= 500;
            if (!mayRetry || refusal.RetryAfter is not { } wait || attempt >= MaxAttempts || waited + wait > MaxWait) return refusal;
            LogWaiting(_server, refusal.Status, wait.TotalSeconds);
            await Task.Delay(wait, time, cancellation);
            waited += wait;
        }
    }

    /// <summary>Runs a piece of network work within a time limit; connection failures become values.</summary>
    internal async Task<Result<T>> GuardedAsync<T>(TimeSpan? limit, Func<CancellationToken, Task<Result<T>>> work, CancellationToken cancellation)
    {
        using var clock = limit is { } l ? new CancellationTokenSource(l, time) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellation);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested && limit is not null)
        {
            Pulse.Lost();
            return ConnectionFault.Timeout(config.Server, limit.Value);
        }
        catch (Exception e) when (ConnectionFault.Is(e) && e is not TooLargeException)
        {
            cancellation.ThrowIfCancellationRequested();
            Pulse.Lost();
            return ConnectionFault.From(config.Server, e);
        }
    }

    private Task<Result<HttpResponseMessage>> TryOnceAsync(ClusterRequest request, Credential credential, TimeSpan? limit, CancellationToken cancellation) =>
        GuardedAsync<HttpResponseMessage>(limit, async token =>
        {
            using var message = request.ToMessage(_server);
            if (credential.Authorization is { } value) message.Headers.TryAddWithoutValidation("Authorization", value);
            if (config.TlsServerName is { } name) message.Headers.Host = name;
            foreach (var (header, text) in config.Headers) message.Headers.TryAddWithoutValidation(header, text);
            return await ChannelFor(credential.Certificate ?? config.Certificate).Invoker.SendAsync(message, token);
        }, cancellation);

    private Channel ChannelFor(ClientCertificate? certificate)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_channel is { } current && ReferenceEquals(current.Certificate, certificate)) return current;
            // Disposing the old one closes its idle connections; those with an answer under way end with it.
            _channel?.Invoker.Dispose();
            return _channel = new Channel(new HttpMessageInvoker(Handler(certificate)), certificate);
        }
    }

    private SocketsHttpHandler Handler(ClientCertificate? certificate) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = config.Proxy is not null || !ClusterConfig.IsLoopback(config.Server),
        Proxy = config.Proxy is null ? null : new WebProxy(config.Proxy),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        SslOptions = ServerTrust.Options(config, certificate),
        ResponseHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8,
        ActivityHeadersPropagator = null,
        ConnectCallback = ConnectAsync,
    };

    /// <summary>Keep-alive finds dead peers of silent streams within a minute.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _channel?.Invoker.Dispose();
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The cluster at {Server} refused the credentials; trying renewed ones")]
    private partial void LogRenewed(string server);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The cluster at {Server} answered {Status} and asks to wait {Seconds} s")]
    private partial void LogWaiting(string server, int status, double seconds);
}
