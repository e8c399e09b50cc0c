using System.Net;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Sandbox;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Following a log against the sandbox over HTTP.</summary>
public sealed class SandboxClientTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>, IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));
    private KubernetesClient _client = null!;
    private string _ns = "";
    private int _seen = -1;

    public async Task InitializeAsync()
    {
        _client = Client(sandbox.Cluster.KubeConfig);
        _ns = await sandbox.NamespaceAsync();
    }

    public Task DisposeAsync()
    {
        _client.Dispose();
        _limit.Dispose();
        return Task.CompletedTask;
    }

    private static KubernetesClient Client(string config)
    {
        var path = Path.Combine(Path.GetTempPath(), $"babyhelm-{Guid.NewGuid():N}");
        File.WriteAllText(path, config);
        try
        {
            return new KubernetesClient(ClusterConfig.Load(new() { KubeConfig = path }).Value);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private ClusterScenarios Scenarios => new(_client, _ns, _limit.Token);

    [Fact]
    public async Task A_log_is_followed_over_cuts_and_restarts_without_losing_or_doubling_a_line()
    {
        const int Lines = 200;
        await _client.ApplyAsync(Scenarios.Deployment(extra: ",\"ports\":[{\"containerPort\":8080}]"), cancellation: _limit.Token);
        await sandbox.ReadyAsync(_ns, "web", 1);
        var pod = (await _client.ListAsync<Pod>(ResourceType.Pods, _ns, cancellation: _limit.Token)).Value.Items.Single();
        await using var proxy = new CuttingProxy(sandbox.Cluster.Endpoint);
        var direct = sandbox.Cluster.Endpoint.GetLeftPart(UriPartial.Authority);
        using var through = Client(sandbox.Cluster.KubeConfig.Replace(direct, proxy.Address.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal));
        var writing = WriteAsync(pod, Lines);
        await Scenarios.FollowAsync(through, pod.Metadata.Name, Lines, Number, number =>
        {
            Volatile.Write(ref _seen, number);
            if (number % 50 == 25) proxy.Cut();
            return Task.CompletedTask;
        });
        await writing;
    }

    /// <summary>Of a request's line in the log: 127.0.0.1 "GET /17" 200.</summary>
    private static int? Number(string line) => line.Split('/', '"') is [_, _, var number, ..] && int.TryParse(number, out var n) ? n : null;

    /// <summary>Makes the container write numbered lines, and end twice on the way.</summary>
    private async Task WriteAsync(Pod pod, int lines)
    {
        using var http = new HttpClient();
        var address = new Uri($"http://{sandbox.Cluster.Resolve(new(IPAddress.Parse(pod.Status.PodIP!), 8080))}/");
        var restarts = 0;
        for (var line = 0; line < lines; line++)
        {
            if (line is 60 or 130)
            {
                // The node keeps the log of one earlier run: the reader must have come to this one.
                while (Volatile.Read(ref _seen) < (line == 60 ? 0 : 60)) await Task.Delay(20, _limit.Token);
                await http.PostAsync(new Uri(address, "/exit/1"), null, _limit.Token);
                restarts++;
                while ((await _client.GetAsync<Pod>(ResourceType.Pods, _ns, pod.Metadata.Name, _limit.Token)).Value.Status.ContainerStatuses![0] is var status
                    && (status.RestartCount < restarts || status.State.Running is null))
                    await Task.Delay(20, _limit.Token);
            }
            await http.GetStringAsync(new Uri(address, $"/{line}"), _limit.Token);
        }
    }
}
