using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>Performs a container's probes against its listener. Commands cannot be run here: exec probes always pass.</summary>
internal sealed class Prober(KubeletContext node, PodState pod, ContainerState container, string fieldPath)
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { { "User-Agent", "kube-probe/1.36" }, { "Connection", "close" } },
    };

    /// <summary>Runs until cancelled.</summary>
    /// <param name="restart">Called when the container must be killed.</param>
    public async Task RunAsync(Action restart, CancellationToken ct)
    {
        try
        {
            if (container.Spec.Map("startupProbe") is { } startup && !await UntilStartedAsync(startup, restart, ct)) return;
            await Task.WhenAll(ReadinessAsync(container.Spec.Map("readinessProbe"), ct), LivenessAsync(container.Spec.Map("livenessProbe"), restart, ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The container ended.
        }
    }

    private async Task<bool> UntilStartedAsync(JsonObject probe, Action restart, CancellationToken ct)
    {
        await node.Seconds(probe.Int("initialDelaySeconds") ?? 0, ct);
        for (var failures = 0; ;)
        {
            if (await ProbeAsync("Startup", probe, ct)) break;
            if (++failures >= (probe.Int("failureThreshold") ?? 3))
            {
                Kill("startup", restart);
                return false;
            }
            await node.Seconds(probe.Int("periodSeconds") ?? 10, ct);
        }
        pod.Change(() =>
        {
            container.Started = true;
            if (container.Spec["readinessProbe"] is null) container.Ready = true;
        });
        return true;
    }

    private async Task ReadinessAsync(JsonObject? probe, CancellationToken ct)
    {
        if (probe is null) return;
        await node.Seconds(probe.Int("initialDelaySeconds") ?? 0, ct);
        for (var (successes, failures) = (0, 0); ;)
        {
            if (await ProbeAsync("Readiness", probe, ct)) (successes, failures) = (successes + 1, 0);
            else (successes, failures) = (0, failures + 1);
            if (!container.Ready && successes >= (probe.Int("successThreshold") ?? 1)) pod.Change(() => container.Ready = container.Running);
            else if (container.Ready && failures >= (probe.Int("failureThreshold") ?? 3)) pod.Change(() => container.Ready = false);
            await node.Seconds(probe.Int("periodSeconds") ?? 10, ct);
        }
    }

    private async Task LivenessAsync(JsonObject? probe, Action restart, CancellationToken ct)
    {
        if (probe is null) return;
        await node.Seconds(probe.Int("initialDelaySeconds") ?? 0, ct);
        for (var failures = 0; ;)
        {
            failures = await ProbeAsync("Liveness", probe, ct) ? 0 : failures + 1;
            if (failures >= (probe.Int("failureThreshold") ?? 3))
            {
                Kill("liveness", restart);
                return;
            }
            await node.Seconds(probe.Int("periodSeconds") ?? 10, ct);
        }
    }

    private void Kill(string kind, Action restart)
    {
        node.Events.Record(pod.Stored, "Normal", "Killing", $"Container {container.Name} failed {kind} probe, will be restarted", "kubelet", fieldPath);
        restart();
    }

    private async Task<bool> ProbeAsync(string kind, JsonObject probe, CancellationToken ct)
    {
        var fault = probe.Map("httpGet") is { } get ? await HttpAsync(get, probe, ct) : probe.Map("tcpSocket") is { } tcp ? await TcpAsync(tcp, probe, ct) : null;
        if (fault is null) return true;
        ct.ThrowIfCancellationRequested();
        node.Events.Record(pod.Stored, "Warning", "Unhealthy", $"{kind} probe failed: {fault}", "kubelet", fieldPath);
        return false;
    }

    private async Task<string?> HttpAsync(JsonObject get, JsonObject probe, CancellationToken ct)
    {
        var endpoint = Endpoint(get["port"]);
        var path = get.Str("path") is { Length: > 0 } p ? p : "/";
        if (path[0] != '/') path = "/" + path;
        var shown = $"{(get.Str("scheme") ?? "HTTP").ToLowerInvariant()}://{endpoint}{path}";
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(Patience(probe));
        try
        {
            using var answer = await Http.GetAsync(new Uri($"http://{node.Network.Resolve(endpoint)}{path}"), HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            return (int)answer.StatusCode is >= 200 and < 400 ? null : $"HTTP probe failed with statuscode: {(int)answer.StatusCode}";
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            return $"Get \"{shown}\": dial tcp {endpoint}: connect: connection refused";
        }
        catch (HttpRequestException e)
        {
            return $"Get \"{shown}\": {(e.InnerException ?? e).Message}";
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"Get \"{shown}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
        }
    }

    private async Task<string?> TcpAsync(JsonObject tcp, JsonObject probe, CancellationToken ct)
    {
        var endpoint = Endpoint(tcp["port"]);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(Patience(probe));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(node.Network.Resolve(endpoint), timeout.Token);
            return null;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return $"dial tcp {endpoint}: connect: connection refused";
        }
        catch (SocketException e)
        {
            return $"dial tcp {endpoint}: {e.Message}";
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"dial tcp {endpoint}: i/o timeout";
        }
    }

    /// <summary>Never below a second of real time: a busy machine must not look like a broken container.</summary>
    private static TimeSpan Patience(JsonObject probe) => TimeSpan.FromSeconds(Math.Max(1, probe.Int("timeoutSeconds") ?? 1));

    private IPEndPoint Endpoint(JsonNode? port)
    {
        var number = port.Int() ?? (int.TryParse(port.Str(), out var parsed) ? parsed
            : container.Spec.Items("ports").FirstOrDefault(p => p.Str("name") == port.Str()).Int("containerPort") ?? 1);
        return new(pod.Address ?? IPAddress.Loopback, (int)number);
    }
}
