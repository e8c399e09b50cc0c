using System.Net.WebSockets;
using System.Text.Json;
using Babyhelm.Core.Sandbox.Shell;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>The WebSocket of one command: messages that begin with their channel's number, in both directions.</summary>
internal sealed class ExecConnection : IAsyncDisposable
{
    public const byte Output = 1;
    public const byte Error = 2;
    public const byte Status = 3;

    private const byte Input = 0;
    private const byte Resize = 4;
    private const byte Close = 255;
    private const int LongestMessage = 1024 * 1024;

    /// <summary>For the client to read what is left and to close.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromMinutes(15);

    private readonly WebSocket _socket;
    private readonly bool _hasClose;
    private readonly FaultLevers _levers;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _gone;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private Task _receiving = Task.CompletedTask;

    public ExecConnection(WebSocket socket, bool hasClose, FaultLevers levers, TimeProvider time, CancellationToken aborted)
    {
        (_socket, _hasClose, _levers, _time) = (socket, hasClose, levers, time);
        _gone = CancellationTokenSource.CreateLinkedTokenSource(aborted, levers.Stopping);
    }

    /// <summary>Cancelled when the client has gone or the server stops.</summary>
    public CancellationToken Gone => _gone.Token;

    public Sink Sink(byte channel) => (data, ct) => SendAsync(channel, data, ct);

    public async ValueTask SendAsync(byte channel, ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        await _levers.ThawedAsync(ct);
        await _sending.WaitAsync(ct);
        try
        {
            // A cancelled send would break the connection, so only the connection's own end cancels it.
            await _socket.SendAsync((byte[])[channel, .. data.Span], WebSocketMessageType.Binary, true, Gone);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Begins to take the client's messages.</summary>
    /// <param name="ended">Cancelled when nobody reads the input any more; what comes then is thrown away.</param>
    public void Receive(ShellInput input, Terminal? terminal, CancellationToken ended) => _receiving = ReceiveAsync(input, terminal, ended);

    /// <summary>Tells how the command ended, then waits for the client to have read it all.</summary>
    public async Task FinishAsync(byte[] status)
    {
        await SendAsync(Status, status, Gone);
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Gone);
        if (_receiving.IsCompleted) _receiving = ReceiveAsync(new(), null, new CancellationToken(true));
        using var limit = new CancellationTokenSource(Farewell, _time);
        await _receiving.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReceiveAsync(ShellInput input, Terminal? terminal, CancellationToken ended)
    {
        var buffer = new byte[16 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(buffer.AsMemory(), Gone);
                if (received.MessageType == WebSocketMessageType.Close) break;
                if (message.Length + received.Count > LongestMessage) break;
                message.Write(buffer, 0, received.Count);
                if (!received.EndOfMessage) continue;
                if (message.Length > 0 && !ended.IsCancellationRequested) await TakeAsync(message.ToArray(), input, terminal, ended);
                message.SetLength(0);
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException)
        {
            // Cut off, which is an end like any other.
        }
        if (!_gone.IsCancellationRequested) await _gone.CancelAsync();
    }

    private async ValueTask TakeAsync(byte[] message, ShellInput input, Terminal? terminal, CancellationToken ended)
    {
        try
        {
            switch (message[0])
            {
                case Input when terminal is not null:
                    await terminal.TypeAsync(message.AsMemory(1), ended);
                    break;
                case Input when message.Length > 1:
                    await input.WriteAsync(message[1..], ended);
                    break;
                case Resize when terminal is not null && Json.Parse(message.AsSpan(1)) is { } size:
                    terminal.Size = ((int)(size.Int("Width") ?? 0), (int)(size.Int("Height") ?? 0));
                    break;
                case Close when _hasClose && message is [_, Input] && terminal is null:
                    input.Complete();
                    break;
                case Close when _hasClose && message is [_, Input]:
                    await input.EndOnceAsync(ended);
                    break;
            }
        }
        catch (JsonException)
        {
            // No size; a kubelet overlooks it too.
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The command has ended without reading this.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        await _receiving;
        _gone.Dispose();
    }
}
