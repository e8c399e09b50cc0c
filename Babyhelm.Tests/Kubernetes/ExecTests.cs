using System.Text;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Exec;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Commands in containers against a scripted server: what is sent, what becomes of what comes.</summary>
public sealed class ExecTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(180));
    private ApiServer _server = null!;
    private KubernetesClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        _client = new KubernetesClient(ClusterConfig.For(_server.Address, "t"), _time);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _limit.Dispose();
    }

    private async Task<(ExecSession Session, ExecPeer Peer)> StartAsync(ExecOptions? options = null, string protocol = ExecPeer.V5)
    {
        var starting = _client.ExecAsync("a", "web-1", options ?? new(["run"]), _limit.Token);
        var peer = await ExecPeer.OpenAsync(await _server.NextAsync(), protocol);
        return ((await starting).Value, peer);
    }

    private async Task<string> ReadAllAsync(ExecSession session)
    {
        var text = new StringBuilder();
        await foreach (var piece in session.ReadAsync(_limit.Token)) text.Append(piece.Stream == ExecStream.Output ? "" : "!").Append(Encoding.UTF8.GetString(piece.Data.Span));
        return text.ToString();
    }

    [Fact]
    public async Task The_request_asks_for_a_websocket_with_the_newest_protocol_first()
    {
        var (session, peer) = await StartAsync(new(["sh", "-c", "echo $HOME & x=é"]) { Container = "web", Input = true, Tty = true });
        await using (session)
        {
            var request = peer.Exchange;
            Assert.Equal("/api/v1/namespaces/a/pods/web-1/exec?command=sh&command=-c&command=echo%20%24HOME%20%26%20x%3D%C3%A9&container=web&stdin=true&stdout=true&tty=true", request.PathAndQuery);
            Assert.Equal(("GET", "Bearer t", "websocket", "13", "v5.channel.k8s.io, v4.channel.k8s.io"),
                (request.Method, request.Authorization, request.Headers["Upgrade"], request.Headers["Sec-WebSocket-Version"], request.Headers["Sec-WebSocket-Protocol"]));
            Assert.Equal("*/*", request.Headers["Accept"]);
        }
        (session, peer) = await StartAsync();
        await using (session) Assert.Equal("/api/v1/namespaces/a/pods/web-1/exec?command=run&stdout=true&stderr=true", peer.Exchange.PathAndQuery);
    }

    [Theory]
    [InlineData(ExecPeer.V5, 0)]
    [InlineData(ExecPeer.V5, 3)]
    [InlineData(ExecPeer.V4, 127)]
    public async Task Both_outputs_and_the_exit_code_come_back(string protocol, int code)
    {
        var (session, peer) = await StartAsync(protocol: protocol);
        await using (session)
        {
            await peer.SendAsync(1, "");
            await peer.SendAsync(1, "out");
            await peer.SendAsync(2, "err");
            await peer.SendAsync(1, "more");
            await peer.StatusAsync(code);
            Assert.Equal("out!errmore", await ReadAllAsync(session));
            Assert.Equal(code, (await session.Exit.WaitAsync(_limit.Token)).Value);
            // Newer servers wait for this before they close.
            Assert.Equal(ExecPeer.Close, (await peer.ReceiveAsync()).First);
        }
    }

    [Fact]
    public async Task Input_is_sent_in_whole_frames_and_its_end_is_told()
    {
        var (session, peer) = await StartAsync(new(["cat"]) { Input = true });
        await using (session)
        {
            Assert.True(session.CanCloseInput);
            var input = new byte[100_000];
            Random.Shared.NextBytes(input);
            var writing = session.WriteAsync(input, _limit.Token);
            var got = new List<byte>();
            while (got.Count < input.Length)
            {
                var (first, payload) = await peer.ReceiveAsync();
                Assert.Equal((ExecPeer.Binary, 0), (first, payload[0]));
                Assert.InRange(payload.Length, 2, 1 + ExecSession.MaxMessage);
                got.AddRange(payload[1..]);
            }
            Assert.Equal(input, got);
            Assert.Null((await writing).Error);

            Assert.Null((await session.CloseInputAsync(_limit.Token)).Error);
            Assert.Equal([255, 0], (await peer.ReceiveAsync()).Payload);
            Assert.Null((await session.CloseInputAsync(_limit.Token)).Error);
            Assert.Equal(ExecProblem.Closed, Problem((await session.WriteAsync(new byte[1], _limit.Token)).Error));
        }
    }

    [Fact]
    public async Task Version_four_cannot_end_the_input_and_says_so()
    {
        var (session, peer) = await StartAsync(new(["cat"]) { Input = true }, ExecPeer.V4);
        await using (session)
        {
            Assert.False(session.CanCloseInput);
            Assert.Equal(ExecProblem.CannotCloseInput, Problem((await session.CloseInputAsync(_limit.Token)).Error));
            await session.WriteAsync("still open"u8.ToArray(), _limit.Token);
            Assert.Equal("\0still open", Encoding.UTF8.GetString((await peer.ReceiveAsync()).Payload));
        }
    }

    [Fact]
    public async Task A_terminal_is_given_its_size_at_the_start_and_when_it_changes()
    {
        var (session, peer) = await StartAsync(new(["sh"]) { Tty = true, Size = new(80, 24) });
        await using (session)
        {
            Assert.Equal("\u0004{\"Width\":80,\"Height\":24}", Encoding.UTF8.GetString((await peer.ReceiveAsync()).Payload));
            await session.ResizeAsync(new(132, 50), _limit.Token);
            Assert.Equal("\u0004{\"Width\":132,\"Height\":50}", Encoding.UTF8.GetString((await peer.ReceiveAsync()).Payload));
            Assert.IsType<Invalid>((await session.ResizeAsync(new(0, 24), _limit.Token)).Error);
            Assert.IsType<Invalid>((await session.ResizeAsync(new(80, 65536), _limit.Token)).Error);
            Assert.IsType<Invalid>((await session.WriteAsync(new byte[1], _limit.Token)).Error);
        }
    }

    [Fact]
    public async Task A_request_that_makes_no_sense_is_never_sent()
    {
        ExecOptions[] wrong = [new([]), new([""]), new(["a\0b"]), new(["sh"]) { Size = new(80, 24) }, new(["sh"]) { Tty = true, Size = new(-1, 24) }];
        foreach (var options in wrong) Assert.IsType<Invalid>((await _client.ExecAsync("a", "web-1", options)).Error);
        Assert.IsType<Invalid>((await _client.ExecAsync("a", "../b", new(["sh"]))).Error);
        Assert.Empty(_server.Seen);
    }

    [Fact]
    public async Task A_command_is_held_back_while_nobody_reads_and_nothing_is_lost()
    {
        const int Pieces = 8000, Size = 8 * 1024;
        var (session, peer) = await StartAsync();
        await using (session)
        {
            var sent = 0;
            var sending = Task.Run(async () =>
            {
                var piece = new byte[Size];
                for (; sent < Pieces; sent++)
                {
                    BitConverter.TryWriteBytes(piece, sent);
                    await peer.SendAsync(1, piece);
                }
                await peer.StatusAsync(0);
            });
            // It comes to a stand once all buffers on the way are full, which hold a few of the 62 MiB.
            for (var before = -1; before != Volatile.Read(ref sent);)
            {
                before = Volatile.Read(ref sent);
                await Task.Delay(300);
            }
            Assert.False(sending.IsCompleted, "the server could send everything without a reader");
            Assert.False(session.Exit.IsCompleted);

            using var all = new MemoryStream(Pieces * Size);
            await foreach (var piece in session.ReadAsync(_limit.Token))
            {
                Assert.InRange(piece.Data.Length, 1, ExecSession.MaxChunk);
                all.Write(piece.Data.Span);
            }
            Assert.Equal(Pieces * Size, all.Length);
            for (var i = 0; i < Pieces; i++) Assert.Equal(i, BitConverter.ToInt32(all.GetBuffer(), i * Size));
            Assert.Equal(0, (await session.Exit).Value);
            await sending;
        }
    }

    [Fact]
    public async Task A_quiet_session_shows_that_it_lives_and_one_whose_output_waits_sends_nothing()
    {
        var (session, peer) = await StartAsync(new(["sh"]) { Input = true });
        await using (session)
        {
            await _time.UntilTimerWithinAsync(ExecSession.KeepAlive);
            _time.Advance(ExecSession.KeepAlive);
            Assert.Equal((ExecPeer.Binary, 0), await FrameAsync());
            _time.Advance(ExecSession.KeepAlive);
            Assert.Equal((ExecPeer.Binary, 0), await FrameAsync());

            // More pieces than may wait: the session stands in the middle of passing one on.
            for (var i = 0; i < ExecSession.MaxWaiting + 2; i++) await peer.SendAsync(1, "x");
            await Wait.UntilAsync(() => session.IsHeldBack);
            _time.Advance(ExecSession.KeepAlive);
            _time.Advance(ExecSession.KeepAlive);
            await session.WriteAsync("input"u8.ToArray(), _limit.Token);
            Assert.Equal((ExecPeer.Binary, 6), await FrameAsync());

            await peer.StatusAsync(0);
            Assert.Equal(ExecSession.MaxWaiting + 2, (await ReadAllAsync(session)).Length);
            Assert.Equal(0, (await session.Exit).Value);
        }

        async Task<(byte, int)> FrameAsync() => await peer.ReceiveAsync() is var (first, payload) ? (first, payload.Length) : default;
    }

    [Fact]
    public async Task Disposing_ends_the_connection_the_reader_and_the_wait()
    {
        var (session, peer) = await StartAsync(new(["cat"]) { Input = true });
        await using var output = session.ReadAsync(_limit.Token).GetAsyncEnumerator();
        await peer.SendAsync(1, "x");
        Assert.True(await output.MoveNextAsync());
        var end = output.MoveNextAsync();
        Assert.False(session.Exit.IsCompleted);
        await session.DisposeAsync();
        Assert.False(await end);
        Assert.Equal(ExecProblem.Closed, Problem((await session.Exit).Error));
        Assert.Equal(ExecProblem.Closed, Problem((await session.WriteAsync(new byte[1])).Error));
        await Wait.UntilAsync(() => peer.Exchange.ClientGone.IsCancellationRequested);
        await session.DisposeAsync();
    }

    [Fact]
    public async Task A_reader_that_gives_up_can_come_again()
    {
        var (session, peer) = await StartAsync();
        await using (session)
        {
            using var cancel = new CancellationTokenSource();
            await using var first = session.ReadAsync(cancel.Token).GetAsyncEnumerator();
            var next = first.MoveNextAsync();
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
            await peer.SendAsync(1, "late");
            await peer.StatusAsync(0);
            Assert.Equal("late", await ReadAllAsync(session));
            Assert.Equal(0, (await session.Exit).Value);
        }
    }

    [Fact]
    public async Task After_the_end_nothing_can_be_sent()
    {
        var (session, peer) = await StartAsync(new(["sh"]) { Input = true, Tty = true });
        await using (session)
        {
            await peer.StatusAsync(0);
            Assert.Equal("", await ReadAllAsync(session));
            await session.Exit;
            Assert.Equal(ExecProblem.Closed, Problem((await session.WriteAsync("x"u8.ToArray(), _limit.Token)).Error));
            Assert.Equal(ExecProblem.Closed, Problem((await session.ResizeAsync(new(80, 24), _limit.Token)).Error));
            Assert.Equal(ExecProblem.Closed, Problem((await session.CloseInputAsync(_limit.Token)).Error));
        }
    }

    private static ExecProblem Problem(Error? error) => Assert.IsType<ExecError>(error).Problem;
}
