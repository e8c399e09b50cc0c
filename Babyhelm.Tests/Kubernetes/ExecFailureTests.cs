using System.Text;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Exec;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Commands that are refused, that break off, and servers that do not keep to the protocol.</summary>
public sealed class ExecFailureTests : IAsyncLifetime
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

    private Task<Result<ExecSession>> AskAsync() => _client.ExecAsync("a", "web-1", new(["run"]), _limit.Token);

    /// <summary>How a session ends whose server does this, and what came before.</summary>
    private async Task<(string Output, Result<int> Exit)> EndAsync(Func<ExecPeer, Task> act)
    {
        var starting = AskAsync();
        var peer = await ExecPeer.OpenAsync(await _server.NextAsync());
        await using var session = (await starting).Value;
        var output = new StringBuilder();
        var reading = Task.Run(async () =>
        {
            await foreach (var piece in session.ReadAsync(_limit.Token)) output.Append(Encoding.UTF8.GetString(piece.Data.Span));
        });
        await act(peer);
        await reading;
        return (output.ToString(), await session.Exit.WaitAsync(_limit.Token));
    }

    private static void IsProblem(ExecProblem expected, string says, Error? error)
    {
        var problem = Assert.IsType<ExecError>(error);
        Assert.Equal(expected, problem.Problem);
        Assert.Contains(says, problem.Message);
    }

    [Theory]
    [InlineData(404, """{"kind":"Status","message":"pods \"web-1\" not found","reason":"NotFound","code":404}""", "cluster-not-found")]
    [InlineData(403, """{"kind":"Status","message":"pods \"web-1\" is forbidden: User \"bob\" cannot create resource \"pods/exec\"","reason":"Forbidden","code":403}""", "cluster-forbidden")]
    [InlineData(400, """{"kind":"Status","message":"a container name must be specified for pod web-1, choose one of: [a b]","reason":"BadRequest","code":400}""", "cluster-bad-request")]
    [InlineData(400, """{"kind":"Status","message":"pod web-1 does not have a host assigned","reason":"BadRequest","code":400}""", "exec-container-not-running")]
    [InlineData(500, "container not found (\"web\")", "exec-container-not-running")]
    [InlineData(500, "something else", "cluster-internal-error")]
    public async Task A_refusal_keeps_the_servers_words(int status, string body, string code)
    {
        _server.Answer = e => e.AnswerAsync(status, body, body.StartsWith('{') ? "application/json" : "text/plain; charset=utf-8");
        Assert.Equal(code, (await AskAsync()).Error!.Code);
    }

    [Theory]
    [InlineData("""error executing command in container: failed to exec in container: failed to start exec \"90b7\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"bash\": executable file not found in $PATH: unknown""",
        ExecProblem.CommandNotFound, "The container has no such program: \"bash\": executable file not found in $PATH.")]
    [InlineData("""error executing command in container: failed to exec in container: failed to start exec \"2d08\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"/x\": stat /x: no such file or directory: unknown""",
        ExecProblem.CommandNotFound, "The container has no such program: \"/x\": stat /x: no such file or directory.")]
    [InlineData("""error executing command in container: failed to exec in container: failed to start exec \"7299\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"/etc/passwd\": permission denied: unknown""",
        ExecProblem.Failed, "The cluster failed to run the command: \"/etc/passwd\": permission denied.")]
    [InlineData("""unable to upgrade connection: container not found (\"main\")""", ExecProblem.ContainerNotRunning, "container not found")]
    [InlineData("error executing command in container: failed to exec in container: failed to load task: no running task found: task 1ee6 not found: not found", ExecProblem.ContainerNotRunning, "no running task")]
    public async Task A_failure_without_an_exit_code_is_told_by_its_kind(string message, ExecProblem problem, string says)
    {
        var (_, exit) = await EndAsync(peer => peer.SendAsync(3,
            $$"""{"metadata":{},"status":"Failure","message":"Internal error occurred: {{message}}","reason":"InternalError","details":{"causes":[{"message":"{{message}}"}]},"code":500}"""));
        IsProblem(problem, says, exit.Error);
    }

    [Fact]
    public async Task A_refused_token_is_renewed_and_the_handshake_repeated()
    {
        var folder = Directory.CreateTempSubdirectory("babyhelm-exec").FullName;
        try
        {
            var token = Path.Combine(folder, "token");
            File.WriteAllText(token, "one");
            File.WriteAllText(Path.Combine(folder, "config"), $$"""
                current-context: x
                contexts: [{name: x, context: {cluster: c, user: u} }]
                clusters: [{name: c, cluster: {server: "{{_server.Address}}"} }]
                users: [{name: u, user: {tokenFile: token} }]
                """);
            using var client = new KubernetesClient(ClusterConfig.Load(new() { KubeConfig = Path.Combine(folder, "config") }).Value, _time);
            var starting = client.ExecAsync("a", "web-1", new(["run"]), _limit.Token);
            var first = await _server.NextAsync();
            File.WriteAllText(token, "two");
            await first.AnswerAsync(401, """{"kind":"Status","message":"Unauthorized","reason":"Unauthorized","code":401}""");
            var second = await _server.NextAsync();
            Assert.Equal(("Bearer one", "Bearer two"), (first.Authorization, second.Authorization));
            var peer = await ExecPeer.OpenAsync(second);
            await using var session = (await starting).Value;
            await peer.StatusAsync(0);
            Assert.Equal(0, (await session.Exit.WaitAsync(_limit.Token)).Value);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_busy_server_is_asked_again_when_it_says()
    {
        var starting = AskAsync();
        await (await _server.NextAsync()).AnswerAsync(429, "{}", "application/json", ("Retry-After", "2"));
        await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));
        await ExecPeer.OpenAsync(await _server.NextAsync());
        await using var session = (await starting).Value;
    }

    [Fact]
    public async Task A_handshake_that_is_not_answered_is_given_up_or_cancelled()
    {
        var starting = AskAsync();
        var request = await _server.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Contains("nothing came within 30 s", Assert.IsType<Unavailable>((await starting).Error).Message);
        await Wait.UntilAsync(() => request.ClientGone.IsCancellationRequested);

        using var cancel = new CancellationTokenSource();
        var other = _client.ExecAsync("a", "web-1", new(["run"]), cancel.Token);
        await _server.NextAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
    }

    [Theory]
    [InlineData("v1.channel.k8s.io", null, "it chose the subprotocol 'v1.channel.k8s.io'")]
    [InlineData("v5.channel.k8s.io, v4.channel.k8s.io", null, "it chose the subprotocol")]
    [InlineData(null, null, "it chose no subprotocol")]
    [InlineData(ExecPeer.V5, "c29tZXRoaW5nIGVsc2UgYWw=", "it did not accept the WebSocket's key")]
    public async Task A_handshake_that_goes_wrong_opens_no_session(string? protocol, string? accept, string says)
    {
        var starting = AskAsync();
        var peer = await ExecPeer.OpenAsync(await _server.NextAsync(), protocol, accept);
        IsProblem(ExecProblem.Garbled, says, (await starting).Error);
        await Wait.UntilAsync(() => peer.Exchange.ClientGone.IsCancellationRequested);
    }

    [Fact]
    public async Task An_answer_that_is_no_upgrade_opens_no_session()
    {
        _server.Answer = e => e.AnswerAsync(200, "{}");
        IsProblem(ExecProblem.Garbled, "it answered 200 in place of opening a WebSocket", (await AskAsync()).Error);
    }

    [Theory]
    [InlineData(65_000)]
    [InlineData(65_536)]
    [InlineData(3_000_000)]
    public async Task Large_frames_come_whole(int size)
    {
        var text = string.Concat(Enumerable.Range(0, size / 8).Select(i => $"{i:D8}"));
        var (output, exit) = await EndAsync(async peer =>
        {
            await peer.SendAsync(1, text);
            await peer.StatusAsync(0);
        });
        Assert.Equal(text, output);
        Assert.Equal(0, exit.Value);
    }

    [Fact]
    public async Task Fragments_are_put_together_with_control_frames_between_them()
    {
        var (output, exit) = await EndAsync(async peer =>
        {
            await peer.FrameAsync(0x02, [1]);
            await peer.FrameAsync(ExecPeer.Ping, "are you there"u8.ToArray());
            await peer.FrameAsync(0x00, "one "u8.ToArray());
            await peer.FrameAsync(0x00, []);
            await peer.FrameAsync(ExecPeer.Pong, []);
            await peer.FrameAsync(0x80, "two"u8.ToArray());
            await peer.FrameAsync(ExecPeer.Binary, []);
            await peer.FrameAsync(0x02, [3, (byte)'{']);
            await peer.FrameAsync(0x80, "\"status\":\"Success\"}"u8.ToArray());
        });
        Assert.Equal("one two", output);
        Assert.Equal(0, exit.Value);
    }

    [Fact]
    public async Task A_frame_that_comes_byte_by_byte_is_understood()
    {
        var (output, exit) = await EndAsync(async peer =>
        {
            foreach (var b in ExecPeer.Frame(ExecPeer.Binary, "\u0001slow"u8.ToArray())) await peer.RawAsync([b]);
            await peer.SendAsync(3, "{\"status\":");
            await peer.SendAsync(3, "\"Success\"}");
        });
        Assert.Equal("slow", output);
        Assert.Equal(0, exit.Value);
    }

    [Theory]
    [InlineData("close frame")]
    [InlineData("end of the connection")]
    [InlineData("cut")]
    [InlineData("cut within a frame")]
    public async Task An_end_without_a_status_is_a_lost_connection(string how)
    {
        var (output, exit) = await EndAsync(async peer =>
        {
            await peer.SendAsync(1, "before");
            if (how == "close frame") await peer.FrameAsync(ExecPeer.Close, [3, 232]);
            else if (how == "end of the connection") peer.Exchange.Finish();
            else
            {
                if (how == "cut within a frame") await peer.RawAsync([ExecPeer.Binary, 100, 1, 2, 3]);
                peer.Exchange.Cut();
            }
        });
        // What was sent before a cut may or may not arrive; it is never more than that.
        if (how is "close frame" or "end of the connection") Assert.Equal("before", output);
        IsProblem(ExecProblem.ConnectionLost, "", exit.Error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(77)]
    [InlineData(254)]
    public async Task A_channel_that_the_server_may_not_use_ends_the_session(byte channel)
    {
        var (output, exit) = await EndAsync(async peer =>
        {
            await peer.SendAsync(1, "good");
            await peer.SendAsync(channel, "garbage");
        });
        Assert.Equal("good", output);
        IsProblem(ExecProblem.Garbled, $"channel {channel}", exit.Error);
    }

    [Fact]
    public async Task Frames_that_are_none_end_the_session()
    {
        IsProblem(ExecProblem.Garbled, "text", (await EndAsync(p => p.FrameAsync(ExecPeer.Text, "hello"u8.ToArray()))).Exit.Error);
        // Reserved bits, an unknown kind of frame, a mask from the server, a control frame that is too long.
        foreach (var frame in (byte[][])[[0xF2, 1, 1], [0x83, 0], [0x82, 0x81, 1, 2, 3, 4, 5], [ExecPeer.Ping, 126, 1, 0]])
            IsProblem(ExecProblem.Garbled, "frame", (await EndAsync(p => p.RawAsync([.. frame, .. new byte[300]]))).Exit.Error);
    }

    [Fact]
    public async Task A_status_that_cannot_be_read_is_told_as_such()
    {
        IsProblem(ExecProblem.Garbled, "status that cannot be read", (await EndAsync(async peer =>
        {
            await peer.SendAsync(3, "command terminated");
            await peer.FrameAsync(ExecPeer.Close, [3, 232]);
        })).Exit.Error);
        IsProblem(ExecProblem.Garbled, "65536 bytes", (await EndAsync(async peer => await peer.SendAsync(3, new string('x', 70_000)))).Exit.Error);
        IsProblem(ExecProblem.Garbled, "'many'", (await EndAsync(peer => peer.SendAsync(3,
            """{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"many"}]}}"""))).Exit.Error);
        IsProblem(ExecProblem.Failed, "does not say why", (await EndAsync(peer => peer.SendAsync(3, "{}"))).Exit.Error);
    }

    [Fact]
    public async Task A_cancelled_write_that_is_under_way_ends_the_session()
    {
        var starting = _client.ExecAsync("a", "web-1", new(["sleep"]) { Input = true }, _limit.Token);
        await ExecPeer.OpenAsync(await _server.NextAsync());
        await using var session = (await starting).Value;
        using var cancel = new CancellationTokenSource();
        // The server reads nothing: after some megabytes the write waits.
        var writing = session.WriteAsync(new byte[64 * 1024 * 1024], cancel.Token);
        Assert.False(writing.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        IsProblem(ExecProblem.Closed, "", (await session.Exit.WaitAsync(_limit.Token)).Error);
    }
}
