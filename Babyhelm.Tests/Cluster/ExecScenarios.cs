using System.Text;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Exec;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Cluster;

/// <summary>What a command in a container does on any cluster, from the client's side. The pod has one container, which
/// <c>kill 1</c> ends and the cluster starts again.</summary>
internal sealed class ExecScenarios(KubernetesClient client, string ns, string pod, CancellationToken cancellation)
{
    /// <summary>Lines of more than 10 MB.</summary>
    private const int Large = 1_500_000;

    internal static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    internal async Task<ExecSession> StartAsync(ExecOptions options)
    {
        var answer = await client.ExecAsync(ns, pod, options, cancellation);
        Assert.Null(answer.Error);
        return answer.Value;
    }

    /// <summary>Runs a command that needs no input to its end.</summary>
    internal async Task<(string Output, string Error, int Code)> RunAsync(params string[] command)
    {
        await using var session = await StartAsync(new(command));
        var (output, error) = (new StringBuilder(), new StringBuilder());
        await foreach (var piece in session.ReadAsync(cancellation))
            (piece.Stream == ExecStream.Output ? output : error).Append(Encoding.UTF8.GetString(piece.Data.Span));
        var exit = await session.Exit.WaitAsync(cancellation);
        Assert.Null(exit.Error);
        return (output.ToString(), error.ToString(), exit.Value);
    }

    internal async Task ExitCodesAndStreamsAsync()
    {
        Assert.Equal(("", "", 0), await RunAsync("true"));
        Assert.Equal(("", "", 3), await RunAsync("sh", "-c", "exit 3"));
        Assert.Equal(("out\n", "err\n", 1), await RunAsync("sh", "-c", "echo out; echo err >&2; false"));
        var (output, error, code) = await RunAsync("sh", "-c", "nosuchprogram");
        Assert.Equal(("", 127), (output, code));
        Assert.Contains("nosuchprogram: not found", error);
        Assert.Equal(("a  b c\n", "", 0), await RunAsync("echo", "a  b", "c"));
    }

    internal async Task MissingProgramAsync()
    {
        foreach (var program in (string[])["nosuchprogram", "/no/such/program"])
        {
            await using var session = await StartAsync(new([program]));
            var error = Assert.IsType<ExecError>((await session.Exit.WaitAsync(cancellation)).Error);
            Assert.Equal(ExecProblem.CommandNotFound, error.Problem);
            Assert.Contains($"\"{program}\"", error.Message);
        }
        await using var refused = await StartAsync(new(["/etc/passwd"]));
        var failed = Assert.IsType<ExecError>((await refused.Exit.WaitAsync(cancellation)).Error);
        Assert.Equal((ExecProblem.Failed, true), (failed.Problem, failed.Message.Contains("permission denied")));
    }

    /// <summary>Input comes back; where the server can be told, its end ends the command.</summary>
    internal async Task InputAsync()
    {
        await using var session = await StartAsync(new(["cat"]) { Input = true });
        await using var output = new OutputText(session, cancellation);
        await session.WriteAsync(Bytes("hello\n"), cancellation);
        await output.UntilAsync("hello\n");
        await session.WriteAsync(Bytes("wörld\n"), cancellation);
        await output.UntilAsync("hello\nwörld\n");
        Assert.False(session.Exit.IsCompleted);
        var closed = await session.CloseInputAsync(cancellation);
        if (session.CanCloseInput)
        {
            Assert.Null(closed.Error);
            Assert.Equal(0, (await session.Exit.WaitAsync(cancellation)).Value);
            return;
        }
        // Version 4: the command reads on, and what is written still reaches it.
        Assert.Equal(ExecProblem.CannotCloseInput, Assert.IsType<ExecError>(closed.Error).Problem);
        await session.WriteAsync(Bytes("more\n"), cancellation);
        await output.UntilAsync("hello\nwörld\nmore\n");
    }

    /// <summary>10 MB, read slowly.</summary>
    internal async Task LargeOutputAsync()
    {
        var (lines, exit) = await ReadLargeAsync();
        Assert.True(exit.Error is null, $"{lines} lines; {exit.Error?.Message}");
        Assert.Equal((Large, 0), (lines, exit.Value));
    }

    /// <summary>The number of lines that came, in order, and how the command ended.</summary>
    private async Task<(int Lines, Result<int> Exit)> ReadLargeAsync()
    {
        await using var session = await StartAsync(new(["sh", "-c", $"busybox seq 1 {Large}"]));
        var (expected, line, pieces) = (1, 0L, 0);
        await foreach (var piece in session.ReadAsync(cancellation))
        {
            Assert.Equal(ExecStream.Output, piece.Stream);
            foreach (var b in piece.Data.Span)
            {
                if (b != '\n') line = line * 10 + (b - '0');
                else
                {
                    Assert.Equal(expected++, line);
                    line = 0;
                }
            }
            if (++pieces % 20 == 0) await Task.Delay(10, cancellation);
        }
        return (expected - 1, await session.Exit.WaitAsync(cancellation));
    }

