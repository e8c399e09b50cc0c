using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Applications.Terminals;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes.Exec;
using Babyhelm.Web.Account;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web.Terminals;

/// <summary>
/// A terminal between a client and a container. Each side is held back while the other is slow: what waits is bounded. Ends with
/// the shell, the client, too long a time without a key, the user's right to it, or this process.
/// </summary>
internal sealed class TerminalConnection(
    WebSocket socket, OpenTerminal terminals, TokenSignIn signIn, IOptions<TerminalOptions> options, IOptions<CircuitOptions> circuits,
    IHostApplicationLifetime host, TimeProvider time)
{
    private const int MaxWord = 1024;

    // Of what was typed and the shell does not take; the page sends no more than half of it at once.
    private const int MaxTyped = 2 * 1024 * 1024;
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly TerminalCredit _credit = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Channel<byte[]> _keys = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private long _waiting;
    private long _lastKey = time.GetTimestamp();

    /// <param name="Why">For the audit log.</param>
    private sealed record End(string Why, TerminalNotice? Notice);

    public async Task RunAsync(TerminalPlace place, TerminalSize size, CancellationToken aborted)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(aborted, host.ApplicationStopping);
        try
        {
            if ((await terminals.OpenAsync(place, size, over.Token)).Failed(out var error, out var session))
            {
                await LeaveAsync(new TerminalNotice("ended", Code: error.Code, Message: error.Public, Again: error is not ExecError { Problem: ExecProblem.CommandNotFound }), HearCloseAsync);
                return;
            }
            await ServeAsync(session, over, aborted);
        }
        catch (Exception e) when (e is WebSocketException || (e is OperationCanceledException && over.IsCancellationRequested))
        {
            // the client has gone, or this process ends
        }
    }

    private async Task ServeAsync(TerminalSession session, CancellationTokenSource over, CancellationToken aborted)
    {
        var end = new End("the connection was lost", null);
        var sides = new List<Task<End>>();
        try
        {
            await SayAsync(new TerminalNotice("opened", session.Place.Pod, session.Place.Container, session.Shell), over.Token);
            sides.AddRange([ListenAsync(session, over.Token), ShowAsync(session, over.Token), WatchAsync(session, over.Token), TypeAsync(session, over.Token)]);
            var first = await Task.WhenAny(sides);
            if (!over.IsCancellationRequested) end = await first;
        }
        catch (Exception e) when (e is WebSocketException || (e is OperationCanceledException && over.IsCancellationRequested))
        {
            // as the end says already
        }
        finally
        {
            if (host.ApplicationStopping.IsCancellationRequested) end = new End("Babyhelm was stopped", null);
            try
            {
                await session.EndAsync(end.Why);
                if (!aborted.IsCancellationRequested) await LeaveAsync(end.Notice, limit => sides.FirstOrDefault() is { IsCompleted: false } listening ? listening : HearCloseAsync(limit));
            }
            finally
            {
                await over.CancelAsync();
                foreach (var side in sides) await ((Task)side).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Output of the shell, to its end.</summary>
    private async Task<End> ShowAsync(TerminalSession session, CancellationToken cancellation)
    {
        await foreach (var piece in session.Output.WithCancellation(cancellation))
        {
            await _credit.TakeAsync(piece.Data.Length, cancellation);
            await SendAsync(piece.Data, WebSocketMessageType.Binary, cancellation);
        }
        var exit = await session.Exit;
        return exit.Ok(out var code, out var error)
            ? Ended($"the shell ended with exit code {code}", "exited", code == 137 ? "The container has ended." : "The shell has ended.")
            : Ended(error.Code, error.Code, error.Public);
    }

    /// <summary>Keys are binary messages, of any length; words of the client are text.</summary>
    private async Task<End> ListenAsync(TerminalSession session, CancellationToken cancellation)
    {
        var buffer = new byte[16 * 1024];
        var word = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(word), cancellation);
            if (received.MessageType == WebSocketMessageType.Close) return new End("the user closed it", null);
            if (received.MessageType == WebSocketMessageType.Text)
            {
                word += received.Count;
                if (word > MaxWord) return Ended("the client broke the protocol", "protocol", "The browser sent what it should not.");
                if (!received.EndOfMessage) continue;
                if (!await HearAsync(session, buffer.AsMemory(0, word), cancellation)) return Ended("the client broke the protocol", "protocol", "The browser sent what it should not.");
                word = 0;
                continue;
            }
            if (received.Count == 0) continue;
            Interlocked.Exchange(ref _lastKey, time.GetTimestamp());
            if (Interlocked.Add(ref _waiting, received.Count) > MaxTyped)
                return Ended("more was typed than the shell takes", "overflow", "More was typed or pasted than the shell takes. Send it as a file instead.");
            _keys.Writer.TryWrite(buffer[..received.Count]);
        }
    }

    /// <summary>Hands the keys to the shell, beside the listening: a shell that reads nothing must not keep the client's other words waiting.</summary>
    private async Task<End> TypeAsync(TerminalSession session, CancellationToken cancellation)
    {
        while (true)
        {
            var keys = await _keys.Reader.ReadAsync(cancellation);
            // That the shell has ended meanwhile, its output says.
            await session.TypeAsync(keys, cancellation);
            Interlocked.Add(ref _waiting, -keys.Length);
        }
    }

    private async Task<bool> HearAsync(TerminalSession session, ReadOnlyMemory<byte> text, CancellationToken cancellation)
    {
        TerminalWord? word;
        try
        {
            word = JsonSerializer.Deserialize(text.Span, TerminalJson.Default.TerminalWord);
        }
        catch (JsonException)
        {
            return false;
        }
        if (word?.Drawn is { } drawn) _credit.Give(drawn);
        if (word is { Columns: { } columns, Rows: { } rows } && (await session.ResizeAsync(new TerminalSize(columns, rows), cancellation)).Error is Invalid) return false;
        return word is not null;
    }

    /// <summary>Ends with the right to the terminal, or when no key came for too long.</summary>
    private async Task<End> WatchAsync(TerminalSession session, CancellationToken cancellation)
    {
        var (check, idle) = (TimeSpan.FromSeconds(circuits.Value.CheckSeconds), TimeSpan.FromSeconds(options.Value.IdleSeconds));
        while (true)
        {
            var left = idle - time.GetElapsedTime(Interlocked.Read(ref _lastKey));
            if (left <= TimeSpan.Zero) return Ended("no key for too long", "idle", $"No key was pressed for {Minutes(idle)}, so the terminal was closed.");
            await Task.Delay(left < check ? left : check, time, cancellation);
            if (await WhyNotAsync(session, cancellation) is { } why) return Ended($"taken away: {why}", "not-allowed", why);
        }
    }

    /// <summary>Null while the user may go on; a database that is away takes nothing away.</summary>
    private async Task<string?> WhyNotAsync(TerminalSession session, CancellationToken cancellation)
    {
        try
        {
            if (await signIn.RenewAsync(session.Place.Caller, cancellation) is not { } caller) return "You are not signed in any more.";
            return (await terminals.WhyNoLongerAsync(caller, session.Place, cancellation))?.Public;
        }
        catch (Exception e) when (DatabaseFault.IsOutage(e))
        {
            return null;
        }
    }

    private static string Minutes(TimeSpan time) => time.TotalMinutes >= 2 ? $"{(int)time.TotalMinutes} minutes" : $"{(int)time.TotalSeconds} seconds";

    private static End Ended(string why, string code, string message) => new(why, new TerminalNotice("ended", Code: code, Message: message, Again: code is not ("not-allowed" or "protocol")));

    private Task SayAsync(TerminalNotice notice, CancellationToken cancellation) =>
        SendAsync(JsonSerializer.SerializeToUtf8Bytes(notice, TerminalJson.Default.TerminalNotice), WebSocketMessageType.Text, cancellation);

    private async Task SendAsync(ReadOnlyMemory<byte> data, WebSocketMessageType type, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation);
        try
        {
            await socket.SendAsync(data, type, endOfMessage: true, cancellation);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Says why it ends and waits for the client to close too, so that the words arrive; not long for one that does not answer.</summary>
    private async Task LeaveAsync(TerminalNotice? notice, Func<CancellationToken, Task> closed)
    {
        using var limit = new CancellationTokenSource(Farewell, time);
        try
        {
            if (notice is not null) await SayAsync(notice, limit.Token);
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
            await closed(limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // gone already, or too slow
        }
    }

    private async Task HearCloseAsync(CancellationToken cancellation)
    {
        var buffer = new byte[MaxWord];
        while ((await socket.ReceiveAsync(buffer.AsMemory(), cancellation)).MessageType != WebSocketMessageType.Close) ;
    }
}
