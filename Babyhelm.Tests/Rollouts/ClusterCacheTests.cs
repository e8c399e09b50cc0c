using System.Collections.Concurrent;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Rollouts;
using Babyhelm.Tests.Kubernetes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Rollouts;

/// <summary>The cache over HTTP: a scripted API server without streaming lists.</summary>
public sealed class ClusterCacheTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly AppKey Web = new("shop", "web");

    private readonly ClusterCache _cache = new(TimeProvider.System, NullLogger<ClusterCache>.Instance);

    [Fact]
    public async Task Reads_everything_once_follows_it_and_keeps_it_until_another_cluster_is_read()
    {
        await using var first = await Cluster.StartAsync("a");
        using var stop = new CancellationTokenSource();
        Assert.Equal(CacheStatus.NotSynced, _cache.Status);
        Assert.False(_cache.Get(Web).Cluster.Synced);
        using var changes = _cache.Changes();
        using var client = first.Client();
        var running = _cache.RunAsync(client, stop.Token);
        await Until(changes, () => _cache.Status.Synced);

        Assert.Equal("a", Assert.Single(_cache.ReadyPods("shop", "web")).Name[^1..]);
        Assert.NotNull(_cache.Namespace("shop"));
        // The event of the foreign namespace is not kept.
        Assert.Equal(["BackOff"], _cache.Get(Web).Events.Select(e => e.Reason));

        await first.SendAsync("pods", "DELETED", Cluster.Pod("a"));
        await Until(changes, () => _cache.ReadyPods("shop", "web").Count == 0);
        await first.SendAsync("pods", "ADDED", Cluster.Pod("b"));
        await Until(changes, () => _cache.ReadyPods("shop", "web") is [{ Name: "web-h1-b" }]);
        Assert.Contains(first.Asked, q => q.StartsWith("/api/v1/pods?", StringComparison.Ordinal) && q.Contains("labelSelector=app.kubernetes.io%2Fmanaged-by%3Dbabyhelm", StringComparison.Ordinal));
        Assert.DoesNotContain(first.Asked, q => q.Contains("/events?", StringComparison.Ordinal) && q.Contains("labelSelector", StringComparison.Ordinal));

        await stop.CancelAsync();
        await running.WaitAsync(Patience);
        Assert.Single(_cache.ReadyPods("shop", "web"));

        await using var second = await Cluster.StartAsync("c", held: true);
        using var stopSecond = new CancellationTokenSource();
        using var otherClient = second.Client();
        running = _cache.RunAsync(otherClient, stopSecond.Token);
        await second.Held.WaitAsync(Patience);
        Assert.Equal("web-h1-b", Assert.Single(_cache.ReadyPods("shop", "web")).Name);
        second.Release();
        await Until(changes, () => _cache.ReadyPods("shop", "web") is [{ Name: "web-h1-c" }]);
        await stopSecond.CancelAsync();
        await running.WaitAsync(Patience);
    }

    [Fact]
    public async Task Refusal_is_a_status_and_the_return_of_the_cluster_heals_it()
    {
        await using var cluster = await Cluster.StartAsync("a");
        cluster.Refuse = true;
        using var stop = new CancellationTokenSource();
        using var changes = _cache.Changes();
        using var client = cluster.Client();
        var running = _cache.RunAsync(client, stop.Token);
        await Until(changes, () => _cache.Status.LastError is not null);
        Assert.False(_cache.Status.Synced);
        Assert.Contains("not today", _cache.Status.LastError);
        cluster.Refuse = false;
        await Until(changes, () => _cache.Status == CacheStatus.Fresh);
        Assert.Single(_cache.ReadyPods("shop", "web"));
        await stop.CancelAsync();
        await running.WaitAsync(Patience);
    }

    [Fact]
    public async Task Every_applied_object_is_in_the_inventory_and_of_secrets_nothing_but_metadata_is_asked_for()
    {
        await using var cluster = await Cluster.StartAsync("a");
        foreach (var plural in Applied) cluster.Add(plural, "web", "u-" + plural, "7");
        cluster.Add("persistentvolumeclaims", "web-data", "u-data", "8");
        cluster.Add("secrets", "registry-main", "u-registry", "9", app: null);
        using var stop = new CancellationTokenSource();
        using var changes = _cache.Changes();
        using var client = cluster.Client();
        var running = _cache.RunAsync(client, stop.Token);
        await Until(changes, () => _cache.Status.Synced);

        AppObjectVersion Of(string kind, string plural) => new(kind, "web", "u-" + plural, 3, "7");
        Assert.Equal(
        [
            Of("CronJob", "cronjobs"), Of("Deployment", "deployments"), Of("HorizontalPodAutoscaler", "horizontalpodautoscalers"),
            Of("Ingress", "ingresses"), Of("NetworkPolicy", "networkpolicies"), Of("PersistentVolumeClaim", "persistentvolumeclaims"),
            new("PersistentVolumeClaim", "web-data", "u-data", 3, "8"), Of("Secret", "secrets"), Of("Service", "services"),
        ], _cache.Get(Web).Inventory);
        Assert.Empty(_cache.Get(Web).Unread);

        await cluster.SendAsync("services", "DELETED", Cluster.Item("web", "u-services", "12"));
        await Until(changes, () => _cache.Get(Web).Inventory.All(v => v.Kind != "Service"));
        foreach (var plural in (string[])["secrets", "networkpolicies"])
        {
            Assert.Equal("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", cluster.Accepted(plural, watch: false));
            Assert.Equal("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", cluster.Accepted(plural, watch: true));
        }
        Assert.Equal("application/json", cluster.Accepted("pods", watch: true));
        await stop.CancelAsync();
        await running.WaitAsync(Patience);
    }

    [Theory]
    [InlineData("404 page not found", null)]
    [InlineData("the server could not find the requested resource", 404)]
    [InlineData("horizontalpodautoscalers.autoscaling is forbidden", 403)]
    public async Task A_kind_that_the_cluster_does_not_give_is_told_and_holds_nothing_up(string said, int? code)
    {
        await using var cluster = await Cluster.StartAsync("a");
        cluster.Missing["horizontalpodautoscalers"] = (said, code);
        var time = new TurnedClock();
        var cache = new ClusterCache(time, NullLogger<ClusterCache>.Instance);
        using var stop = new CancellationTokenSource();
        using var changes = cache.Changes();
        using var client = cluster.Client();
        var running = cache.RunAsync(client, stop.Token);
        await Until(changes, () => cache.Status.Synced);
        Assert.Equal(CacheStatus.Fresh, cache.Status);
        var unread = Assert.Single(cache.Unread);
        Assert.Equal(("HorizontalPodAutoscaler", "autoscaling/v2"), (unread.Kind, unread.ApiVersion));
        Assert.Equal(["HorizontalPodAutoscaler"], cache.Get(Web).Unread);
        Assert.Single(cache.ReadyPods("shop", "web"));

        // The cluster is upgraded.
        cluster.Add("horizontalpodautoscalers", "web", "u", "7");
        cluster.Missing.Clear();
        using var patience = new CancellationTokenSource(Patience);
        while (cache.Unread.Count > 0)
        {
            time.Turn(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
        }
        Assert.Equal(["HorizontalPodAutoscaler"], cache.Get(Web).Inventory.Select(v => v.Kind));
        Assert.True(cache.Status.Synced);
        await stop.CancelAsync();
        await running.WaitAsync(Patience);
    }

    private static readonly string[] Applied =
        ["deployments", "cronjobs", "services", "secrets", "persistentvolumeclaims", "horizontalpodautoscalers", "ingresses", "networkpolicies"];

    private static async Task Until(ChangeSet<AppKey> changes, Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition()) await changes.TakeAsync(patience.Token);
    }

    /// <summary>One namespace, one ready pod, two events; then whatever the test sends.</summary>
    private sealed class Cluster : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, Exchange> _watches = new();
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly SemaphoreSlim _watching = new(0);
        private string _pod = "";
        private ApiServer _server = null!;

        private readonly ConcurrentDictionary<string, string> _items = new();

        public bool Refuse { get; set; }

        /// <summary>What is said of a type that is not given; without a code as plain text.</summary>
        public ConcurrentDictionary<string, (string Said, int? Code)> Missing { get; } = new();

        public void Add(string plural, string name, string uid, string version, string? app = "web") =>
            _items.AddOrUpdate(plural, Item(name, uid, version, app), (_, before) => before + "," + Item(name, uid, version, app));

        public static string Item(string name, string uid, string version, string? app = "web") =>
            $$$"""{"metadata":{"name":"{{{name}}}","namespace":"shop","uid":"{{{uid}}}","generation":3,"resourceVersion":"{{{version}}}","labels":{{{(app is null ? "{}" : $$"""{"babyhelm.dev/app":"{{app}}"}""")}}} } }""";

        /// <summary>What the last request for a type accepts.</summary>
        public string Accepted(string plural, bool watch) => _server.Seen
            .Last(e => e.PathAndQuery.Contains($"/{plural}?", StringComparison.Ordinal) && e.PathAndQuery.Contains("watch=", StringComparison.Ordinal) == watch).Headers["Accept"].Replace(" ", "");

        public Task Held => _held.Task;

        public IEnumerable<string> Asked => _server.Seen.Select(e => e.PathAndQuery);

        public static async Task<Cluster> StartAsync(string pod, bool held = false)
        {
            var cluster = new Cluster { _pod = pod };
            if (!held) cluster.Release();
            cluster._server = await ApiServer.StartAsync(cluster.AnswerAsync);
            return cluster;
        }

        public KubernetesClient Client() => new(new ClusterConfig { Server = _server.Address, Source = "test" });

        public void Release() => _released.TrySetResult();

        public async Task SendAsync(string plural, string type, string item)
        {
            Exchange? watch;
            while (!_watches.TryGetValue(plural, out watch)) await _watching.WaitAsync(Patience);
            await watch.SendAsync($$$"""{"type":"{{{type}}}","object":{{{item}}}}""");
        }

        public static string Pod(string name) => $$"""
            {"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-h1-{{name}}","namespace":"shop","uid":"{{name}}","resourceVersion":"1{{(int)name[0]}}",
            "labels":{"babyhelm.dev/app":"web","babyhelm.dev/release":"1"} },"spec":{"nodeName":"node1","containers":[{"name":"web","image":"demo/hello:1","ports":[{"containerPort":8080}]}]},
            "status":{"phase":"Running","podIP":"10.0.0.1","conditions":[{"type":"Ready","status":"True"}] } }
            """.ReplaceLineEndings("");

        public async ValueTask DisposeAsync()
        {
            await _server.DisposeAsync();
            _watching.Dispose();
        }

        private async Task AnswerAsync(Exchange request)
        {
            var path = request.PathAndQuery;
            var plural = path.Split('?')[0].Split('/')[^1];
            if (Refuse) await request.AnswerAsync(403, Status(403, "Forbidden", "not today"));
            else if (Missing.TryGetValue(plural, out var missing))
                await (missing.Code is { } code
                    ? request.AnswerAsync(code, Status(code, code == 403 ? "Forbidden" : "NotFound", missing.Said))
                    : request.AnswerAsync(404, missing.Said, "text/plain"));
            else if (path.Contains("sendInitialEvents=true", StringComparison.Ordinal)) await request.AnswerAsync(422, Status(422, "Invalid", "no streaming lists"));
            else if (path.Contains("watch=", StringComparison.Ordinal)) await WatchAsync(request, plural);
            else await ListAsync(request, plural);
        }

        private async Task WatchAsync(Exchange request, string plural)
        {
            await request.OpenAsync();
            _watches[plural] = request;
            _watching.Release();
            var gone = new TaskCompletionSource();
            await using var _ = request.ClientGone.Register(() => gone.TrySetResult());
            await gone.Task;
        }

        private async Task ListAsync(Exchange request, string plural)
        {
            if (plural == "pods")
            {
                _held.TrySetResult();
                await _released.Task;
            }
            var items = plural switch
            {
                "namespaces" => """{"metadata":{"name":"shop","uid":"ns","resourceVersion":"1"},"status":{"phase":"Active"}}""",
                "pods" => Pod(_pod),
                "events" => Event("e1", "shop") + "," + Event("e2", "kube-system"),
                _ => _items.GetValueOrDefault(plural, ""),
            };
            await request.AnswerAsync(200, $$"""{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"5"},"items":[{{items}}]}""");
        }

        private static string Event(string name, string ns) => $$"""
            {"metadata":{"name":"{{name}}","namespace":"{{ns}}","uid":"{{name}}","resourceVersion":"1"},"reason":"BackOff","message":"m","type":"Warning","count":1,
            "involvedObject":{"kind":"Pod","namespace":"{{ns}}","name":"web-h1-a"},"lastTimestamp":"2026-01-01T00:00:00Z"}
            """;

        private static string Status(int code, string reason, string message) =>
            $$"""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{{message}}","reason":"{{reason}}","code":{{code}}}""";
    }
}
