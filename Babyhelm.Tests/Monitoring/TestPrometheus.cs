using System.Diagnostics;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Monitoring;

/// <summary>
/// Real Prometheus servers of the test run on the loopback address, each started when it is first asked for. They hold what was
/// loaded and scrape nothing. They end with the test run, however it ends.
/// </summary>
public sealed class TestPrometheus
{
    private static readonly Lazy<Task<TestPrometheus>> AllSeries = new(() => StartAsync(TestSeries.All()));
    private static readonly Lazy<Task<TestPrometheus>> SeriesOfOne = new(() => StartAsync(TestSeries.Of(TestSeries.One)));
    private static readonly Lazy<Task<TestPrometheus>> SeriesOfBoth = new(() => StartAsync(TestSeries.Of(TestSeries.One, TestSeries.Two)));
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(180);

    private TestPrometheus(int port)
    {
        Url = new Uri($"http://127.0.0.1:{port}");
        Api = new PrometheusApi(new Uri(Url, "/api/v1/"));
    }

    /// <summary>Everybody's series.</summary>
    public static Task<TestPrometheus> All => AllSeries.Value;

    /// <summary>Those of <see cref="TestSeries.One"/> alone.</summary>
    public static Task<TestPrometheus> One => SeriesOfOne.Value;

    /// <summary>Those of <see cref="TestSeries.One"/> and <see cref="TestSeries.Two"/>.</summary>
    public static Task<TestPrometheus> Both => SeriesOfBoth.Value;

    public Uri Url { get; }

    public PrometheusApi Api { get; }

    private static async Task<TestPrometheus> StartAsync(string series)
    {
        var folder = Directory.CreateTempSubdirectory("babyhelm-prometheus-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "series"), series);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "prometheus.yml"), "global: {}\n");
        var port = TestPorts.Take();
        var start = new ProcessStartInfo("bash")
        {
            WorkingDirectory = folder.FullName,
            ArgumentList =
            {
                "-c",
                """
                promtool tsdb create-blocks-from openmetrics series data >log 2>&1 || { touch failed; exit 1; }
                prometheus --config.file=prometheus.yml --storage.tsdb.path=data --storage.tsdb.retention.time=100y \
                  --query.max-samples=200000 --web.listen-address="127.0.0.1:$1" --log.level=warn >>log 2>&1 </dev/null &
                server=$!
                while kill -0 "$2" 2>/dev/null && kill -0 $server 2>/dev/null; do sleep 1; done
                kill -0 "$2" 2>/dev/null && touch failed && exit 1
                kill -9 $server 2>/dev/null
                wait $server 2>/dev/null
                rm -rf "$PWD"
                """,
                "bash", $"{port}", $"{Environment.ProcessId}",
            },
        };
        using var process = Process.Start(start)!;
        var server = new TestPrometheus(port);
        var watch = Stopwatch.StartNew();
        while (!await server.Api.IsReadyAsync())
        {
            if (File.Exists(Path.Combine(folder.FullName, "failed")) || watch.Elapsed > StartDeadline)
                throw new InvalidOperationException($"Prometheus did not start:\n{await File.ReadAllTextAsync(Path.Combine(folder.FullName, "log"))}");
            await Task.Delay(50);
        }
        return server;
    }
}
