using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Rollouts;
using Babyhelm.Tests.Kubernetes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Rollouts;

/// <summary>Rollouts on a real cluster, in a namespace of their own that is deleted afterwards.</summary>
public sealed class RealRolloutTests : IAsyncLifetime
{
    private readonly string _ns = $"babyhelm-test-{Guid.NewGuid():N}"[..30];
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromMinutes(3));
    private readonly ClusterCache _cache = new(TimeProvider.System, NullLogger<ClusterCache>.Instance);
    private readonly ReleaseBoard _board = new();
    private readonly RolloutFeed _feed;
    private KubernetesClient? _client;
    private Task _running = Task.CompletedTask;

    public RealRolloutTests() => _feed = new RolloutFeed(_cache, _board, TimeProvider.System);

    public async Task InitializeAsync()
    {
        if (string.IsNullOrEmpty(ClusterFactAttribute.KubeConfig)) return;
        _client = new KubernetesClient(ClusterConfig.Load(new KubernetesOptions { KubeConfig = ClusterFactAttribute.KubeConfig }).Value);
        await Apply($$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{_ns}}}","labels":{"{{{Labels.ManagedBy}}}":"{{{Labels.ManagedByValue}}}"} } }""");
        await Apply($$$"""{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"project","namespace":"{{{_ns}}}"},"spec":{"hard":{"limits.memory":"8Gi"} } }""");
        _running = Task.WhenAll(_cache.RunAsync(_client, _stop.Token), _feed.RunAsync(_stop.Token));
    }

    public async Task DisposeAsync()
    {
        if (_client is not null)
        {
            await _stop.CancelAsync();
            await _running;
            await _client.DeleteAsync(ResourceType.Namespaces, null, _ns);
            _client.Dispose();
        }
        _feed.Dispose();
    }

    [ClusterFact]
    public async Task Every_failing_image_is_diagnosed_and_good_ones_go_live_and_roll_over()
    {
        var good = End("good", "demo/hello:1");
        await Task.WhenAll(
            Fails("missing", "docker.io/demo/missing:1", DiagnosisCodes.ImageNotFound, "no such host"),
            Fails("badname", "docker.io/Demo/UPPER:1", DiagnosisCodes.ImageInvalid, "must be lowercase"),
            Fails("crash", "demo/crash:1", DiagnosisCodes.CrashLoop, "exit code 3"),
            Fails("oom", "demo/oom:1", DiagnosisCodes.OutOfMemory, "memory limit 32Mi"),
            Fails("command", "demo/hello:1", DiagnosisCodes.CrashLoop, "/nope", """ "command":["/nope"] """),
            Fails("secret", "demo/hello:1", DiagnosisCodes.ConfigMissing, "\"none\" not found",
                """ "env":[{"name":"A","valueFrom":{"secretKeyRef":{"name":"none","key":"k"}}}] """),
            Fails("unready", "demo/unready:1", DiagnosisCodes.NotReady, "connection refused",
                """ "readinessProbe":{"httpGet":{"path":"/","port":8080},"periodSeconds":2} """),
            Fails("quota", "demo/hello:1", DiagnosisCodes.QuotaExceeded, "limits.memory=9Gi", memory: "9Gi"),
            Fails("nowhere", "demo/hello:1", DiagnosisCodes.Unschedulable, "nodes are available", pod: """ "nodeSelector":{"no":"where"}, """),
            good);
        var first = await good;
        Assert.Equal((ReleaseState.Live, null), (first[^1].State, first[^1].Diagnosis));
        Assert.All(first, s => Assert.Null(s.Diagnosis));

        var second = await End("good", "demo/hello:2", release: 2);
        Assert.Equal(ReleaseState.Live, second[^1].State);
        Assert.All(second, s => Assert.Null(s.Diagnosis));
        Assert.Equal(second.Select(s => s.Progress).Order(), second.Select(s => s.Progress));
        Assert.All(_cache.ReadyPods(_ns, "good"), p => Assert.Equal(2, p.Release));
    }

    private async Task Fails(string app, string image, string code, string evidence, string? container = null, string memory = "32Mi", string pod = "")
    {
        var states = await End(app, image, container, memory, pod);
        var end = states[^1];
        Assert.True(end.State == ReleaseState.Failed && end.Diagnosis?.Code == code && end.Diagnosis.Evidence.Any(e => e.Contains(evidence, StringComparison.Ordinal)),
            $"{app}: {end.State} {end.Diagnosis?.Code} {string.Join(" | ", end.Diagnosis?.Evidence ?? [])}");
        Assert.All(states, s => Assert.True(s.Diagnosis is null || s.Diagnosis.Code == code, $"{app}: {s.Diagnosis?.Code} on the way"));
        Assert.DoesNotContain(states, s => s.State == ReleaseState.Live);
    }

    private async Task<List<RolloutState>> End(string app, string image, string? container = null, string memory = "32Mi", string pod = "", int release = 1)
    {
        var extra = container is null ? "" : "," + container;
        await Apply($$$"""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"{{{app}}}","namespace":"{{{_ns}}}","labels":{{{Tags(app, release)}}}},
            "spec":{"replicas":1,"progressDeadlineSeconds":40,"selector":{"matchLabels":{"app":"{{{app}}}"}},
            "template":{"metadata":{"labels":{{{Tags(app, release)}}}},"spec":{ {{{pod}}} "terminationGracePeriodSeconds":1,"containers":[{"name":"{{{app}}}","image":"{{{image}}}","ports":[{"containerPort":8080}],
            "resources":{"requests":{"cpu":"10m","memory":"16Mi"},"limits":{"memory":"{{{memory}}}"} }{{{extra}}} }]} } } }
            """);
        var now = DateTimeOffset.UtcNow;
        _board.Set(new ReleaseInfo(Guid.Empty, Guid.Empty, _ns, app, release, ReleaseState.RollingOut, 1, now) { StartedAt = now, AppliedAt = now });
        var states = new List<RolloutState>();
        using var subscription = _feed.Subscribe(_ns, app);
        if (subscription.Snapshot.Rollout is { } first) states.Add(first);
        if (states is [.., { } last] && last.State.IsFinal()) return states;
        await foreach (var view in subscription.ChangesAsync(_stop.Token))
        {
            if (view.Rollout is not { } next) break;
            if (!next.Equals(states.LastOrDefault())) states.Add(next);
            if (next.State.IsFinal()) break;
        }
        return states;
    }

    private static string Tags(string app, int release) =>
        $$$"""{"app":"{{{app}}}","{{{Labels.ManagedBy}}}":"{{{Labels.ManagedByValue}}}","{{{Labels.App}}}":"{{{app}}}","{{{Labels.Release}}}":"{{{release}}}"}""";

    private async Task Apply(string manifest)
    {
        var applied = await _client!.ApplyAsync(JsonNode.Parse(manifest)!.AsObject(), cancellation: _stop.Token);
        Assert.True(applied.Error is null, applied.Error?.Message);
    }
}
