using System.Reflection;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Tests.Cluster;

/// <summary>A deployment that does not come up, and how it is to be explained.</summary>
/// <param name="Evidence">Each must be in one of the lines of evidence.</param>
internal sealed record Trouble(string Image, string Code, params string[] Evidence)
{
    public string Memory { get; init; } = "32Mi";
    public string Pod { get; init; } = "";
    public string Container { get; init; } = "";

    /// <summary>Which of the stage's namespaces: plain, or one with rules.</summary>
    public string Rules { get; init; } = "plain";

    /// <summary>What is rightly said before more is known; null: nothing else may be said.</summary>
    public string? Before { get; init; }

    /// <summary>Nothing but the deployment's own deadline ends it.</summary>
    public bool Waits { get; init; }
}

/// <summary>Deploys every trouble of the cases at once, because most of the time is spent waiting.</summary>
public sealed class DiagnosisStage : IAsyncLifetime
{
    /// <summary>Seconds after which the cluster gives up on those that wait for ever; the sandbox's are shorter.</summary>
    private static readonly int Deadline = ConformanceTarget.Kind == TargetKind.Sandbox ? 150 : 45;

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(4));
    private readonly Dictionary<string, Task<List<RolloutState>>> _ends = [];
    private readonly Dictionary<string, string> _namespaces = [];
    private readonly ClusterTarget _target = new();
    private RolloutHarness? _harness;

    /// <summary>Every state of a trouble's rollout up to its failure.</summary>
    internal Task<List<RolloutState>> EndAsync(string name) => _ends[name];

    public async Task InitializeAsync()
    {
        await _target.InitializeAsync();
        var rows = typeof(DiagnosisConformance).GetMethods().SelectMany(m => m.GetCustomAttributes<RowAttribute>()).Where(r => r.Skip is null).Select(r => (string)r.Data[0]!).ToList();
        _namespaces["plain"] = await _target.NewNamespaceAsync(_limit.Token, RolloutHarness.Managed);
        _namespaces["quota"] = await _target.NewNamespaceAsync(_limit.Token, RolloutHarness.Managed);
        _namespaces["limits"] = await _target.NewNamespaceAsync(_limit.Token, RolloutHarness.Managed);
        _namespaces["baseline"] = await _target.NewNamespaceAsync(_limit.Token, [.. RolloutHarness.Managed, ("pod-security.kubernetes.io/enforce", "baseline")]);
        await RulesAsync();
        var ports = _target.Sandbox is null ? await Registry.StartAsync(_target.Client, _namespaces["plain"], _limit.Token) : new Registry.Ports(5000, 5001);
        _harness = new RolloutHarness(_target.Client);
        foreach (var name in rows) _ends[name] = DeployAsync(name, DiagnosisConformance.Troubles(ports)[name]);
    }

    public async Task DisposeAsync()
    {
        await _limit.CancelAsync();
        if (_harness is not null) await _harness.DisposeAsync();
        await _target.DisposeAsync();
        _limit.Dispose();
    }

    private async Task<List<RolloutState>> DeployAsync(string name, Trouble trouble)
    {
        var ns = _namespaces[trouble.Rules];
        var spec = trouble.Waits ? $"\"progressDeadlineSeconds\":{Deadline}," : "";
        await ApplyAsync(RolloutHarness.Deployment(ns, name, 1, trouble.Image, memory: trouble.Memory, spec: spec, pod: trouble.Pod, container: trouble.Container));
        var release = _harness!.Begin(ns, name, 1);
        var states = await _harness.UntilAsync(ns, name, s => s.State.IsFinal(), _limit.Token);
        return [.. states, await _harness.EndAsync(release, states[^1], _limit.Token)];
    }

    private async Task RulesAsync()
    {
        JsonObject In(string rules, string json)
        {
            var manifest = Objects.Parse(json);
            manifest["metadata"]!["namespace"] = _namespaces[rules];
            return manifest;
        }
        await ApplyAsync(In("plain", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"settings"},"data":{"there":"eA=="} }"""));
        await ApplyAsync(In("plain", """
            {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data"},
             "spec":{"storageClassName":"none-such","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"} } } }
            """));
        await ApplyAsync(In("quota", """{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"project"},"spec":{"hard":{"limits.memory":"1Gi"} } }"""));
        await ApplyAsync(In("limits", """{"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"project"},"spec":{"limits":[{"type":"Container","max":{"memory":"1Gi"} }] } }"""));
        await Waiting.UntilAsync<ResourceQuota>(_target.Client, ResourceType.ResourceQuotas, _namespaces["quota"], "project", q => q.Status.Hard?.Count > 0, _limit.Token);
    }

    private async Task ApplyAsync(JsonObject manifest)
    {
        var applied = await _target.Client.ApplyAsync(manifest, cancellation: _limit.Token);
        Assert.True(applied.Error is null, applied.Error?.Message);
    }
}
