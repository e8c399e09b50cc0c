using System.Text.Json.Nodes;
using System.Threading.Channels;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Tests.Kubernetes;

namespace Babyhelm.Tests.Rollouts;

/// <summary>
/// An API server over HTTP that has what a recording had: streaming lists of the kinds that were recorded, and nothing
/// else. The test sends the changes; a watch can be ended so that changes are missed and its version expires.
/// </summary>
internal sealed class RecordedCluster : IAsyncDisposable
{
    private const string Expired = """{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old resource version: 1 (724)","reason":"Expired","code":410}}""";

    private readonly Dictionary<string, SortedDictionary<string, JsonObject>> _objects = [];
    private readonly Dictionary<string, Channel<Exchange>> _watches = [];
    private readonly Dictionary<string, Exchange> _open = [];
    private readonly Lock _gate = new();
    private ApiServer _server = null!;
    private long _version = 1_000_000;

    private static readonly string[] Plurals = ["namespaces", "deployments", "replicasets", "pods", "events"];

    public static async Task<RecordedCluster> StartAsync(string ns)
    {
        var cluster = new RecordedCluster();
        foreach (var plural in Plurals)
        {
            cluster._objects[plural] = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
            cluster._watches[plural] = Channel.CreateUnbounded<Exchange>();
        }
        cluster.Put("namespaces", "ADDED", JsonNode.Parse($$"""{"metadata":{"name":"{{ns}}","uid":"ns","resourceVersion":"1"},"status":{"phase":"Active"} }""")!.AsObject());
        cluster._server = await ApiServer.StartAsync(cluster.AnswerAsync);
        return cluster;
    }

    public KubernetesClient Client() => new(ClusterConfig.For(_server.Address, "t"));

    /// <summary>Changes an object, and tells whoever watches.</summary>
    public async Task SendAsync(string plural, string type, JsonObject value)
    {
        Put(plural, type, value);
        var watch = await WatchAsync(plural);
        await watch.SendAsync(Line(type, value));
    }

    /// <summary>Ends the watch of a kind in good order; its next one is told that its version has expired.</summary>
    public async Task EndWatchAsync(string plural)
    {
        var watch = await WatchAsync(plural);
        lock (_gate) _open.Remove(plural);
        await watch.EndAsync();
    }

    /// <summary>Changes an object while nobody watches.</summary>
    public void Put(string plural, string type, JsonObject value)
    {
        lock (_gate)
        {
            var key = $"{value["metadata"]!["namespace"]}/{value["metadata"]!["name"]}";
            if (type == "DELETED") _objects[plural].Remove(key);
            else _objects[plural][key] = value;
        }
    }

    /// <summary>A version that no recorded object has.</summary>
    public string NextVersion() => Interlocked.Increment(ref _version).ToString();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<Exchange> WatchAsync(string plural)
    {
        lock (_gate)
            if (_open.TryGetValue(plural, out var open)) return open;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var watch = await _watches[plural].Reader.ReadAsync(patience.Token);
        lock (_gate) _open[plural] = watch;
        return watch;
    }

    private async Task AnswerAsync(Exchange request)
    {
        var plural = request.PathAndQuery.Split('?')[0].Split('/')[^1];
        if (plural == "version")
        {
            await request.AnswerAsync(200, """{"major":"1","minor":"36"}""");
            return;
        }
        if (!Plurals.Contains(plural))
        {
            await request.AnswerAsync(404, "404 page not found", "text/plain");
            return;
        }
        await request.OpenAsync();
        if (!request.PathAndQuery.Contains("sendInitialEvents=true", StringComparison.Ordinal))
        {
            await request.SendAsync(Expired);
            await request.EndAsync();
            return;
        }
        string[] initial;
        lock (_gate) initial = [.. _objects[plural].Values.Select(o => Line("ADDED", o)), InitialEnd()];
        await request.SendAsync(initial);
        await _watches[plural].Writer.WriteAsync(request);
        await Task.WhenAny(request.Finished, Task.Delay(Timeout.Infinite, request.ClientGone));
    }

    private string InitialEnd() =>
        $$$"""{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"{{{NextVersion()}}}","annotations":{"k8s.io/initial-events-end":"true"} } } }""";

    private static string Line(string type, JsonObject value) => $$"""{"type":"{{type}}","object":{{value.ToJsonString()}}}""";
}
