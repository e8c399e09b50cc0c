using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Babyhelm.Core.Gateway;

/// <summary>How forwarding to one server ended.</summary>
internal enum Forwarded
{
    Answered,

    /// <summary>Nothing reached the server: another one may be tried.</summary>
    NotConnected,

    /// <summary>The server broke off before any byte of an answer.</summary>
    NoAnswer,
    TimedOut,

    /// <summary>The visitor's body is longer than it may be.</summary>
    TooLarge,

    /// <summary>The rules don't let the answer pass. Nothing of it was written.</summary>
    Refused,
}

/// <summary>Sends a request to one server and its answer back, streaming both ways. WebSockets pass; other upgrades would take headers past the rules, so they are asked for as plain requests.</summary>
/// <param name="idle">Silence after which a request is given up.</param>
internal sealed class Forwarder(SocketsHttpHandler handler, TimeSpan idle, IForwardRules rules) : IDisposable
{
    private readonly HttpMessageInvoker _invoker = new(handler);

    /// <summary>How connections are made and kept. Nothing of what goes over them is read or changed.</summary>
    public static SocketsHttpHandler Handler(TimeSpan connectTimeout) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        // Byte for byte: a file name in UTF-8 or Latin-1 passes as it is.
        RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        ConnectTimeout = connectTimeout,
        // Shorter than what servers commonly keep: a reused connection that the server closes would fail a request.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),
        ResponseDrainTimeout = TimeSpan.FromSeconds(2),
    };

    /// <summary>How the request becomes a WebSocket; null where it asks for none.</summary>
    public static IHttpUpgradeFeature? WantsSocket(HttpContext context) => context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } feature
        && context.Request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase) ? feature : null;

    /// <param name="server">Scheme, host and port, without a path.</param>
    public async Task<Forwarded> SendAsync(HttpContext context, string server)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        gone.CancelAfter(idle);
        var upgrade = WantsSocket(context);
        using var message = CreateMessage(context, server, upgrade is not null, () => gone.CancelAfter(idle));
        HttpResponseMessage answer;
        try
        {
            answer = await _invoker.SendAsync(message, gone.Token);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            return Forwarded.NotConnected;
        }
        catch (HttpRequestException e) when (e.InnerException is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge })
        {
            return Forwarded.TooLarge;
        }
        catch (HttpRequestException)
        {
            return Forwarded.NoAnswer;
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // SocketsHttpHandler reports its connect timeout as a cancellation that nobody asked for.
            return gone.IsCancellationRequested ? Forwarded.TimedOut : Forwarded.NotConnected;
        }

        using (answer)
        {
            if (!rules.CopyResponse(answer, context)) return Forwarded.Refused;
            if (answer.StatusCode == HttpStatusCode.SwitchingProtocols && upgrade is not null)
                await TunnelAsync(context, upgrade, answer);
            else
                await CopyBodyAsync(context, answer, gone);
            return Forwarded.Answered;
        }
    }

    public void Dispose() => _invoker.Dispose();

    private HttpRequestMessage CreateMessage(HttpContext context, string server, bool upgrade, Action progress)
    {
        // The target goes on byte for byte: decoding and encoding again would change what the server sees.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var uri = new Uri($"{server}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(new HttpMethod(context.Request.Method), uri)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? context.Request.ContentLength > 0;
        if (hasBody && !upgrade) message.Content = new RequestBody(context.Request.Body, progress);
        rules.CopyRequest(context, message, upgrade);
        return message;
    }

    private async Task CopyBodyAsync(HttpContext context, HttpResponseMessage answer, CancellationTokenSource gone)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(gone.Token);
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer, gone.Token)) > 0)
            {
                gone.CancelAfter(idle);
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), gone.Token);
                // Server-sent events and other slow streams must arrive as they come.
                await context.Response.Body.FlushAsync(gone.Token);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            context.Abort(); // the status is out already: a cut connection is the only honest sign
        }
    }

    private static async Task TunnelAsync(HttpContext context, IHttpUpgradeFeature upgrade, HttpResponseMessage answer)
    {
        await using var client = await upgrade.UpgradeAsync();
        await using var server = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var up = client.CopyToAsync(server, ended.Token);
        var down = server.CopyToAsync(client, ended.Token);
        await Task.WhenAny(up, down);
        await ended.CancelAsync();
        try
        {
            await Task.WhenAll(up, down);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side closed, the other copy was cut: how every tunnel ends.
        }
    }

    /// <summary>The client's body, streamed; every chunk counts as a sign of life.</summary>
    private sealed class RequestBody(Stream body, Action progress) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellation)
        {
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await body.ReadAsync(buffer, cancellation)) > 0)
            {
                progress();
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
