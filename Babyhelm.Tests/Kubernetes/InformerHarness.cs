using System.Threading.Channels;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>An informer of pods and a server that a test plays, request by request.</summary>
public abstract class InformerHarness : IAsyncLifetime
{
    private protected const string Unsupported = """{"kind":"Status","message":"resourceVersionMatch is forbidden for watch","reason":"Invalid","code":422}""";
    private protected const string Expired = """{"type":"ERROR","object":{"kind":"Status","message":"too old resource version: 1 (724)","reason":"Expired","code":410} }""";

    private protected readonly ManualTimeProvider _time = new();
    private protected readonly Channel<ResourceChange<Pod>> _changes = Channel.CreateBounded<ResourceChange<Pod>>(1000);
    private protected readonly CancellationTokenSource _stop = new();
    private protected ApiServer _server = null!;
    private protected KubernetesClient _client = null!;
    private protected Informer<Pod> _informer = null!;
    private protected Task _run = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        _client = new KubernetesClient(ClusterConfig.For(_server.Address, "t"), _time);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _client.Dispose();
        await _server.DisposeAsync();
    }

    private protected void Start(Func<Pod, Pod?>? slim = null)
    {
        _informer = new Informer<Pod>(_client, ResourceType.Pods, "x=y", "a", c => Assert.True(_changes.Writer.TryWrite(c)), _time, NullLogger.Instance, slim);
        _run = _informer.RunAsync(_stop.Token);
    }

    private protected static string Pod(string name, string version, string? uid = null, string annotations = "{}") =>
        $$$"""{"metadata":{"name":"{{{name}}}","namespace":"a","uid":"{{{uid ?? "u-" + name}}}","resourceVersion":"{{{version}}}","annotations":{{{annotations}}} } }""";

    private protected static string Event(string type, string pod) => $$"""{"type":"{{type}}","object":{{pod}} }""";

    private protected static string InitialEnd(string version) => Event("BOOKMARK", Pod("", version, "", """{"k8s.io/initial-events-end":"true"}"""));

    private protected static string List(string version, params string[] pods) => $$$"""{"metadata":{"resourceVersion":"{{{version}}}"},"items":[{{{string.Join(',', pods)}}}]}""";

    private protected async Task ExpectAsync(params string[] changes)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var told = new List<string>();
        while (told.Count < changes.Length)
        {
            var change = await _changes.Reader.ReadAsync(limit.Token);
            told.Add($"{(change.Kind == ChangeKind.Applied ? '+' : '-')}{change.Object.Metadata.Name} {change.Object.Metadata.ResourceVersion}");
        }
        Assert.Equal(changes, told);
    }

    /// <summary>Answers the first two requests: no streaming list, then a list. Gives the watch that follows.</summary>
    private protected async Task<Exchange> SyncByListAsync(string version, params string[] pods)
    {
        await (await _server.NextAsync()).AnswerAsync(422, Unsupported);
        var list = await _server.NextAsync();
        Assert.Equal("/api/v1/namespaces/a/pods?labelSelector=x%3Dy&limit=500", list.PathAndQuery);
        await list.AnswerAsync(200, List(version, pods));
        return await WatchAsync(version);
    }

    private protected async Task<Exchange> WatchAsync(string version)
    {
        var watch = await _server.NextAsync();
        Assert.Contains($"watch=true&allowWatchBookmarks=true&labelSelector=x%3Dy&resourceVersion={version}&timeoutSeconds=", watch.PathAndQuery);
        await watch.OpenAsync();
        return watch;
    }

    private protected async Task<Exchange> StreamAsync()
    {
        var stream = await _server.NextAsync();
        Assert.Contains("sendInitialEvents=true&resourceVersionMatch=NotOlderThan", stream.PathAndQuery);
        Assert.DoesNotContain("resourceVersion=", stream.PathAndQuery);
        await stream.OpenAsync();
        return stream;
    }
}
