using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Gateway;

/// <summary>How forwarding to one pod ended.</summary>
internal enum Forwarded
{
    Answered,

    /// <summary>Nothing reached the application: another pod may be tried.</summary>
    NotConnected,

    /// <summary>The pod broke off before any byte of an answer.</summary>
    NoAnswer,
    TimedOut,
}

/// <summary>Sends a request to one pod and its answer back, streaming both ways. WebSockets pass; other upgrades would take headers past the rules, so they are asked for as plain requests.</summary>
internal sealed class Forwarder(PodDialer dialer, IOptions<GatewayOptions> options) : IDisposable
{
    private readonly HttpMessageInvoker _invoker = dialer.CreateInvoker();
    private readonly TimeSpan _idle = TimeSpan.FromSeconds(options.Value.IdleTimeoutSeconds);

    public async Task<Forwarded> SendAsync(HttpContext context, IPEndPoint pod)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        gone.CancelAfter(_idle);
        var upgrade = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } feature
            && context.Request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase) ? feature : null;
        using var message = CreateMessage(context, pod, upgrade is not null, () => gone.CancelAfter(_idle));
        HttpResponseMessage answer;
        try
        {
            answer = await _invoker.SendAsync(message, gone.Token);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError)
        {
            return Forwarded.NotConnected;
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
            ForwardedHeaders.CopyResponse(answer, context.Response);
            if (answer.StatusCode == HttpStatusCode.SwitchingProtocols && upgrade is not null)
                await TunnelAsync(context, upgrade, answer);
            else
                await CopyBodyAsync(context, answer, gone);
            return Forwarded.Answered;
        }
    }

    public void Dispose() => _invoker.Dispose();

    private static HttpRequestMessage CreateMessage(HttpContext context, IPEndPoint pod, bool upgrade, Action progress)
    {
        // The target goes on byte for byte: decoding and encoding again would change what the application sees.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var uri = new Uri($"http://{pod}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(new HttpMethod(context.Request.Method), uri)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? context.Request.ContentLength > 0;
        if (hasBody && !upgrade) message.Content = new RequestBody(context.Request.Body, progress);
        ForwardedHeaders.CopyRequest(context, message, upgrade);
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
                gone.CancelAfter(_idle);
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
        await using var pod = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var up = client.CopyToAsync(pod, ended.Token);
        var down = pod.CopyToAsync(client, ended.Token);
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
