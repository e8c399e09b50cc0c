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
    private static readonly Lazy<Task<TestPrometheus>> SeriesOfPanels = new(() => StartAsync(PanelData.Text()));
    private static readonly Lazy<Task<TestPrometheus>> SeriesOfAlerts = new(() => StartAsync(Alerts.TroubleData.Text()));
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

    /// <summary>What panels show.</summary>
    public static Task<TestPrometheus> Panels => SeriesOfPanels.Value;

    /// <summary>What ready-made rules are about.</summary>
    public static Task<TestPrometheus> Trouble => SeriesOfAlerts.Value;

    public Uri Url { get; }

    public PrometheusApi Api { get; }

    private static async Task<TestPrometheus> StartAsync(string series)
    {
        while (true)
        {
            var folder = Directory.CreateTempSubdirectory("babyhelm-prometheus-");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "series"), series);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "prometheus.yml"), "global: {}\n");
            var server = new TestPrometheus(TestPorts.Take());
            using var process = Launch(folder, server.Url.Port);
            if (await server.IsReadyAsync(process, folder)) return server;
            var log = await File.ReadAllTextAsync(Path.Combine(folder.FullName, "log"));
            // Another test run was faster.
            if (!log.Contains("address already in use", StringComparison.Ordinal)) throw new InvalidOperationException($"Prometheus did not start:\n{log}");
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The shell lasts as long as the server, and ends it with this process.</summary>
    private static Process Launch(DirectoryInfo folder, int port) => Process.Start(new ProcessStartInfo("bash")
    {
        WorkingDirectory = folder.FullName,
        ArgumentList =
        {
            "-c",
            """
            promtool tsdb create-blocks-from openmetrics series data >log 2>&1 || exit 1
            prometheus --config.file=prometheus.yml --storage.tsdb.path="$PWD/data" --storage.tsdb.retention.time=100y \
              --query.max-samples=200000 --web.listen-address="127.0.0.1:$1" --log.level=warn >>log 2>&1 </dev/null &
            server=$!
            while kill -0 "$2" 2>/dev/null; do
              kill -0 $server 2>/dev/null || exit 1
              sleep 1
            done
            kill -9 $server
            wait $server
            rm -rf "$PWD"
            """,
            "bash", $"{port}", $"{Environment.ProcessId}",
        },
    })!;

    /// <summary>Whether it came up; what answers on its port before may be the server of another test run.</summary>
    private async Task<bool> IsReadyAsync(Process process, DirectoryInfo folder)
    {
        var watch = Stopwatch.StartNew();
        while (!process.HasExited)
        {
            if (await Api.IsReadyAsync() && (await Api.GetAsync("status/flags")).Text.Contains(folder.Name, StringComparison.Ordinal)) return true;
            if (watch.Elapsed > StartDeadline) throw new TimeoutException("Prometheus was not ready in time.");
            await Task.Delay(50);
        }
        return false;
    }
}
