using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>
/// What one run of a container answers over HTTP: its pod, image and the names of its environment, on any path.
/// <c>/status/{code}</c> answers that code, <c>/delay/{milliseconds}</c> takes so long, <c>POST /exit/{code}</c> ends the process.
/// </summary>
internal sealed class PodSite(string ns, string pod, string image, IReadOnlyList<string> environment, ContainerLog log, ContainerUsage usage, Action<int> exit)
{
    private const int LongestDelay = 60_000;

    private readonly HashSet<ConnectionContext> _connections = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource? _idle;

    public async Task AnswerAsync(HttpContext http)
    {
        var sent = await WriteAsync(http);
        // Probes are of the node: neither logged nor counted, so that an idle container is seen to be idle.
        if (http.Request.Headers.UserAgent.ToString().StartsWith("kube-probe", StringComparison.Ordinal)) return;
        var line = $"{http.Connection.RemoteIpAddress} \"{http.Request.Method} {http.Request.Path}\" {http.Response.StatusCode}";
        log.Append(line);
        usage.Request(http.Request.ContentLength ?? 0, sent, line.Length + 1);
    }

    public void Opened(ConnectionContext connection)
    {
        lock (_gate) _connections.Add(connection);
        connection.ConnectionClosed.Register(() =>
        {
            lock (_gate)
                if (_connections.Remove(connection) && _connections.Count == 0) _idle?.TrySetResult();
        });
    }

    /// <summary>Completes when every connection has ended; idle ones end at once, the others after their answer.</summary>
    public Task DrainAsync()
    {
        ConnectionContext[] open;
        lock (_gate)
        {
            _idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_connections.Count == 0) _idle.TrySetResult();
            open = [.. _connections];
        }
        foreach (var connection in open) connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        return _idle.Task;
    }

    /// <summary>Cuts the connections that are still open.</summary>
    public void Close()
    {
        ConnectionContext[] left;
        lock (_gate) left = [.. _connections];
        foreach (var connection in left) connection.Abort();
    }

    /// <summary>Answers how many bytes the body has.</summary>
    private async Task<int> WriteAsync(HttpContext http)
    {
        var parts = http.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is ["delay", var delay] && int.TryParse(delay, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
            await Task.Delay(Math.Min(milliseconds, LongestDelay), http.RequestAborted);
        else if (parts is ["status", var status] && int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 200 and < 600)
            http.Response.StatusCode = code;
        else if (parts is ["exit", var number] && HttpMethods.IsPost(http.Request.Method) && byte.TryParse(number, out var exitCode))
            http.Response.OnCompleted(() => { exit(exitCode); return Task.CompletedTask; });
        if (http.Response.StatusCode is 204 or 304) return 0;
        if (http.Request.Headers.Accept.ToString().Contains("application/json", StringComparison.OrdinalIgnoreCase))
        {
            http.Response.ContentType = "application/json";
            return await SendAsync(http, Json.Bytes(new JsonObject
            {
                ["message"] = $"hello from {image}",
                ["namespace"] = ns,
                ["pod"] = pod,
                ["image"] = image,
                ["method"] = http.Request.Method,
                ["path"] = http.Request.Path.Value,
                ["environment"] = new JsonArray([.. environment.Select(e => JsonValue.Create(e))]),
            }));
        }
        http.Response.ContentType = "text/plain; charset=utf-8";
        return await SendAsync(http, Encoding.UTF8.GetBytes($"hello from {image}\npod: {pod}\nenvironment: {string.Join(", ", environment)}\n"));
    }

    private static async Task<int> SendAsync(HttpContext http, byte[] body)
    {
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
        return body.Length;
    }
}
