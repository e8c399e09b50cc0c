using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Alone in the process, because it measures the heap.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class HeapMeasurement
{
    public const string Name = "heap";
}

[Collection(HeapMeasurement.Name)]
public sealed class LogMemoryTests
{
    [Fact]
    public async Task A_line_of_100_megabytes_takes_no_memory()
    {
        var chunk = Enumerable.Repeat((byte)'x', 1024 * 1024).ToArray();
        await using var server = await ApiServer.StartAsync();
        using var client = new KubernetesClient(ClusterConfig.For(server.Address));
        var all = LinesAsync(client);
        var log = await server.NextAsync();
        await log.OpenAsync("text/plain");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 100; i++) await log.SendBytesAsync(chunk);
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        await log.SendAsync("", "end");
        await log.EndAsync();
        Assert.Equal([KubernetesClient.MaxLogLine + KubernetesClient.CutMark(100 * 1024 * 1024).Length, 3], (await all).Select(l => l.Text.Length));
        Assert.True(held < 8 * 1024 * 1024, $"{held} bytes more");
    }

    private static async Task<List<LogLine>> LinesAsync(KubernetesClient client)
    {
        var lines = new List<LogLine>();
        await foreach (var line in client.LogsAsync("a", "web-1", new LogOptions())) lines.Add(line);
        return lines;
    }
}
