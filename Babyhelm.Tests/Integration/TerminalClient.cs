using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Integration;

/// <summary>The other end of a terminal: what a browser or a tool does. Draws all that comes, and says so, unless told otherwise.</summary>
public sealed class TerminalClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly ClientWebSocket _socket = new();
    private readonly StringBuilder _screen = new();

    /// <summary>Whether output is answered as drawn.</summary>
    public bool Draws { get; set; } = true;

    /// <summary>Bytes of output so far.</summary>
    public long Received { get; private set; }

    /// <summary>What the server said when it opened.</summary>
    public JsonNode? Opened { get; private set; }

    /// <summary>What the server said at the end; null while there is none, or after a connection that was cut.</summary>
    public JsonNode? Ended { get; private set; }

    /// <param name="path">With the query.</param>
    /// <param name="headers">For example Authorization, Origin and Cookie.</param>
    /// <exception cref="WebSocketException">It was refused; <see cref="Status"/> says how.</exception>
    public async Task ConnectAsync(RunningBabyhelm app, string path, params (string Name, string Value)[] headers)
    {
        foreach (var (name, value) in headers) _socket.Options.SetRequestHeader(name, value);
        _socket.Options.CollectHttpResponseDetails = true;
        using var limit = new CancellationTokenSource(Patience);
        await _socket.ConnectAsync(new Uri($"ws://localhost:{app.Port}{path}"), limit.Token);
    }

    public HttpStatusCode Status => _socket.HttpStatusCode;

    public string Screen => _screen.ToString();

    /// <summary>Opens a terminal with an access token and waits for its shell.</summary>
    public static async Task<TerminalClient> OpenAsync(RunningBabyhelm app, ApiUser user, string project, string name, string query = "")
    {
        var client = new TerminalClient();
        await client.ConnectAsync(app, $"/api/v1/projects/{project}/apps/{name}/terminal{query}", ("Authorization", await user.AuthorizationAsync()));
        await client.ReadUntilAsync(() => client.Opened is not null || client.Ended is not null);
        return client;
    }

    public Task TypeAsync(string keys) => SendAsync(Encoding.UTF8.GetBytes(keys), WebSocketMessageType.Binary);

    public Task SayAsync(string json) => SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text);

    public Task ShowsAsync(string text) => ReadUntilAsync(() => Screen.Contains(text, StringComparison.Ordinal));

    /// <summary>Reads to the end of the connection.</summary>
    public Task EndsAsync() => ReadUntilAsync(() => false);

    /// <summary>Reads until the condition holds or the connection ends.</summary>
    public async Task ReadUntilAsync(Func<bool> done)
    {
        using var limit = new CancellationTokenSource(Patience);
        var buffer = new byte[64 * 1024];
        while (!done())
        {
            ValueWebSocketReceiveResult received;
            try
            {
                received = await _socket.ReceiveAsync(buffer.AsMemory(), limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Not within {Patience.TotalSeconds} s. On the screen: {Screen}");
            }
            if (received.MessageType == WebSocketMessageType.Close)
            {
                try
                {
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
                }
                catch (WebSocketException)
                {
                    // A server that waited long enough for it has gone; all that it said has come.
                }
                return;
            }
            var data = buffer.AsMemory(0, received.Count);
            if (received.MessageType == WebSocketMessageType.Text)
            {
                var notice = JsonNode.Parse(data.Span)!;
                if (notice["type"]!.GetValue<string>() == "opened") Opened = notice;
                else Ended = notice;
                continue;
            }
            Received += data.Length;
            _screen.Append(Encoding.UTF8.GetString(data.Span));
            if (Draws) await SayAsync($"{{\"drawn\":{data.Length}}}");
        }
    }

    private async Task SendAsync(byte[] data, WebSocketMessageType type)
    {
        using var limit = new CancellationTokenSource(Patience);
        await _socket.SendAsync(data, type, endOfMessage: true, limit.Token);
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
