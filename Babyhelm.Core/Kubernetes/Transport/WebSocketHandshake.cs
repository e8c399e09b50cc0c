using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Babyhelm.Core.Kubernetes.Transport;

/// <summary>
/// The opening handshake of a WebSocket (RFC 6455, section 4.1) as an ordinary request, so that it has the credentials, the
/// trust and the errors of all others: the framework's own client keeps the body of a refusal, which is the server's Status,
/// to itself.
/// </summary>
/// <param name="protocols">Subprotocols in the order of preference.</param>
internal sealed class WebSocketHandshake(params string[] protocols)
{
    private const string Magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));

    internal void Ask(HttpRequestMessage message)
    {
        message.Version = HttpVersion.Version11;
        message.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        message.Headers.Connection.Add("Upgrade");
        message.Headers.Upgrade.ParseAdd("websocket");
        message.Headers.Add("Sec-WebSocket-Version", "13");
        message.Headers.Add("Sec-WebSocket-Key", _key);
        message.Headers.Add("Sec-WebSocket-Protocol", string.Join(", ", protocols));
    }

    /// <summary>The subprotocol that the server has chosen, or null and why the answer opens no WebSocket.</summary>
    internal (string? Protocol, string Fault) Read(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.SwitchingProtocols) return (null, $"it answered {(int)response.StatusCode} in place of opening a WebSocket");
        if (!Value(response, "Upgrade").Equals("websocket", StringComparison.OrdinalIgnoreCase)) return (null, "it switched to another protocol than WebSocket");
        if (Value(response, "Sec-WebSocket-Accept") != Accept(_key)) return (null, "it did not accept the WebSocket's key");
        if (Value(response, "Sec-WebSocket-Extensions").Length > 0) return (null, "it chose a WebSocket extension that nobody asked for");
        var protocol = Value(response, "Sec-WebSocket-Protocol");
        return protocols.Contains(protocol, StringComparer.Ordinal) ? (protocol, "")
            : (null, protocol.Length == 0 ? "it chose no subprotocol" : $"it chose the subprotocol '{protocol}'");
    }

    /// <summary>SHA-1 as the protocol has it: proof that the server speaks WebSocket, no security.</summary>
    internal static string Accept(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Magic)));

    private static string Value(HttpResponseMessage response, string header) =>
        response.Headers.NonValidated.TryGetValues(header, out var values) ? values.ToString() : "";
}
