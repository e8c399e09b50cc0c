using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Babyhelm.Tests.Integration;

namespace Babyhelm.Tests.Grafana;

/// <summary>A signed-in browser as far as Grafana is concerned: its cookie, and requests as they are on the wire.</summary>
internal sealed class GrafanaVisit(RunningBabyhelm app, string cookie)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public string Cookie => cookie;

    public string Origin => app.Url.GetLeftPart(UriPartial.Authority);

    public static async Task<GrafanaVisit> SignInAsync(RunningBabyhelm app, string email)
    {
        using var browser = new FormClient(app.CreateClient());
        using var answer = await browser.SubmitAsync("/account/login", new() { ["_handler"] = "login", ["Input.Email"] = email, ["Input.Password"] = RunningBabyhelm.TestPassword });
        return new GrafanaVisit(app, answer.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0]).Single(c => c.StartsWith("babyhelm=", StringComparison.Ordinal)));
    }

    /// <summary>A client that sends the cookie and follows nothing.</summary>
    public HttpClient Client(bool ownPage = true)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, Expect100ContinueTimeout = Patience }) { BaseAddress = app.Url, Timeout = Patience };
        client.DefaultRequestHeaders.Add("Cookie", cookie);
        if (ownPage) client.DefaultRequestHeaders.Add("Origin", Origin);
        return client;
    }

    /// <summary>Sends a request line and header lines as they are; answers everything until the connection ends.</summary>
    public async Task<string> RawAsync(string requestLine, params string[] headers)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, app.Port);
        await using var stream = socket.GetStream();
        string[] lines = [requestLine, $"Host: localhost:{app.Port}", $"Cookie: {cookie}", .. headers, "", ""];
        await stream.WriteAsync(Encoding.Latin1.GetBytes(string.Join("\r\n", lines)));
        using var limit = new CancellationTokenSource(Patience);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(limit.Token);
    }

    public async Task<ClientWebSocket> OpenAsync(string path, string? origin)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", cookie);
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        socket.Options.CollectHttpResponseDetails = true;
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await socket.ConnectAsync(new Uri($"ws://localhost:{app.Port}{path}"), limit.Token);
        }
        catch (WebSocketException)
        {
            // the status says it
        }
        return socket;
    }

    /// <summary>Sends a message and answers the next one.</summary>
    public static async Task<string> SayAsync(ClientWebSocket socket, string text)
    {
        using var limit = new CancellationTokenSource(Patience);
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, limit.Token);
        var (buffer, read) = (new byte[256 * 1024], 0);
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(read), limit.Token);
            read += received.Count;
            if (received.EndOfMessage) return Encoding.UTF8.GetString(buffer, 0, read);
        }
    }

    /// <summary>Waits until the other side ends it, in whatever way.</summary>
    public static async Task EndsAsync(ClientWebSocket socket)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            while ((await socket.ReceiveAsync(new byte[1024].AsMemory(), limit.Token)).MessageType != WebSocketMessageType.Close) ;
        }
        catch (WebSocketException)
        {
            // cut
        }
    }
}
