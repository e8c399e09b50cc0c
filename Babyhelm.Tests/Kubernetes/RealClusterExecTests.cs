using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>The client's commands on a real cluster, in a namespace of its own that is deleted afterwards. Its node needs the image
/// docker.io/demo/hello:1, a busybox.</summary>
public sealed class RealClusterExecTests : IAsyncLifetime
{
    private readonly string _ns = $"babyhelm-test-{Guid.NewGuid():N}"[..30];
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(3));
    private KubernetesClient _client = null!;

    public async Task InitializeAsync()
    {
        if (string.IsNullOrEmpty(ClusterFactAttribute.KubeConfig)) return;
        _client = new KubernetesClient(ClusterConfig.Load(new KubernetesOptions { KubeConfig = ClusterFactAttribute.KubeConfig }).Value);
        Assert.Null((await _client.ApplyAsync(JsonNode.Parse($$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{_ns}}}"} }""")!.AsObject())).Error);
    }

    public async Task DisposeAsync()
    {
        if (_client is null) return;
        Assert.True((await _client.DeleteAsync(ResourceType.Namespaces, null, _ns)).Value.Found);
        _client.Dispose();
    }

    /// <summary>A pod whose first process ends when it is told to.</summary>
    private async Task<ExecScenarios> PodAsync(string name = "p", string script = "trap 'exit 5' TERM; while :; do sleep 1; done", string policy = "Always", string phase = "Running")
    {
        var pod = JsonNode.Parse($$$"""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}","namespace":"{{{_ns}}}"},
             "spec":{"restartPolicy":"{{{policy}}}","terminationGracePeriodSeconds":1,"automountServiceAccountToken":false,
                     "containers":[{"name":"main","image":"docker.io/demo/hello:1","imagePullPolicy":"IfNotPresent","command":["sh","-c"]}]} }
            """)!.AsObject();
        pod["spec"]!["containers"]![0]!["command"]!.AsArray().Add(script);
        // A new namespace has no service account for a moment, and takes no pod without.
        while ((await _client.ApplyAsync(pod, cancellation: _limit.Token)).Error is { } error)
        {
            Assert.Contains("serviceaccount", error.Message);
            await Task.Delay(200, _limit.Token);
        }
        while ((await _client.GetAsync<Pod>(ResourceType.Pods, _ns, name, _limit.Token)).Value.Status.Phase != phase) await Task.Delay(100, _limit.Token);
        return new(_client, _ns, name, _limit.Token);
    }

    [ClusterFact]
    public async Task Exit_codes_and_both_outputs_come_back() => await (await PodAsync()).ExitCodesAndStreamsAsync();

    [ClusterFact]
    public async Task A_missing_program_is_told_by_its_name() => await (await PodAsync()).MissingProgramAsync();

    [ClusterFact]
    public async Task Input_comes_back_and_its_end_ends_the_command_where_it_can_be_told() => await (await PodAsync()).InputAsync();

    [ClusterFact]
    public async Task Ten_megabytes_come_whole_and_in_order_to_a_slow_reader() => await (await PodAsync()).LargeOutputAsync();

    [ClusterFact]
    public async Task A_terminal_knows_its_size_and_takes_control_keys() => await (await PodAsync()).TerminalAsync();

    [ClusterFact]
    public async Task A_restart_of_the_container_ends_the_command_and_the_next_one_runs() => await (await PodAsync()).RestartAsync();

    [ClusterFact]
    public async Task The_deletion_of_the_pod_ends_the_command() => await (await PodAsync()).DeletionAsync();

    [ClusterFact]
    public async Task A_missing_pod_or_container_is_refused() => await (await PodAsync()).RefusalsAsync();

    [ClusterFact]
    public async Task A_container_that_has_ended_takes_no_command()
    {
        var scenarios = await PodAsync();
        await PodAsync("done", "exit 0", "Never", "Succeeded");
        await scenarios.NotRunningAsync("done");
    }
}