    internal async Task TerminalAsync()
    {
        await using var session = await StartAsync(new(["sh"]) { Input = true, Tty = true, Size = new(123, 45) });
        await using var output = new OutputText(session, cancellation);
        await session.WriteAsync(Bytes("busybox stty size\r"), cancellation);
        await output.UntilAsync("45 123\r\n");
        await session.ResizeAsync(new(99, 33), cancellation);
        // The size travels beside the keys: it may come after them.
        for (var tries = 1; !output.Text.Contains("33 99\r\n"); tries++)
        {
            Assert.True(tries < 100, "the terminal never had its new size: " + output.Text);
            await session.WriteAsync(Bytes($"busybox stty size; echo asked$$ {tries}\r"), cancellation);
            await output.UntilMatchAsync($"asked[0-9]+ {tries}\r\n");
        }
        await session.WriteAsync(Bytes("nosuchprogram\r"), cancellation);
        await output.UntilAsync("sh: nosuchprogram: not found\r\n");
        await session.WriteAsync(Bytes("sleep 1000\r"), cancellation);
        await output.UntilAsync("sleep 1000\r\n");
        // A Ctrl-C that comes before the shell has handed the terminal over is a key like any other, as on every terminal.
        while (!session.Exit.IsCompleted)
        {
            await session.WriteAsync("\u0003"u8.ToArray(), cancellation);
            await session.WriteAsync(Bytes("exit 4\r"), cancellation);
            await Task.WhenAny(session.Exit, Task.Delay(500, cancellation));
        }
        Assert.Equal(4, (await session.Exit).Value);
    }

    /// <summary>The kernel kills what runs in a container with the container's first process.</summary>
    internal async Task RestartAsync()
    {
        await using var session = await StartAsync(new(["sh", "-c", "echo ready; sleep 1000"]));
        await using var output = new OutputText(session, cancellation);
        await output.UntilAsync("ready\n");
        var before = await RestartsAsync();
        await RunAsync("sh", "-c", "kill 1");
        Assert.Equal(137, (await session.Exit.WaitAsync(cancellation)).Value);
        while (await RestartsAsync() == before) await Task.Delay(50, cancellation);
        while (true)
        {
            var answer = await client.ExecAsync(ns, pod, new(["echo", "again"]), cancellation);
            if (answer.Ok(out var again, out _))
            {
                await using (again)
                    if ((await again.Exit.WaitAsync(cancellation)).Error is null) return;
            }
            await Task.Delay(50, cancellation);
        }
    }

    /// <summary>With the pod the connection goes, or the command ends with it: never a wait without end.</summary>
    internal async Task DeletionAsync()
    {
        await using var session = await StartAsync(new(["sh", "-c", "echo ready; sleep 1000"]));
        await using var output = new OutputText(session, cancellation);
        await output.UntilAsync("ready\n");
        Assert.True((await client.DeleteAsync(ResourceType.Pods, ns, pod, gracePeriod: TimeSpan.Zero, cancellation: cancellation)).Value.Found);
        var exit = await session.Exit.WaitAsync(cancellation);
        Assert.True(exit.Error is ExecError { Problem: ExecProblem.ConnectionLost } || exit is { Error: null, Value: 137 }, exit.ToString());
    }

    internal async Task RefusalsAsync()
    {
        var missing = await client.ExecAsync(ns, "nosuchpod", new(["true"]), cancellation);
        Assert.True(Assert.IsType<KubernetesError>(missing.Error).IsNotFound);
        var container = await client.ExecAsync(ns, pod, new(["true"]) { Container = "nosuch" }, cancellation);
        Assert.Contains("container nosuch is not valid for pod", Assert.IsType<KubernetesError>(container.Error).Message);
    }

    /// <summary>Of a pod that has ended, by the answer or by the session's result.</summary>
    internal async Task NotRunningAsync(string ended)
    {
        var answer = await client.ExecAsync(ns, ended, new(["true"]), cancellation);
        var error = answer.Error;
        if (answer.Ok(out var session, out _))
            await using (session) error = (await session.Exit.WaitAsync(cancellation)).Error;
        Assert.Equal(ExecProblem.ContainerNotRunning, Assert.IsType<ExecError>(error).Problem);
    }

    private async Task<int> RestartsAsync() =>
        (await client.GetAsync<Pod>(ResourceType.Pods, ns, pod, cancellation)).Value.Status.ContainerStatuses![0].RestartCount;
}

/// <summary>Collects what a session writes.</summary>
internal sealed class OutputText : IAsyncDisposable
{
    private readonly StringBuilder _text = new();
    private readonly CancellationTokenSource _stop;
    private readonly Task _reading;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal OutputText(ExecSession session, CancellationToken cancellation)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _reading = ReadAsync(session);
    }

    internal string Text
    {
        get
        {
            lock (_text) return _text.ToString();
        }
    }

    internal Task UntilAsync(string text) => UntilMatchAsync(System.Text.RegularExpressions.Regex.Escape(text));

    internal async Task UntilMatchAsync(string pattern)
    {
        while (true)
        {
            Task more;
            lock (_text) more = _more.Task;
            if (System.Text.RegularExpressions.Regex.IsMatch(Text, pattern)) return;
            Assert.False(_reading.IsCompleted, $"The session ended without '{pattern}': {Text}");
            await Task.WhenAny(more, _reading).WaitAsync(_stop.Token);
        }
    }

    private async Task ReadAsync(ExecSession session)
    {
        var decoder = Encoding.UTF8.GetDecoder();
        var characters = new char[ExecSession.MaxChunk + 1];
        await foreach (var piece in session.ReadAsync(_stop.Token))
        {
            var length = decoder.GetChars(piece.Data.Span, characters, flush: false);
            lock (_text)
            {
                _text.Append(characters, 0, length);
                var more = _more;
                _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
                more.TrySetResult();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
