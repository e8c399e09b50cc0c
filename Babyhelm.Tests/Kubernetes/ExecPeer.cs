using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>The server's side of a command, frame by frame, so that it can be as wrong as a test wants it.</summary>
internal sealed class ExecPeer(Exchange exchange, Stream stream)
{
    internal const string V5 = "v5.channel.k8s.io";
    internal const string V4 = "v4.channel.k8s.io";

    /// <summary>First byte of a frame: the last of its message, binary.</summary>
    internal const byte Binary = 0x82;
    internal const byte Text = 0x81;
    internal const byte Close = 0x88;
    internal const byte Ping = 0x89;
    internal const byte Pong = 0x8A;

    internal Exchange Exchange => exchange;

    /// <summary>Opens the WebSocket that a request asks for.</summary>
    internal static async Task<ExecPeer> OpenAsync(Exchange exchange, string? protocol = V5, string? accept = null)
    {
        var headers = exchange.Context.Response.Headers;
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = accept ?? Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(exchange.Headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
        if (protocol is not null) headers.SecWebSocketProtocol = protocol;
        return new ExecPeer(exchange, await exchange.Context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync());
    }

    internal Task SendAsync(byte channel, string text) => SendAsync(channel, Encoding.UTF8.GetBytes(text));

    internal Task SendAsync(byte channel, byte[] data) => FrameAsync(Binary, [channel, .. data]);

    /// <summary>The end of a command, as the server tells it.</summary>
    internal Task StatusAsync(int code) => SendAsync(3, code == 0
        ? """{"metadata":{},"status":"Success"}"""
        : $$$"""{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: exit status {{{code}}}","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"{{{code}}}"}]} }""");

    internal async Task FrameAsync(byte first, byte[] payload)
    {
        await stream.WriteAsync(Frame(first, payload));
        await stream.FlushAsync();
    }

    internal async Task RawAsync(byte[] bytes)
    {
        await stream.WriteAsync(bytes);
        await stream.FlushAsync();
    }

    internal static byte[] Frame(byte first, byte[] payload)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
        return payload.Length < 126 ? [first, (byte)payload.Length, .. payload]
            : payload.Length <= ushort.MaxValue ? [first, 126, .. length[6..], .. payload]
            : [first, 127, .. length, .. payload];
    }

    /// <summary>The next frame of the client, unmasked, pongs left out.</summary>
    internal async Task<(byte First, byte[] Payload)> ReceiveAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var head = await ReadAsync(2, limit.Token);
            Assert.True((head[1] & 0x80) != 0, "a client masks its frames");
            var length = (long)(head[1] & 0x7F);
            if (length == 126) length = BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2, limit.Token));
            else if (length == 127) length = (long)BinaryPrimitives.ReadUInt64BigEndian(await ReadAsync(8, limit.Token));
            var mask = await ReadAsync(4, limit.Token);
            var payload = await ReadAsync((int)length, limit.Token);
            for (var i = 0; i < payload.Length; i++) payload[i] ^= mask[i % 4];
            if (head[0] != Pong) return (head[0], payload);
        }
    }

    private async Task<byte[]> ReadAsync(int length, CancellationToken ct)
    {
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, ct);
        return bytes;
    }
}
