using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Exec;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Sandbox;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>The client's commands against the sandbox over HTTP.</summary>
public sealed class SandboxExecTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>, IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));
    private readonly string _config = Path.Combine(Path.GetTempPath(), $"babyhelm-{Guid.NewGuid():N}");
    private KubernetesClient _client = null!;
    private string _ns = "";

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_config, sandbox.Cluster.KubeConfig);
        _client = new KubernetesClient(ClusterConfig.Load(new() { KubeConfig = _config }).Value);
        _ns = await sandbox.NamespaceAsync();
    }

    public Task DisposeAsync()
    {
        _client.Dispose();
        File.Delete(_config);
        _limit.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>A pod in the state that is asked for.</summary>
    private async Task<ExecScenarios> PodAsync(string name = "p", string policy = "Always", string phase = "Running")
    {
        var applied = await _client.ApplyAsync(JsonNode.Parse($$$"""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}","namespace":"{{{_ns}}}"},
             "spec":{"restartPolicy":"{{{policy}}}","containers":[{"name":"main","image":"demo/hello:1"}]} }
            """)!.AsObject());
        Assert.Null(applied.Error);
        while ((await _client.GetAsync<Pod>(ResourceType.Pods, _ns, name, _limit.Token)).Value.Status.Phase != phase) await Task.Delay(10, _limit.Token);
        return new(_client, _ns, name, _limit.Token);
    }

    [Fact]
    public async Task Exit_codes_and_both_outputs_come_back() => await (await PodAsync()).ExitCodesAndStreamsAsync();

    [Fact]
    public async Task A_missing_program_is_told_by_its_name() => await (await PodAsync()).MissingProgramAsync();

    [Fact]
    public async Task Input_comes_back_and_its_end_ends_the_command() => await (await PodAsync()).InputAsync();

    [Fact]
    public async Task Ten_megabytes_come_whole_and_in_order_to_a_slow_reader() => await (await PodAsync()).LargeOutputAsync();

    [Fact]
    public async Task A_terminal_knows_its_size_and_takes_control_keys() => await (await PodAsync()).TerminalAsync();

    [Fact]
    public async Task A_restart_of_the_container_ends_the_command_and_the_next_one_runs() => await (await PodAsync()).RestartAsync();

    [Fact]
    public async Task The_deletion_of_the_pod_ends_the_command() => await (await PodAsync()).DeletionAsync();

    [Fact]
    public async Task A_missing_pod_or_container_is_refused() => await (await PodAsync()).RefusalsAsync();

    [Fact]
    public async Task A_container_that_has_ended_takes_no_command()
    {
        var scenarios = await PodAsync();
        await PodAsync("done", "Never", "Succeeded");
        await scenarios.NotRunningAsync("done");
    }

    [Fact]
    public async Task A_server_that_goes_away_is_a_lost_connection()
    {
        await using var other = new OwnSandbox();
        await other.Fixture.InitializeAsync();
        var ns = await other.Fixture.NamespaceAsync();
        await other.Fixture.ApplyAsync($"/api/v1/namespaces/{ns}/pods/p", "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: main, image: 'demo/hello:1'}]}}", 201);
        await other.Fixture.UntilAsync($"/api/v1/namespaces/{ns}/pods", p => SandboxFixture.Text(p, "status", "phase") == "Running");
        await File.WriteAllTextAsync(_config, other.Fixture.Cluster.KubeConfig);
        using var client = new KubernetesClient(ClusterConfig.Load(new() { KubeConfig = _config }).Value);
        await using var session = (await client.ExecAsync(ns, "p", new(["sleep", "1000"]), _limit.Token)).Value;
        await other.Fixture.DisposeAsync();
        Assert.Equal(ExecProblem.ConnectionLost, Assert.IsType<ExecError>((await session.Exit.WaitAsync(_limit.Token)).Error).Problem);
    }

    private sealed class OwnSandbox : IAsyncDisposable
    {
        internal SandboxFixture Fixture { get; } = new();

        public async ValueTask DisposeAsync() => await Fixture.DisposeAsync();
    }
}
