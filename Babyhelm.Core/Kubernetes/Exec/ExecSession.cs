using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Transport;

namespace Babyhelm.Core.Kubernetes.Exec;

/// <summary>
/// A command that runs in a container. What it writes waits here for its reader, up to <see cref="MaxWaiting"/> pieces; then
/// the command is held back. So the output must be read, or the command may never end. Reading, writing and resizing may go
/// on at the same time; each of them is safe for one caller, writing and resizing for several.
/// </summary>
/// <remarks>
/// Disposing ends the session, not the command: one that reads its input, such as a shell, ends with it; another goes on in
/// the container. Servers before 1.36 may cut off output that is still on its way when the client sends something after the
/// command's end; the result is then <see cref="ExecProblem.ConnectionLost"/>, never a shortened output with an exit code.
/// </remarks>
public sealed class ExecSession : IAsyncDisposable
{
    /// <summary>Longest piece of output, in bytes.</summary>
    public const int MaxChunk = 16 * 1024;

    /// <summary>Pieces of output that wait for the reader: 512 KiB at most.</summary>
    public const int MaxWaiting = 32;

    /// <summary>Bytes of input in one message; a longer input is sent as several.</summary>
    internal const int MaxMessage = 32 * 1024;

    /// <summary>A Status is far smaller.</summary>
    private const int MaxStatus = 64 * 1024;

    /// <summary>How often an empty message, which servers pass over, goes to a server that has been quiet for half of it: it keeps
    /// proxies from taking a quiet session for a dead one. Never while output is held back or on its way: servers before 1.36
    /// close the connection at the command's end, and what the client sends then resets it and loses output that is unread.</summary>
    internal static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    /// <summary>For the closing messages at the end.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly WebSocket _socket;
    private readonly HttpResponseMessage _response;
    private readonly ExecOptions _options;
    private readonly Uri _server;
    private readonly TimeProvider _time;
    private readonly Channel<ExecOutput> _output = Channel.CreateBounded<ExecOutput>(new BoundedChannelOptions(MaxWaiting) { SingleWriter = true });
    private readonly TaskCompletionSource<Result<int>> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _disposed = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Task _pump;
    private volatile bool _inputClosed;
    private volatile bool _cut;

    private volatile bool _heldBack;

    /// <summary>Timestamp since when the server is waited for.</summary>
    private long _waitingSince;

    internal ExecSession(WebSocket socket, HttpResponseMessage response, ExecOptions options, Uri server, TimeProvider time)
    {
        (_socket, _response, _options, _server, _time, _waitingSince) = (socket, response, options, server, time, time.GetTimestamp());
        _pump = Task.Run(PumpAsync);
    }

    /// <summary>Whether <see cref="CloseInputAsync"/> can work: the server speaks v5 (Kubernetes 1.30 and newer).</summary>
    public bool CanCloseInput => _socket.SubProtocol == ExecProtocol.V5;

    /// <summary>Whether output waits for its reader, so that nothing more is read from the server.</summary>
    internal bool IsHeldBack => _heldBack;

    /// <summary>The command's exit code, or an <see cref="ExecError"/>. A command that a signal ended, as all of a container's are when
    /// it restarts, has 128 and the signal's number: 137 for a kill. Completes only while the output is being read.</summary>
    public Task<Result<int>> Exit => _exit.Task;

    /// <summary>What the command writes, until it ends or the session does; <see cref="Exit"/> says which. For one reader.</summary>
    public IAsyncEnumerable<ExecOutput> ReadAsync(CancellationToken cancellation = default) => _output.Reader.ReadAllAsync(cancellation);

