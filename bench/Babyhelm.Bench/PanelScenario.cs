using System.Diagnostics;
using System.Globalization;
using Babyhelm.Core.Monitoring;
using Babyhelm.Core.Monitoring.Panels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Bench;

/// <summary>What many viewers of one panel cost Prometheus. A server of the benchmark counts in its place; the clock is the real one.</summary>
internal static class PanelScenario
{
    private const int Viewers = 200;
    private const int Rounds = 3;

    public static async Task<int> RunAsync(CancellationToken stop)
    {
        var asked = 0;
        await using var server = await StartAsync(() => Interlocked.Increment(ref asked), stop);
        await using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System)
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Prometheus:Url"] = server.Address }).Build())
            .AddMonitoring().BuildServiceProvider();
        var feed = services.GetRequiredService<PanelFeed>();
        var key = new PanelKey("bh-shop", "web", PanelCatalog.Application.Single(p => p.Code == "cpu"), PanelRange.Of("15m")!);
        var looks = Enumerable.Range(0, Viewers).Select(_ => feed.Subscribe(key)).ToList();
        var readers = looks.Select(l => l.ChangesAsync(stop).GetAsyncEnumerator(stop)).ToList();
        var rows = new List<string[]>();
        var isMet = true;
        for (var round = 1; round <= Rounds; round++)
        {
            Console.Error.WriteLine($"waiting for refresh {round} of {Rounds} ({key.Range.Step.TotalSeconds:0} s apart)");
            long first = 0;
            foreach (var (index, reader) in readers.Index())
            {
                if (!await reader.MoveNextAsync()) throw new BenchException("a viewer was dropped");
                if (index == 0) first = Stopwatch.GetTimestamp();
            }
            var queries = Volatile.Read(ref asked);
            isMet &= queries == round;
            rows.Add([$"{round}", $"{Viewers}", $"{queries}", Stopwatch.GetElapsedTime(first).TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture)]);
        }
        foreach (var look in looks) look.Dispose();
        Table.Print([["refresh", "viewers", "queries so far", "ms from the first viewer to the last"], .. rows]);
        return isMet ? 0 : 1;
    }

    private static async Task<Server> StartAsync(Action count, CancellationToken stop)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/api/v1/query_range", async (HttpRequest request) =>
        {
            count();
            var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
            var end = double.Parse(form["end"].ToString(), CultureInfo.InvariantCulture);
            var values = string.Join(',', Enumerable.Range(0, 61).Select(i => string.Create(CultureInfo.InvariantCulture, $"[{end - i * 15},\"{0.1 + i % 7 / 100.0}\"]")));
            return Results.Text($$$"""{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"line":"usage"},"values":[{{{values}}}]}]}}""", "application/json");
        });
        await app.StartAsync(stop);
        return new Server(app, app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    private sealed record Server(WebApplication App, string Address) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
