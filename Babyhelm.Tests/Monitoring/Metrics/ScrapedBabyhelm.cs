using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Integration;

namespace Babyhelm.Tests.Monitoring.Metrics;

/// <summary>
/// The web process with its sandbox, and a real Prometheus that scrapes both each second by the configuration that Babyhelm
/// wrote. One for all tests of a class.
/// </summary>
public sealed class ScrapedBabyhelm : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("babyhelm-scraped-");
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private Process? _prometheus;
    private int _port;

    public BabyhelmProcess App { get; private set; } = null!;

    public ApiUser User { get; private set; } = null!;

    /// <summary>Of the user; its one application <c>web</c> is live.</summary>
    public string Project { get; private set; } = "";

    public string Folder => _folder.FullName;

    public async Task InitializeAsync()
    {
        _port = TestPorts.Take();
        App = await BabyhelmProcess.StartAsync(settings: new Dictionary<string, string>(SharedBabyhelm.FastSandbox)
        {
            ["Prometheus__Url"] = $"http://127.0.0.1:{_port}",
            ["Metrics__ScrapeFolder"] = Folder,
            ["Prometheus__ScrapeSeconds"] = "1",
            ["Sandbox__KubeConfigPath"] = Path.Combine(Folder, "kubeconfig"),
        });
        await Eventually.GetAsync(() => Task.FromResult(File.Exists(Path.Combine(Folder, "prometheus.yml"))), there => there, context: () => App.Output);
        File.Copy(Path.Combine(RepositoryRoot.Path, "deploy", "prometheus", "babyhelm.rules.yml"), Path.Combine(Folder, "babyhelm.rules.yml"));
        _prometheus = Launch();
        User = await ApiUser.RegisterAsync(App);
        Project = await User.CreateProjectAsync();
        await User.CreateAppAsync(Project, new
        {
            name = "web",
            image = "demo/hello:1",
            ports = new[] { new { port = 80, targetPort = 8080 } },
            resources = new { cpu = "50m", memory = "64Mi", cpuLimit = "500m", memoryLimit = "256Mi" },
            volumes = new[] { new { name = "data", mountPath = "/data", size = "1Gi" } },
        });
        await User.WaitStateAsync(Project, "web", "live", context: () => App.Output);
    }

    public async Task DisposeAsync()
    {
        User?.Dispose();
        if (App is not null) await App.DisposeAsync();
        if (_prometheus is not null)
        {
            await _prometheus.StandardInput.DisposeAsync();
            await _prometheus.WaitForExitAsync();
            _prometheus.Dispose();
        }
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>A visit of the application through the gateway.</summary>
    public async Task VisitAsync(string path = "/")
    {
        using var visitor = App.CreateClient();
        visitor.DefaultRequestHeaders.Host = $"web-{Project}.apps.localhost:{App.Port}";
        using var answer = await visitor.GetAsync(path);
        await answer.Content.ReadAsStringAsync();
    }

    /// <summary>The labels and the value of each series, once the condition holds.</summary>
    public Task<IReadOnlyList<Series>> UntilAsync(string query, Func<IReadOnlyList<Series>, bool> good) =>
        Eventually.GetAsync(() => QueryAsync(query), good, context: () => $"{query}\n{File.ReadAllText(Path.Combine(Folder, "log"))}\n{App.Output}");

    public async Task<IReadOnlyList<Series>> QueryAsync(string query)
    {
        try
        {
            var text = await _client.GetStringAsync($"http://127.0.0.1:{_port}/api/v1/query?query={Uri.EscapeDataString(query)}");
            return Read(JsonNode.Parse(text)!);
        }
        catch (HttpRequestException e) when (e.StatusCode is null or System.Net.HttpStatusCode.ServiceUnavailable)
        {
            return []; // it starts
        }
    }

    public static IReadOnlyList<Series> Read(JsonNode answer) =>
    [
        .. answer["data"]!["result"]!.AsArray().Select(s => new Series(
            s!["metric"]!.AsObject().ToDictionary(l => l.Key, l => l.Value!.GetValue<string>()),
            double.Parse(s["value"]![1]!.GetValue<string>(), CultureInfo.InvariantCulture))),
    ];

    /// <summary>Ends with this process, however that ends: the shell reads from it until then.</summary>
    private Process Launch() => Process.Start(new ProcessStartInfo("bash")
    {
        WorkingDirectory = Folder,
        RedirectStandardInput = true,
        ArgumentList =
        {
            "-c",
            """
            prometheus --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address="127.0.0.1:$1" --log.level=warn >log 2>&1 </dev/null &
            read -r _
            kill -9 $!
            wait $!
            """,
            "bash", $"{_port}",
        },
    })!;
}

public sealed record Series(Dictionary<string, string> Labels, double Value)
{
    public string this[string label] => Labels.GetValueOrDefault(label, "");

    public override string ToString() => $"{{{string.Join(',', Labels.Select(l => $"{l.Key}={l.Value}"))}}} {Value}";
}
