using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Babyhelm.Core.Monitoring.Panels;
using Babyhelm.Web.Features.Monitoring;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Bench;

/// <summary>
/// How long a browser takes from the text of a panel of 24 hours by the minute to the painted frame, with the pages' own styles and
/// script. Chromium runs without a window.
/// </summary>
internal static class ChartScenario
{
    private const double TargetMilliseconds = 150;
    private const int Rounds = 20;
    private static readonly PanelRange Day = new("24h", "24 hours", TimeSpan.FromHours(24), TimeSpan.FromMinutes(1));
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static async Task<int> RunAsync(CancellationToken stop)
    {
        var panels = PanelCatalog.Application.Select(p => ChartModel.Of(Random(p))).ToList();
        var drawn = Stopwatch.StartNew();
        foreach (var p in PanelCatalog.Application) ChartModel.Of(Random(p));
        var modelMs = drawn.Elapsed.TotalMilliseconds / panels.Count;
        var texts = await RenderAsync(panels);
        var latency = panels.FindIndex(p => p.Panel.Key.Panel.Code == "latency");
        var told = new TaskCompletionSource<double[][]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(texts, latency, told, stop);
        var address = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var (one, all) = await MeasureAsync(address, told.Task, stop);
        Table.Print(
            ["24 h by 1 minute", "series × points", "KiB", "median ms", "95 % ms"],
            Row("one panel", $"{panels[latency].Lines.Count} × {Day.Points}", texts[latency].Length, one),
            Row($"all {panels.Count} panels", $"{panels.Sum(p => p.Lines.Count)} × {Day.Points}", texts.Sum(t => t.Length), all));
        Console.WriteLine($"making what is drawn of one panel on the server: {modelMs.ToString("0.0", CultureInfo.InvariantCulture)} ms");
        return Percentile(one, 0.5) < TargetMilliseconds ? 0 : 1;
    }

    private static string[] Row(string name, string size, int length, double[] times) =>
        [name, size, Table.Number(length / 1024.0), Table.Number(Percentile(times, 0.5)), Table.Number(Percentile(times, 0.95))];

    private static double Percentile(double[] times, double share) => times.Order().ElementAt((int)Math.Min(times.Length - 1, Math.Round(times.Length * share)));

    /// <summary>Noise on every point: the longest paths there are.</summary>
    private static PanelSnapshot Random(PanelDefinition panel)
    {
        var random = new Random(11);
        var series = panel.Lines.Select((l, i) => new PanelSeries(l.Name, null, l.Key, LineRole.Value, i, [.. Enumerable.Range(0, Day.Points).Select(_ => random.NextDouble())])).ToList();
        return new PanelSnapshot(new PanelKey("bh-shop", "web", panel, Day), PanelState.Ready, DateTimeOffset.UtcNow - Day.Span, series);
    }

    private static async Task<IReadOnlyList<string>> RenderAsync(List<ChartModel> panels)
    {
        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var texts = new List<string>();
            foreach (var panel in panels)
                texts.Add((await renderer.RenderComponentAsync<Chart>(ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(Chart.Model)] = panel, [nameof(Chart.Title)] = panel.Panel.Key.Panel.Title }))).ToHtmlString());
            return (IReadOnlyList<string>)texts;
        });
    }

    private static async Task<WebApplication> StartAsync(IReadOnlyList<string> texts, int one, TaskCompletionSource<double[][]> told, CancellationToken stop)
    {
        var web = Path.Combine(Repository(), "Babyhelm.Web");
        var styles = Directory.EnumerateFiles(Path.Combine(web, "obj"), "Babyhelm.Web.styles.css", SearchOption.AllDirectories).OrderByDescending(File.GetLastWriteTimeUtc).FirstOrDefault()
            ?? throw new BenchException("the styles of the pages are not built");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(Path.Combine(web, "wwwroot")) });
        app.MapGet("/styles.css", () => Results.File(styles, "text/css"));
        app.MapGet("/", () => Results.Text(Page(texts, one), "text/html"));
        app.MapPost("/told", async (HttpRequest request) => told.TrySetResult((await request.ReadFromJsonAsync<double[][]>())!));
        await app.StartAsync(stop);
        return app;
    }

    /// <summary>Times end with a task after the frame: the frame is drawn by then.</summary>
    private static string Page(IReadOnlyList<string> texts, int one) => $$"""
        <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><link rel="stylesheet" href="/app.css"><link rel="stylesheet" href="/styles.css"></head>
        <body><main class="page" id="root"></main><script type="module">
        import './js/times.js';
        import './js/chart.js';
        const panels = {{JsonSerializer.Serialize(texts)}};
        const root = document.getElementById('root');
        const painted = () => new Promise(done => requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0); }));
        async function time(html) {
          root.replaceChildren();
          await painted();
          const start = performance.now();
          root.innerHTML = html;
          await painted();
          return performance.now() - start;
        }
        async function rounds(html) {
          const times = [];
          for (let i = 0; i < {{Rounds}} + 3; i++) times.push(await time(html));
          return times.slice(3);
        }
        const told = [await rounds(panels[{{one}}]), await rounds(panels.join(''))];
        await fetch('/told', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(told) });
        </script></body></html>
        """;

    private static async Task<(double[] One, double[] All)> MeasureAsync(string address, Task<double[][]> told, CancellationToken stop)
    {
        var profile = Directory.CreateTempSubdirectory("babyhelm-bench-chromium-");
        using var browser = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("BABYHELM_TEST_CHROMIUM") ?? "/usr/bin/chromium")
        {
            ArgumentList =
            {
                "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--window-size=1440,2400", $"--user-data-dir={profile.FullName}", "--remote-debugging-port=0", address,
            },
            RedirectStandardError = true,
        }) ?? throw new BenchException("chromium does not start");
        browser.BeginErrorReadLine();
        try
        {
            var times = await told.WaitAsync(Patience, stop);
            return (times[0], times[1]);
        }
        catch (TimeoutException)
        {
            throw new BenchException("the browser did not come to its end in time");
        }
        finally
        {
            browser.Kill(entireProcessTree: true);
            await browser.WaitForExitAsync(CancellationToken.None);
            profile.Delete(recursive: true);
        }
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Babyhelm.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new BenchException("run it from the repository");
    }
}
