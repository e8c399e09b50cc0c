using System.Threading.Channels;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Tests.Common;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>The informer against a scripted server: each test plays the server, request by request.</summary>
public abstract class InformerCase : IAsyncLifetime
{
    private protected const string Unsupported = """{"kind":"Status","message":"resourceVersionMatch is forbidden for watch","reason":"Invalid","code":422}""";
    private protected const string Expired = """{"type":"ERROR","object":{"kind":"Status","message":"too old resource version: 1 (724)","reason":"Expired","code":410} }""";

    private protected ManualTimeProvider Time { get; } = new();
    private protected Channel<ResourceChange<Pod>> Changes { get; } = Channel.CreateBounded<ResourceChange<Pod>>(1000);
    private protected CancellationTokenSource Stop { get; } = new();
    private protected ApiServer Server { get; private set; } = null!;
    private protected KubernetesClient Client { get; private set; } = null!;
    private protected Informer<Pod> Pods { get; private set; } = null!;
    private protected Task Run { get; private set; } = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        Server = await ApiServer.StartAsync();
        Client = new KubernetesClient(ClusterConfig.For(Server.Address, "t"), Time);
    }

    public async Task DisposeAsync()
    {
        await Stop.CancelAsync();
        await Run;
        Client.Dispose();
        await Server.DisposeAsync();
    }

    private protected void Start(Func<Pod, Pod?>? slim = null, InformerOptions? options = null)
    {
        Pods = new Informer<Pod>(Client, ResourceType.Pods, "x=y", "a", c => Assert.True(Changes.Writer.TryWrite(c)), Time, NullLogger.Instance, slim, options);
        Run = Pods.RunAsync(Stop.Token);
    }

    private protected static string Pod(string name, string version, string? uid = null, string annotations = "{}") =>
        $$$"""{"metadata":{"name":"{{{name}}}","namespace":"a","uid":"{{{uid ?? "u-" + name}}}","resourceVersion":"{{{version}}}","annotations":{{{annotations}}} } }""";

    private protected static string Event(string type, string pod) => $$"""{"type":"{{type}}","object":{{pod}} }""";

    private protected static string InitialEnd(string version) => Event("BOOKMARK", Pod("", version, "", """{"k8s.io/initial-events-end":"true"}"""));

    private protected static string List(string version, params string[] pods) => $$$"""{"metadata":{"resourceVersion":"{{{version}}}"},"items":[{{{string.Join(',', pods)}}}]}""";

    private protected async Task ExpectAsync(params string[] changes)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var told = new List<string>();
        while (told.Count < changes.Length)
        {
            var change = await Changes.Reader.ReadAsync(limit.Token);
            told.Add($"{(change.Kind == ChangeKind.Applied ? '+' : '-')}{change.Object.Metadata.Name} {change.Object.Metadata.ResourceVersion}");
        }
        Assert.Equal(changes, told);
    }

    /// <summary>Answers the first two requests: no streaming list, then a list. Gives the watch that follows.</summary>
    private protected async Task<Exchange> SyncByListAsync(string version, params string[] pods)
    {
        await (await Server.NextAsync()).AnswerAsync(422, Unsupported);
        var list = await Server.NextAsync();
        Assert.Equal("/api/v1/namespaces/a/pods?labelSelector=x%3Dy&limit=500", list.PathAndQuery);
        await list.AnswerAsync(200, List(version, pods));
        return await WatchAsync(version);
    }

    private protected async Task<Exchange> WatchAsync(string version)
    {
        var watch = await Server.NextAsync();
        Assert.Contains($"watch=true&allowWatchBookmarks=true&labelSelector=x%3Dy&resourceVersion={version}&timeoutSeconds=", watch.PathAndQuery);
        await watch.OpenAsync();
        return watch;
    }

    private protected async Task<Exchange> StreamAsync()
    {
        var stream = await Server.NextAsync();
        Assert.Contains("sendInitialEvents=true&resourceVersionMatch=NotOlderThan", stream.PathAndQuery);
        Assert.DoesNotContain("resourceVersion=", stream.PathAndQuery);
        await stream.OpenAsync();
        return stream;
    }
}