    /// <summary>Hands the command input. Takes as long as the command and the network do. Cancelling it half way ends the session.</summary>
    public async Task<Result<Done>> WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellation = default)
    {
        if (!_options.Input) return new Invalid("input", "The command was started without an input.");
        if (_inputClosed) return new ExecError(ExecProblem.Closed, "The input has been closed.");
        for (; input.Length > 0; input = input[Math.Min(input.Length, MaxMessage)..])
            if ((await SendAsync(ExecProtocol.Input, input[..Math.Min(input.Length, MaxMessage)], cancellation)).Failed(out var error, out _)) return error;
        return Done.Result;
    }

    /// <summary>Ends the input: the command reads its end after what was written. Fails with <see cref="ExecProblem.CannotCloseInput"/> on
    /// servers that speak v4 only; a command that waits for the end of its input never ends there.</summary>
    public async Task<Result<Done>> CloseInputAsync(CancellationToken cancellation = default)
    {
        if (!_options.Input) return new Invalid("input", "The command was started without an input.");
        if (!CanCloseInput)
            return new ExecError(ExecProblem.CannotCloseInput, "This cluster cannot be told that the input has ended: it speaks v4 of the exec protocol, which has no word for it (Kubernetes before 1.30).");
        if (_inputClosed) return Done.Result;
        _inputClosed = true;
        return await SendAsync(ExecProtocol.Close, new[] { ExecProtocol.Input }, cancellation);
    }

    public async Task<Result<Done>> ResizeAsync(TerminalSize size, CancellationToken cancellation = default)
    {
        if (!_options.Tty) return new Invalid("size", "Only a terminal has a size.");
        if (size.Problem is { } problem) return problem;
        return await SendAsync(ExecProtocol.Resize, Encoding.ASCII.GetBytes($"{{\"Width\":{size.Columns},\"Height\":{size.Rows}}}"), cancellation);
    }

    private async Task<Result<Done>> SendAsync(byte channel, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        var message = ArrayPool<byte>.Shared.Rent(1 + data.Length);
        try
        {
            message[0] = channel;
            data.CopyTo(message.AsMemory(1));
            return await SendAsync(message.AsMemory(0, 1 + data.Length), cancellation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(message);
        }
    }

    /// <summary>One message in one frame: kubelets before 1.30 take every frame for a message.</summary>
    private async Task<Result<Done>> SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation);
        try
        {
            if (_exit.Task.IsCompleted || _disposed.IsCancellationRequested) return Over;
            using var cut = cancellation.Register(Cut);
            await _socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
            return Done.Result;
        }
        catch (Exception e) when (IsBroken(e))
        {
            cancellation.ThrowIfCancellationRequested();
            return _exit.Task.IsCompleted || _disposed.IsCancellationRequested ? Over : Lost(e);
        }
        finally
        {
            _sending.Release();
        }
    }

    private void StayAlive()
    {
        if (_heldBack || _time.GetElapsedTime(Interlocked.Read(ref _waitingSince)) < KeepAlive / 2 || _sending.CurrentCount == 0) return;
        // A connection that is broken is told by the receiver.
        _ = SendAsync(ReadOnlyMemory<byte>.Empty, CancellationToken.None);
    }

    /// <summary>A socket that was aborted says so with a cancellation that nobody asked for.</summary>
    private static bool IsBroken(Exception e) => e is WebSocketException or ObjectDisposedException or OperationCanceledException || ConnectionFault.Is(e);

    /// <summary>Half a message cannot be taken back.</summary>
    private void Cut()
    {
        _cut = true;
        _socket.Abort();
    }

    private static ExecError Over => new(ExecProblem.Closed, "The session is over.");

    private ExecError Lost(Exception e) => new(ExecProblem.ConnectionLost, $"The connection to the command was lost: {ConnectionFault.From(_server, e).Public}");

    private async Task PumpAsync()
    {
        try
        {
            Result<int> end;
            await using (_time.CreateTimer(_ => StayAlive(), null, KeepAlive, KeepAlive)) end = await EndAsync();
            _exit.TrySetResult(end);
            _output.Writer.TryComplete();
            if (!_disposed.IsCancellationRequested) await CloseAsync();
        }
        catch (Exception e)
        {
            // A fault of this class: whoever reads or waits must get it.
            _exit.TrySetException(e);
            _output.Writer.TryComplete(e);
        }
        finally
        {
            _socket.Dispose();
            _response.Dispose();
        }
    }

    private async Task<Result<int>> EndAsync()
    {
        try
        {
            return await ReceiveAsync(_disposed.Token);
        }
        catch (OperationCanceledException) when (_disposed.IsCancellationRequested)
        {
            return new ExecError(ExecProblem.Closed, "The session was closed before the command ended.");
        }
        catch (Exception e) when (_cut && IsBroken(e))
        {
            return new ExecError(ExecProblem.Closed, "The session ended with a message to the command that was cancelled half way.");
        }
        catch (WebSocketException e) when (e is { WebSocketErrorCode: WebSocketError.Faulted, InnerException: null })
        {
            return Garbled("it sent a frame that is none");
        }
        catch (Exception e) when (IsBroken(e))
        {
            return Lost(e);
        }
    }

    /// <summary>Takes messages apart until the Status has come, which is the last one.</summary>
    private async Task<Result<int>> ReceiveAsync(CancellationToken cancellation)
    {
        var (buffer, channel) = (new byte[MaxChunk], -1);
        using var status = new MemoryStream();
        while (true)
        {
            Interlocked.Exchange(ref _waitingSince, _time.GetTimestamp());
            var received = await _socket.ReceiveAsync(buffer.AsMemory(), cancellation);
            if (received.MessageType == WebSocketMessageType.Close) return Unfinished(status);
            if (received.MessageType != WebSocketMessageType.Binary) return Garbled("it sent a message of text");
            var data = buffer.AsMemory(0, received.Count);
            if (channel < 0 && data.Length > 0) (channel, data) = (data.Span[0], data[1..]);
            switch (channel)
            {
                case ExecProtocol.Output or ExecProtocol.Error:
                    var stream = channel == ExecProtocol.Output ? ExecStream.Output : ExecStream.Error;
                    if (data.Length > 0) await PassOnAsync(new ExecOutput(stream, data.ToArray()), cancellation);
                    break;
                case ExecProtocol.Status:
                    if (status.Length + data.Length > MaxStatus) return Garbled($"it sent a status of more than {MaxStatus} bytes");
                    status.Write(data.Span);
                    if (received.EndOfMessage && status.Length > 0 && StatusReader.Parse(status.GetBuffer().AsSpan(0, (int)status.Length)) is { } body) return ExecProtocol.Read(body);
                    break;
                case >= 0 when channel != ExecProtocol.Close || !CanCloseInput:
                    return Garbled($"it sent a message on channel {channel}");
            }
            if (received.EndOfMessage) channel = -1;
        }
    }

    private async ValueTask PassOnAsync(ExecOutput piece, CancellationToken cancellation)
    {
        var passing = _output.Writer.WriteAsync(piece, cancellation);
        _heldBack = !passing.IsCompleted;
        await passing;
        Interlocked.Exchange(ref _waitingSince, _time.GetTimestamp());
        _heldBack = false;
    }

    private ExecError Unfinished(MemoryStream status) => status.Length > 0
        ? Garbled("it sent a status that cannot be read")
        : new(ExecProblem.ConnectionLost, "The cluster closed the session without saying how the command ended.");

    private static ExecError Garbled(string what) => new(ExecProblem.Garbled, $"The cluster does not keep to the protocol of exec: {what}.");

    /// <summary>Tells the server that all was read, as newer ones want it, and waits a moment for its answer: a connection that is
    /// closed on data is reset.</summary>
    private async Task CloseAsync()
    {
        using var limit = new CancellationTokenSource(Farewell, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _disposed.Token);
        try
        {
            await _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, either.Token);
        }
        catch (Exception e) when (IsBroken(e))
        {
            // It has gone already; there is nothing more to say.
        }
    }

    /// <summary>Closes the connection. A command that still runs is no longer heard of.</summary>
    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _pump;
    }
}
