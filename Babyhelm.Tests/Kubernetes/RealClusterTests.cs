using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Resources;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>The client against a real API server, in a namespace of its own that is deleted afterwards.</summary>
public sealed class RealClusterTests : IAsyncLifetime
{
    private readonly string _ns = $"babyhelm-test-{Guid.NewGuid():N}"[..30];
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));
    private KubernetesClient _client = null!;

    public async Task InitializeAsync()
    {
        if (string.IsNullOrEmpty(ClusterFactAttribute.KubeConfig)) return;
        _client = new KubernetesClient(ClusterConfig.Load(new KubernetesOptions { KubeConfig = ClusterFactAttribute.KubeConfig }).Value);
        var created = await _client.ApplyAsync(Object($$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{_ns}}}"}}"""));
        Assert.True(created.Value.Created);
    }

    public async Task DisposeAsync()
    {
        if (_client is null) return;
        Assert.True((await _client.DeleteAsync(ResourceType.Namespaces, null, _ns)).Value.Found);
        _client.Dispose();
    }

    [ClusterFact]
    public async Task Says_its_version_what_it_serves_and_what_the_user_may_do()
    {
        Assert.Equal("1", (await _client.VersionAsync(_limit.Token)).Value.Major);
        var apis = (await _client.DiscoverAsync(_limit.Token)).Value;
        Assert.True(apis.Serves(ResourceType.Deployments));
        Assert.True(apis.Serves(ResourceType.Pods));
        Assert.False(apis.Serves(new ResourceType("nosuch.group", "v1", "things", "Thing")));
        Assert.True((await _client.CanIAsync("patch", ResourceType.Deployments, _ns, cancellation: _limit.Token)).Value.Allowed);
    }

    [ClusterFact]
    public async Task Applies_reads_patches_and_deletes()
    {
        var map = ConfigMap("settings", "a", "1");
        Assert.True((await _client.ApplyAsync(map, cancellation: _limit.Token)).Value.Created);
        Assert.False((await _client.ApplyAsync(ConfigMap("settings", "b", "2"), cancellation: _limit.Token)).Value.Created);
        var read = (await _client.GetAsync(ResourceType.ConfigMaps, _ns, "settings", _limit.Token)).Value;
        Assert.Equal("""{"b":"2"}""", read["data"]!.ToJsonString());

        await _client.PatchAsync(ResourceType.ConfigMaps, _ns, "settings", Object("""{"data":{"c":"3"}}"""), cancellation: _limit.Token);
        var dry = (await _client.ApplyAsync(ConfigMap("settings", "d", "4"), dryRun: true, cancellation: _limit.Token)).Value;
        Assert.Equal("""{"c":"3","d":"4"}""", dry.Object["data"]!.ToJsonString());
        read = (await _client.GetAsync(ResourceType.ConfigMaps, _ns, "settings", _limit.Token)).Value;
        Assert.Equal("""{"b":"2","c":"3"}""", read["data"]!.ToJsonString());

        Assert.True((await _client.DeleteAsync(ResourceType.ConfigMaps, _ns, "settings", cancellation: _limit.Token)).Value.Found);
        Assert.False((await _client.DeleteAsync(ResourceType.ConfigMaps, _ns, "settings", cancellation: _limit.Token)).Value.Found);
        Assert.True(Assert.IsType<KubernetesError>((await _client.GetAsync(ResourceType.ConfigMaps, _ns, "settings", _limit.Token)).Error).IsNotFound);
    }

    [ClusterFact]
    public async Task Applying_without_force_conflicts_with_another_manager()
    {
        await _client.ApplyAsync(ConfigMap("shared", "a", "1"), cancellation: _limit.Token);
        var patched = await _client.PatchAsync(ResourceType.ConfigMaps, _ns, "shared", Object("""{"data":{"z":"theirs"}}"""), cancellation: _limit.Token);
        Assert.Null(patched.Error);
        var refused = await _client.ApplyAsync(ConfigMap("shared", "z", "ours"), force: false, cancellation: _limit.Token);
        var conflict = Assert.Single(Assert.IsType<KubernetesError>(refused.Error).FieldConflicts);
        Assert.Equal(".data.z", conflict.Field);
        var forced = await _client.ApplyAsync(ConfigMap("shared", "z", "ours"), cancellation: _limit.Token);
        Assert.Equal("ours", forced.Value.Object["data"]!["z"]!.GetValue<string>());
    }

    [ClusterFact]
    public async Task An_informer_sees_changes_and_says_where_it_stands()
    {
        await _client.ApplyAsync(Deployment("web", 0), cancellation: _limit.Token);
        var changes = System.Threading.Channels.Channel.CreateBounded<ResourceChange<Deployment>>(1000);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token);
        var informer = new Informer<Deployment>(_client, ResourceType.Deployments, null, _ns,
            change => Assert.True(changes.Writer.TryWrite(change)), TimeProvider.System, NullLogger.Instance);
        var run = informer.RunAsync(stop.Token);
        await informer.WaitForSyncAsync(_limit.Token);
        Assert.Contains($"{_ns}/web", informer.Items.Keys);
        await _client.ApplyAsync(Deployment("web2", 0), cancellation: _limit.Token);
        await Until(changes.Reader, c => c.Object.Metadata.Name == "web2" && c.Object.Status.ObservedGeneration == 1);
        await _client.DeleteAsync(ResourceType.Deployments, _ns, "web", cancellation: _limit.Token);
        await Until(changes.Reader, c => c is { Kind: ChangeKind.Deleted, Object.Metadata.Name: "web" });
        Assert.Null(informer.Status.LastError);
        await stop.CancelAsync();
        await run;
    }

    [ClusterFact]
    public async Task Logs_of_a_running_pod_are_followed()
    {
        await _client.ApplyAsync(Deployment("web", 1), cancellation: _limit.Token);
        var pods = System.Threading.Channels.Channel.CreateBounded<ResourceChange<Pod>>(1000);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token);
        var run = new Informer<Pod>(_client, ResourceType.Pods, "app=web", _ns, c => Assert.True(pods.Writer.TryWrite(c)), TimeProvider.System, NullLogger.Instance)
            .RunAsync(stop.Token);
        var pod = await Until(pods.Reader, c => c.Object.Status.ContainerStatuses?.Any(s => s.State.Running is not null) == true);

        var lines = new List<LogLine>();
        await foreach (var line in _client.LogsAsync(_ns, pod.Object.Metadata.Name, new LogOptions { Follow = true, Timestamps = true }, _limit.Token))
        {
            lines.Add(line);
            break;
        }
        Assert.Null(lines[0].Error);
        Assert.NotEmpty(lines[0].Text);
        Assert.InRange(lines[0].Time!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));

        await foreach (var line in _client.LogsAsync(_ns, pod.Object.Metadata.Name, new LogOptions { Container = "nosuch" }, _limit.Token)) lines.Add(line);
        Assert.Equal(400, Assert.IsType<KubernetesError>(lines[^1].Error).Status);
        await stop.CancelAsync();
        await run;
    }

    private static async Task<ResourceChange<T>> Until<T>(System.Threading.Channels.ChannelReader<ResourceChange<T>> changes, Func<ResourceChange<T>, bool> wanted)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var change = await changes.ReadAsync(limit.Token);
            if (wanted(change)) return change;
        }
    }

    private JsonObject ConfigMap(string name, string key, string value) =>
        Object($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","namespace":"{{{_ns}}}"},"data":{"{{{key}}}":"{{{value}}}"}}""");

    private JsonObject Deployment(string name, int replicas) => Object($$$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"{{{name}}}","namespace":"{{{_ns}}}"},
         "spec":{"replicas":{{{replicas}}},"selector":{"matchLabels":{"app":"{{{name}}}"}},
                 "template":{"metadata":{"labels":{"app":"{{{name}}}"}},
                             "spec":{"containers":[{"name":"main","image":"docker.io/demo/hello:1","imagePullPolicy":"IfNotPresent",
                                "command":["sh","-c","echo started; exec httpd -f -p 8080"]}]} } } }
        """);

    private static JsonObject Object(string json) => JsonNode.Parse(json)!.AsObject();
}
