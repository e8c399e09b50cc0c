using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Babyhelm.Tests.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Tests.Grafana;

/// <summary>A request as it came to Grafana.</summary>
/// <param name="Target">As it stood in the request line.</param>
/// <param name="Headers">Each with all of its values.</param>
public sealed record SeenByGrafana(string Method, string Target, IReadOnlyDictionary<string, string[]> Headers)
{
    public string? One(string name) => Headers.TryGetValue(name, out var values) ? Assert.Single(values) : null;
}

/// <summary>Stands in for Grafana: keeps what comes, and answers as a test says, or with a page that shows what it was asked for and talks over a WebSocket.</summary>
public sealed class TestGrafana : IAsyncDisposable
{
    public const string Token = "a token of the test's data source alone";
    private readonly ConcurrentQueue<SeenByGrafana> _seen = new();
    private readonly ConcurrentDictionary<string, RequestDelegate> _answers = new();
    private readonly WebApplication _server;

    private TestGrafana()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{TestPorts.Take()}");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        _server = builder.Build();
        _server.UseWebSockets();
        _server.Run(AnswerAsync);
    }

    /// <summary>The way to it, which can be cut.</summary>
    public CuttableLink Link { get; private set; } = null!;

    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["Grafana__Url"] = $"http://127.0.0.1:{Link.Port}", ["Grafana__DataSourceToken"] = Token };

    public static async Task<TestGrafana> StartAsync()
    {
        var grafana = new TestGrafana();
        await grafana._server.StartAsync();
        grafana.Link = CuttableLink.To(new IPEndPoint(IPAddress.Loopback, new Uri(grafana._server.Urls.Single()).Port));
        return grafana;
    }

    /// <summary>A path that no other test asks for, and what is answered there.</summary>
    public string Serve(RequestDelegate answer, string below = "/grafana/")
    {
        var path = $"{below}{Guid.NewGuid():N}";
        _answers[path] = answer;
        return path;
    }

    /// <summary>Answers with these bytes, whatever they are, until the other side ends the connection.</summary>
    public static async Task AnswerRawAsync(HttpContext http, string bytes)
    {
        var ended = new TaskCompletionSource();
        using var watch = http.RequestAborted.Register(ended.SetResult);
        await http.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport.Output.WriteAsync(Encoding.Latin1.GetBytes(bytes));
        await ended.Task;
    }

    /// <summary>What came for a path and whatever is below it.</summary>
    public IReadOnlyList<SeenByGrafana> SeenAt(string path) => [.. _seen.Where(s => s.Target.StartsWith(path, StringComparison.Ordinal))];

    public IReadOnlyList<SeenByGrafana> Seen => [.. _seen];

    private Task AnswerAsync(HttpContext http)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        _seen.Enqueue(new SeenByGrafana(http.Request.Method, target, http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.Select(v => v ?? "").ToArray(), StringComparer.OrdinalIgnoreCase)));
        if (_answers.FirstOrDefault(a => target.StartsWith(a.Key, StringComparison.Ordinal)).Value is { } answer) return answer(http);
        return http.WebSockets.IsWebSocketRequest ? EchoAsync(http) : ShowAsync(http);
    }

    /// <summary>A page as Grafana's are: its script stands in it, known by a nonce, and opens a WebSocket below the path. A script that got into the page otherwise shows whether it runs.</summary>
    private static Task ShowAsync(HttpContext http)
    {
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        http.Response.Headers.ContentSecurityPolicy = $"script-src 'self' 'unsafe-eval' 'unsafe-inline' 'strict-dynamic' 'nonce-{nonce}';object-src 'none';base-uri 'self'";
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.Headers.XFrameOptions = "deny";
        return http.Response.WriteAsync($$"""
            <!DOCTYPE html><html lang="en"><head><title>Panel</title></head><body>
            <p id="asked">{{WebUtility.HtmlEncode($"{http.Request.Path}{http.Request.QueryString}")}}</p>
            <p id="role">{{WebUtility.HtmlEncode(http.Request.Headers["X-WEBAUTH-ROLE"])}}</p>
            <p id="live"></p>
            <p id="foreign">kept out</p>
            <script>document.getElementById('foreign').textContent = 'ran';</script>
            <script nonce="{{nonce}}">
            const socket = new WebSocket(location.origin.replace('http', 'ws') + '/grafana/api/live/ws');
            socket.onopen = () => socket.send('hello');
            socket.onmessage = message => { document.getElementById('live').textContent = message.data; };
            </script></body></html>
            """);
    }

    private static async Task EchoAsync(HttpContext http)
    {
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer, http.RequestAborted) is { MessageType: not WebSocketMessageType.Close } received)
                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, http.RequestAborted);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, http.RequestAborted);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // cut on the way
        }
    }

    public async ValueTask DisposeAsync()
    {
        Link.Dispose();
        await _server.DisposeAsync();
    }
}
