using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Scaling, restarting and following on a real cluster, in a namespace of its own that is deleted afterwards.</summary>
public sealed class RealClusterWorkloadTests : IAsyncLifetime
{
    private readonly string _ns = $"babyhelm-test-{Guid.NewGuid():N}"[..30];
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(4));
    private KubernetesClient _client = null!;

    public async Task InitializeAsync()
    {
        if (string.IsNullOrEmpty(ClusterFactAttribute.KubeConfig)) return;
        _client = Client(ClusterFactAttribute.KubeConfig);
        Assert.Null((await _client.ApplyAsync(JsonNode.Parse($$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{_ns}}}"} }""")!.AsObject())).Error);
    }

    public async Task DisposeAsync()
    {
        if (_client is null) return;
        Assert.True((await _client.DeleteAsync(ResourceType.Namespaces, null, _ns)).Value.Found);
        _client.Dispose();
    }

    private static KubernetesClient Client(string path) => new(ClusterConfig.Load(new KubernetesOptions { KubeConfig = path }).Value);

    private ClusterScenarios Scenarios => new(_client, _ns, _limit.Token);

    [ClusterFact]
    public Task Scaling_and_restarting_change_what_they_should_and_applying_keeps_it() => Scenarios.ScaleAndRestartAsync();

    [ClusterFact]
    public Task What_cannot_be_scaled_or_restarted_is_told() => Scenarios.RefusedChangesAsync();

    /// <summary>The container counts in a file that outlives its runs: each run goes on where the last one stopped.</summary>
    [ClusterFact]
    public async Task A_log_is_followed_over_cuts_and_restarts_without_losing_or_doubling_a_line()
    {
        const string Script = "i=$(cat /data/i 2>/dev/null || echo 0); while :; do echo \"number $i\"; i=$((i+1)); echo $i >/data/i; [ $((i%200)) = 0 ] && exit 1; [ $((i%5)) = 0 ] && sleep 0.1; done";
        var deployment = Scenarios.Deployment(extra: ",\"volumeMounts\":[{\"name\":\"data\",\"mountPath\":\"/data\"}]");
        var spec = deployment["spec"]!["template"]!["spec"]!;
        spec["volumes"] = JsonNode.Parse("""[{"name":"data","emptyDir":{}}]""");
        spec["containers"]![0]!["command"] = new JsonArray("sh", "-c", Script);
        Assert.Null((await _client.ApplyAsync(deployment, cancellation: _limit.Token)).Error);
        Pod? pod;
        do pod = (await _client.ListAsync<Pod>(ResourceType.Pods, _ns, cancellation: _limit.Token)).Value.Items.FirstOrDefault();
        while (pod is null);

        var config = await File.ReadAllTextAsync(ClusterFactAttribute.KubeConfig!);
        var direct = _client.Server.GetLeftPart(UriPartial.Authority);
        await using var proxy = new CuttingProxy(_client.Server);
        var path = Path.Combine(Path.GetTempPath(), $"babyhelm-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(path, config.Replace(direct, proxy.Address.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal));
        try
        {
            using var through = Client(path);
            await Scenarios.FollowAsync(through, pod.Metadata.Name, 500, Number, number =>
            {
                if (number % 60 == 30) proxy.Cut();
                return Task.CompletedTask;
            });
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static int? Number(string line) => line.Split(' ') is ["number", var number] ? int.Parse(number) : null;
}
