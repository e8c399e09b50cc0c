using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Bench;

/// <summary>
/// What the cluster cache of one process costs, and how fast a change of a pod reaches a reader of the live feed. The
/// sandbox runs in another process; the changes are patches of a pod's label that its row on the page shows.
/// </summary>
internal static class InformerScenario
{
    private const double MostMemory = 60;
    private const double MostLatency = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <returns>0 when every change arrived and both targets were met, else 1.</returns>
    public static async Task<int> RunAsync(InformerOptions options, CancellationToken cancellation)
    {
        await using var sandbox = await SandboxProcess.StartAsync(options, cancellation);
        using var client = new KubernetesClient(ClusterConfig.Load(new KubernetesOptions { KubeConfig = sandbox.Address.KubeConfig }).Value);
        // One request first: TLS, JSON and the connection pool are there in every process that knows a cluster.
        if ((await client.VersionAsync(cancellation)).Error is { } error) throw new BenchException(error.Message);
        var idle = MemoryUse.Now();

        var cache = new ClusterCache(TimeProvider.System, NullLogger<ClusterCache>.Instance);
        var board = new ReleaseBoard();
        using var feed = new RolloutFeed(cache, board, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var started = Stopwatch.GetTimestamp();
        Task[] running = [cache.RunAsync(client, stop.Token), feed.RunAsync(stop.Token)];
        var synced = await UntilSyncedAsync(cache, started, cancellation);
        var informers = MemoryUse.Now();

        var keys = Enumerable.Range(0, options.Apps).Select(a => new AppKey(Population.NamespaceOf(a), Population.NameOf(a))).ToList();
        foreach (var k in keys) board.Set(new ReleaseInfo(Guid.NewGuid(), Guid.NewGuid(), k.Namespace, k.App, 1, ReleaseState.Live, options.Pods, DateTimeOffset.UtcNow));
        await using (var readers = new FeedReaders(feed, keys))
        {
            var read = MemoryUse.Now();
            var (feedTimes, bareTimes) = await ChangeAsync(options, sandbox.Address, client, cache, keys, readers, cancellation);
            var after = MemoryUse.Now();
            await stop.CancelAsync();
            await Task.WhenAll(running);
            return Report(options, cache, synced, (idle, informers, read, after), feedTimes, bareTimes);
        }
    }

    private static async Task<TimeSpan> UntilSyncedAsync(ClusterCache cache, long started, CancellationToken cancellation)
    {
        using var changes = cache.Changes();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            while (!cache.Status.Synced) await changes.TakeAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new BenchException($"the cache was not complete within {Patience.TotalSeconds:0} s: {cache.Status.LastError}");
        }
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Times from before a change is sent to the readers that have it, in milliseconds.</summary>
    private static async Task<(Times Feed, Times Bare)> ChangeAsync(
        InformerOptions options, SandboxAddress address, KubernetesClient client, ClusterCache cache, List<AppKey> keys, FeedReaders readers, CancellationToken cancellation)
    {
        var version = (await client.ListAsync<Pod>(ResourceType.Pods, labelSelector: Labels.Selector, cancellation: cancellation)).Value.ResourceVersion;
        await using var bare = await BareWatch.StartAsync(address, Labels.Selector, version, cancellation);
        var (feedTimes, bareTimes) = (new List<double>(), new List<double>());
        var warmUp = Math.Min(20, options.Changes);
        for (var n = 0; n < options.Changes + warmUp; n++)
        {
            // Another application each time, and when all have had a turn, the other release.
            var key = keys[n % keys.Count];
            var pod = cache.Get(key).Pods[0].Metadata.Name;
            var release = 2 + n / keys.Count;
            var number = release.ToString(CultureInfo.InvariantCulture);
            var inFeed = readers.ExpectAsync(pod, release);
            var onWire = bare.ExpectAsync(pod, $"\"{Labels.Release}\":\"{number}\"");
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [Labels.Release] = number } } };
            var sent = Stopwatch.GetTimestamp();
            if ((await client.PatchAsync(ResourceType.Pods, key.Namespace, pod, patch, cancellation: cancellation)).Error is { } error) throw new BenchException(error.Message);
            try
            {
                await Task.WhenAll(inFeed, onWire).WaitAsync(Patience, cancellation);
            }
            catch (TimeoutException)
            {
                throw new BenchException($"change {n} of {key} was lost: feed {inFeed.IsCompleted}, bare watch {onWire.IsCompleted}");
            }
            if (n >= warmUp)
            {
                feedTimes.Add(Stopwatch.GetElapsedTime(sent, await inFeed).TotalMilliseconds);
                bareTimes.Add(Stopwatch.GetElapsedTime(sent, await onWire).TotalMilliseconds);
            }
            await Task.Delay(options.Pause, cancellation);
        }
        return (new Times(feedTimes), new Times(bareTimes));
    }

    private static int Report(
        InformerOptions options, ClusterCache cache, TimeSpan synced, (MemoryUse Idle, MemoryUse Informers, MemoryUse Readers, MemoryUse After) memory, Times feed, Times bare)
    {
        Console.WriteLine($"informer: {options.Apps} applications of {options.Pods} pods, {Enumerable.Range(0, options.Apps).Sum(a => cache.Get(Population.NamespaceOf(a), Population.NameOf(a)).Inventory.Count)} applied objects; cache complete after {synced.TotalSeconds:0.00} s");
        Console.WriteLine();
        Table.Print(
            ["memory, MiB", "managed", "committed", "working set"],
            Row("idle", memory.Idle),
            Row("above idle: informers", memory.Informers - memory.Idle),
            Row($"above idle: and {options.Apps} readers", memory.Readers - memory.Idle),
            Row($"above idle: and {feed.Count} changes", memory.After - memory.Idle));
        Table.Print(
            ["change to reader, ms", "median", "p95", "max"],
            Row("live feed", feed),
            Row("bare watch", bare),
            ["ratio", Table.Number(feed.Median / bare.Median), Table.Number(feed.P95 / bare.P95), Table.Number(feed.Max / bare.Max)]);
        var used = (memory.Informers - memory.Idle).WorkingSet;
        var (memoryMet, latencyMet) = (used < MostMemory, feed.Median < MostLatency);
        Table.Print(
            ["target", "measured", "wanted", ""],
            ["working set above idle, MiB", Table.Number(used), $"< {MostMemory}", memoryMet ? "met" : "missed"],
            ["median to reader, ms", Table.Number(feed.Median), $"< {MostLatency}", latencyMet ? "met" : "missed"]);
        return memoryMet && latencyMet ? 0 : 1;
    }

    private static string[] Row(string name, MemoryUse use) => [name, Table.Number(use.Managed), Table.Number(use.Committed), Table.Number(use.WorkingSet)];

    private static string[] Row(string name, Times times) => [name, Table.Number(times.Median), Table.Number(times.P95), Table.Number(times.Max)];
}
