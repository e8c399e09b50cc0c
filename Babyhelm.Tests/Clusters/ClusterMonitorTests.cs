using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Babyhelm.Core.Clusters;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Integration;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Tests.Clusters;

/// <summary>The preflight over HTTP, with the sandbox.</summary>
public sealed class ClusterMonitorTests : IAsyncDisposable
{
    private readonly ListLogger _log = new();
    private ExternalCluster? _cluster;
    private ClusterPulse _pulse = null!;
    private ClusterMonitor _monitor = null!;

    public async ValueTask DisposeAsync()
    {
        if (_monitor is not null)
        {
            await _monitor.StopAsync(default);
            _monitor.Dispose();
        }
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Finds_out_all_there_is_to_know()
    {
        await StartAsync();
        await _monitor.CheckAsync(default);
        var facts = _monitor.Facts;
        Assert.Null(facts.Problem);
        Assert.NotNull(facts.CheckedAt);
        Assert.StartsWith("v1.", facts.Version!.GitVersion, StringComparison.Ordinal);
        Assert.Equal("babyhelm", facts.Account);
        Assert.Equal(Permissions.All.Sum(p => p.Verbs.Count), facts.Permissions.Count);
        Assert.All(facts.Permissions, p => Assert.True(p.Granted, p.ToString()));
        Assert.DoesNotContain(ResourceType.All, _monitor.Lacks);
        Assert.Equal(PodSecurityState.On, facts.PodSecurity);
        var node = Assert.Single(facts.Nodes!.Nodes);
        Assert.True(node.IsWell);
        Assert.Equal((128m, 0m), (node.Cpu.Allocatable, node.Cpu.Requested));
        Assert.True(node.Memory.Capacity > node.Memory.Allocatable);
        Assert.True(_pulse.Status.Latency > TimeSpan.Zero);
        var line = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.Contains($"all {facts.Permissions.Count} permissions granted", line.Text, StringComparison.Ordinal);
        Assert.Contains("not served: metrics.k8s.io/v1beta1 pods", line.Text, StringComparison.Ordinal);
        // The same again is not told again.
        await _monitor.CheckAsync(default);
        Assert.Single(_log.Lines);
    }

    [Fact]
    public async Task Adds_up_what_every_pod_asks_for_whoever_made_it()
    {
        await StartAsync();
        var client = _cluster!.Client;
        Assert.Null((await client.CreateAsync(Json("""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"other"}}"""))).Error);
        foreach (var (name, image) in new[] { ("a", "demo/hello:1"), ("b", "demo/hello:1") })
        {
            var created = await client.CreateAsync(Json($$$"""
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}","namespace":"other"},"spec":{"containers":[
                  {"name":"one","image":"{{{image}}}","resources":{"requests":{"cpu":"250m","memory":"64Mi"} } },
                  {"name":"two","image":"{{{image}}}","resources":{"requests":{"cpu":"1","memory":"1Gi"} } }] } }
                """));
            Assert.Null(created.Error);
        }
        Assert.Null((await client.CreateAsync(Json("""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"huge","namespace":"other"},"spec":{"containers":[{"name":"one","image":"demo/hello:1","resources":{"requests":{"cpu":"500"}}}]}}
            """))).Error);
        await Eventually.GetAsync(() => client.ListAsync<Core.Kubernetes.Resources.Pod>(ResourceType.Pods, "other"), l => l.Value.Items.Count(p => p.Spec.NodeName is not null) == 2);
        await _monitor.CheckAsync(default);
        var report = _monitor.Facts.Nodes!;
        var node = Assert.Single(report.Nodes);
        Assert.Equal((2.5m, (1024m + 64) * 2 * 1024 * 1024, 2m), (node.Cpu.Requested, node.Memory.Requested, node.Pods.Requested));
        Assert.Equal(1, report.WaitingPods);
        Assert.Equal(2.5 / 128, node.Cpu.Share);
    }

    [Fact]
    public async Task Names_exactly_what_is_missing()
    {
        string[] missing = ["delete secrets", "get pods/log", "list nodes", "patch deployments.apps"];
        await StartAsync(missing);
        await _monitor.CheckAsync(default);
        Assert.Equal(missing, _monitor.Facts.Permissions.Where(p => p.Granted == false).Select(p => p.ToString()).Order(StringComparer.Ordinal));
        Assert.Null(_monitor.Facts.Problem);
        Assert.Null(_monitor.Facts.Nodes);
        Assert.True(Assert.IsType<KubernetesError>(_monitor.Facts.NodesProblem).IsForbidden);
        var line = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.All(missing, m => Assert.Contains(m, line.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_the_pods_the_nodes_are_still_told()
    {
        await StartAsync("list pods");
        await _monitor.CheckAsync(default);
        var report = _monitor.Facts.Nodes!;
        Assert.Contains("pods is forbidden", report.PodsProblem, StringComparison.Ordinal);
        Assert.Null(Assert.Single(report.Nodes).Cpu.Requested);
        Assert.Null(report.Nodes[0].Cpu.Share);
    }

    [Fact]
    public async Task Keeps_what_it_knows_while_the_cluster_is_away_and_checks_again_when_it_is_back()
    {
        await StartAsync();
        await _monitor.StartAsync(default);
        await Wait.UntilAsync(() => _monitor.Facts.CheckedAt is not null);
        var known = _monitor.Facts;

        _cluster!.Link.Cut();
        await _monitor.CheckAsync(default);
        Assert.Contains("does not answer", _monitor.Facts.Problem!.Message, StringComparison.Ordinal);
        Assert.Equal(known with { Problem = _monitor.Facts.Problem }, _monitor.Facts);
        Assert.NotNull(_pulse.Status.Silence);
        Assert.Equal(LogLevel.Warning, _log.Lines.Last().Level);

        _cluster.Link.Restore();
        // What finds out that the cluster is back is the pulse.
        await Eventually.GetAsync(() => _pulse.BeatAsync(default), b => b.Error is null);
        await Wait.UntilAsync(() => _monitor.Facts.Problem is null);
        Assert.True(_monitor.Facts.CheckedAt > known.CheckedAt);
        await Wait.UntilAsync(() => _log.Lines.Last().Level == LogLevel.Information);
    }

    [Fact]
    public async Task Several_who_ask_at_once_get_one_check()
    {
        await StartAsync();
        _cluster!.Sandbox.Freeze();
        var (begun, beats) = (0, 0);
        _monitor.Changed += () => begun += _monitor.Checking ? 1 : 0;
        _pulse.Beaten += () => Interlocked.Increment(ref beats);
        var all = Enumerable.Range(0, 5).Select(_ => _monitor.CheckAsync(default)).ToList();
        Assert.True(_monitor.Checking);
        using (var impatient = new CancellationTokenSource())
        {
            var left = _monitor.CheckAsync(impatient.Token);
            await impatient.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        }
        _cluster.Sandbox.Thaw();
        await Task.WhenAll(all).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(_monitor.Checking);
        Assert.Equal((1, 5), (begun, beats));
    }

    private async Task StartAsync(params string[] forbidden)
    {
        _cluster = await ExternalCluster.StartAsync(forbidden: forbidden);
        _pulse = new ClusterPulse(_cluster.Client, TimeProvider.System);
        _monitor = new ClusterMonitor(_cluster.Client, _pulse, TimeProvider.System, _log);
    }

    private static JsonObject Json(string json) => JsonNode.Parse(json)!.AsObject();

    private sealed class ListLogger : ILogger<ClusterMonitor>
    {
        public ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue((logLevel, formatter(state, exception)));
    }
}
