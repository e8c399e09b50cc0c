using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Kubelet;
using Babyhelm.Core.Sandbox.Shell;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>
/// The /exec subresource of pods, over WebSocket: with v5 of the protocol as an API server does it, which opens the session
/// first and then finds out about the container; with v4 as the kubelet does it, which finds out first.
/// </summary>
internal sealed class Execs(ObjectStore store, PodContainers containers, FaultLevers levers, TimeProvider time)
{
    private const string V5 = "v5.channel.k8s.io";
    private const string V4 = "v4.channel.k8s.io";
    private const int Killed = 137;
    private const int Interrupted = 130;

    public async Task HandleAsync(ApiCall call)
    {
        if (containers.Find(call).Failed(out var error, out var found) || Fault(call, found) is { } fault && (error = fault) is not null)
        {
            await Answers.Error(call.Http, error);
            return;
        }
        var asked = call.Http.WebSockets.WebSocketRequestedProtocols;
        if ((asked.Contains(V5) ? V5 : asked.Contains(V4) ? V4 : null) is not { } protocol)
        {
            await Answers.Text(call.Http, $"requested protocol(s) are not supported: [{string.Join(' ', asked)}]; supports [{V4} {V5}]", 403);
            return;
        }
        var run = Run(found);
        if (run is null && protocol == V4)
        {
            await Answers.Text(call.Http, NotFound(found), 500);
            return;
        }
        using var socket = await call.Http.WebSockets.AcceptWebSocketAsync(protocol);
        await using var connection = new ExecConnection(socket, protocol == V5, levers, time, call.Aborted);
        await ServeAsync(call, connection, found, run);
    }

    private static StatusError? Fault(ApiCall call, PodContainers.Found found)
    {
        if (!found.Scheduled) return StatusError.BadRequest($"pod {found.Pod.Name} does not have a host assigned");
        if (!call.Http.WebSockets.IsWebSocketRequest)
            return StatusError.BadRequest(call.Http.Request.Headers.Upgrade.ToString().StartsWith("SPDY", StringComparison.OrdinalIgnoreCase)
                ? $"the sandbox runs commands over WebSocket only ({V5} or {V4}), not over SPDY; kubectl 1.31 and newer can do that"
                : "Upgrade request required");
        if (string.IsNullOrEmpty(call.Query("command"))) return StatusError.BadRequest("you must specify at least one command for the container");
        return call.Flag("stdin") || call.Flag("stdout") || call.Flag("stderr") ? null : StatusError.BadRequest("you must specify at least 1 of stdin, stdout, stderr");
    }

    /// <summary>The container's present run, or null while it does not run.</summary>
    private static ContainerRun? Run(PodContainers.Found found)
    {
        if (found.Worker is not { } worker || found.State is not { } state) return null;
        lock (worker.Pod.Gate) return state.Running && state.Current is { Ended.IsCancellationRequested: false } run ? run : null;
    }

    private static string NotFound(PodContainers.Found found) => $"container not found (\"{found.Name}\")";

    private async Task ServeAsync(ApiCall call, ExecConnection connection, PodContainers.Found found, ContainerRun? run)
    {
        var (outputs, errors) = (call.Flag("stdout"), call.Flag("stderr") && !call.Flag("tty"));
        try
        {
            // Tells the client that the session stands.
            await connection.SendAsync(outputs ? ExecConnection.Output : errors ? ExecConnection.Error : ExecConnection.Status, default, connection.Gone);
            var status = run is null
                ? Failed($"unable to upgrade connection: {NotFound(found)}")
                : await RunAsync(call, connection, run, outputs ? connection.Sink(ExecConnection.Output) : Nowhere, errors ? connection.Sink(ExecConnection.Error) : Nowhere);
            if (status is not null) await connection.FinishAsync(Json.Bytes(status));
        }
        catch (Exception e) when (e is WebSocketException or IOException || (e is OperationCanceledException && connection.Gone.IsCancellationRequested))
        {
            // The client has gone; nobody reads an end.
        }
    }

    /// <summary>Runs the command to its end; null when the client went away before.</summary>
    private async Task<JsonObject?> RunAsync(ApiCall call, ExecConnection connection, ContainerRun run, Sink output, Sink error)
    {
        var words = call.Http.Request.Query["command"].Select(w => w ?? "").ToList();
        var input = new ShellInput();
        var terminal = call.Flag("tty") ? new Terminal(input, output) : null;
        if (!call.Flag("stdin")) input.Complete();
        var environment = run.Environment.ToDictionary(StringComparer.Ordinal);
        if (terminal is not null) environment.TryAdd("TERM", "xterm");
        var process = new ShellProcess(run, new(store, run, Programs.Names), time, input, terminal is null ? output : terminal.WriteAsync,
            terminal is null ? error : terminal.WriteAsync, environment, run.Spec.Str("workingDir") ?? "/", terminal);
        var (program, fault) = ImageBehavior.IsBare(run.Spec.Str("image") ?? "") ? (null, LocateFault.NoSuchFile) : Programs.Locate(process, words[0]);
        if (program is null) return Failed($"error executing command in container: {NotStarted(words[0], fault)}");

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(run.Ended, connection.Gone);
        using var foreground = CancellationTokenSource.CreateLinkedTokenSource(ended.Token);
        using var listed = run.List(string.Join(' ', words));
        terminal?.Front(foreground);
        connection.Receive(input, terminal, ended.Token);
        try
        {
            return Exited(await program(process, words, listed.Number, foreground.Token));
        }
        catch (OperationCanceledException) when (foreground.IsCancellationRequested)
        {
            return connection.Gone.IsCancellationRequested ? null : Exited(run.Ended.IsCancellationRequested ? Killed : Interrupted);
        }
        finally
        {
            // What still comes has nobody to read it.
            await ended.CancelAsync();
        }
    }

    private static string NotStarted(string program, LocateFault fault)
    {
        var why = fault switch
        {
            LocateFault.NotInPath => "executable file not found in $PATH",
            LocateFault.NoSuchFile => $"stat {program}: no such file or directory",
            _ => "permission denied",
        };
        var id = ContainerRunner.NewId()["containerd://".Length..];
        return $"failed to exec in container: failed to start exec \"{id}\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"{program}\": {why}: unknown";
    }

    private static ValueTask Nowhere(ReadOnlyMemory<byte> data, CancellationToken ct) => default;

    private static JsonObject Exited(int code) => code == 0
        ? new() { ["metadata"] = new JsonObject(), ["status"] = "Success" }
        : new()
        {
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = $"command terminated with non-zero exit code: exit status {code}",
            ["reason"] = "NonZeroExitCode",
            ["details"] = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ExitCode", ["message"] = $"{code}" }) },
        };

    private static JsonObject Failed(string why) => new()
    {
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = $"Internal error occurred: {why}",
        ["reason"] = "InternalError",
        ["details"] = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["message"] = why }) },
        ["code"] = 500,
    };
}
