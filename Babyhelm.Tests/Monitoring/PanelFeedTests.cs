using System.Collections.Concurrent;
using Babyhelm.Core.Monitoring.Panels;
using Babyhelm.Tests.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Tests.Monitoring;

/// <summary>How often Prometheus is asked, and what is said when it has no answer. A server of the test answers in its place.</summary>
public sealed class PanelFeedTests : IAsyncLifetime
{
    private const string Nothing = """{"status":"success","data":{"resultType":"matrix","result":[]}}""";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly PanelRange Quarter = PanelRange.Of("15m")!;

    private readonly string _address = $"http://127.0.0.1:{TestPorts.Take()}";
    private readonly ManualTimeProvider _clock = new();
    private readonly ConcurrentQueue<(string Start, string End)> _asked = new();
    private WebApplication _server = null!;
    private ServiceProvider _services = null!;
    private volatile string _answer = Nothing;
    private volatile int _status = 200;

    private PanelFeed Feed => _services.GetRequiredService<PanelFeed>();

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(_address);
        _server = builder.Build();
        _server.MapPost("/api/v1/query_range", async (HttpRequest request) =>
        {
            var form = await request.ReadFormAsync();
            _asked.Enqueue((form["start"].ToString(), form["end"].ToString()));
            return Results.Text(_answer, "application/json", statusCode: _status);
        });
        await _server.StartAsync();
        _services = MonitoringHost.Build(_address, _clock);
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task However_many_look_a_panel_is_asked_for_once_in_each_step()
    {
        _answer = Line("usage", 1);
        var key = Key("cpu");
        var viewers = Enumerable.Range(0, 200).Select(_ => Feed.Subscribe(key)).ToList();
        var readers = viewers.Select(v => new Viewer(v)).ToList();
        for (var round = 1; round <= 3; round++)
        {
            foreach (var reader in readers) await reader.NextAsync();
            Assert.Equal(round, _asked.Count);
            // The next one waits for the next point; who comes now is told what is known.
            await _clock.UntilTimerWithinAsync(Quarter.Step + TimeSpan.FromSeconds(1));
            using (var late = Feed.Subscribe(key)) Assert.NotEqual(PanelState.Loading, late.Snapshot.State);
            _clock.Advance(_clock.NextDue!.Value);
        }
        foreach (var reader in readers) await reader.NextAsync();
        Assert.Equal(4, _asked.Distinct().Count());
        Assert.All(_asked, a => Assert.Equal((0, 0), (int.Parse(a.Start) % 15, int.Parse(a.End) % 15)));

        await _clock.UntilTimerWithinAsync(Quarter.Step + TimeSpan.FromSeconds(1));
        foreach (var viewer in viewers.Skip(1)) viewer.Dispose();
        Assert.Equal(1, Feed.Topics);
        viewers[0].Dispose();
        Assert.Equal(0, Feed.Topics);
        await Eventually(() => _clock.NextDue is null); // nobody looks, nothing is planned
        Assert.Equal(4, _asked.Count);
    }

    [Fact]
    public async Task Other_panels_ranges_and_namespaces_are_other_questions()
    {
        foreach (var key in new[] { Key("cpu"), Key("memory"), Key("cpu") with { Range = PanelRange.Default }, Key("cpu") with { Namespace = "bh-other" }, Key("cpu") with { Application = "api" } })
            await Feed.ReadAsync(key, default);
        Assert.Equal(5, _asked.Count);
        Assert.Equal(0, Feed.Topics);
    }

    [Fact]
    public async Task A_server_that_goes_away_leaves_the_last_lines_and_the_time()
    {
        _answer = Line("usage", 1);
        using var panel = Feed.Subscribe(Key("cpu"));
        var viewer = new Viewer(panel);
        var first = await viewer.NextAsync();
        Assert.Equal((PanelState.Partial, 1), (first.State, first.Series.Count));
        Assert.Equal(["requested", "limit"], first.Missing);

        _status = 503;
        var away = await AfterDelayAsync(viewer);
        Assert.Equal((PanelState.Unreachable, 1, _clock.GetUtcNow()), (away.State, away.Series.Count, away.Since));
        Assert.NotNull(away.Problem);
        var still = await AfterDelayAsync(viewer);
        Assert.Equal((PanelState.Unreachable, away.Since), (still.State, still.Since));

        _status = 200;
        var back = await AfterDelayAsync(viewer);
        Assert.Equal((PanelState.Partial, (DateTimeOffset?)null), (back.State, back.Since));
    }

    [Theory]
    [InlineData("cpu", "24h", PanelState.NoSamples, 15)]
    [InlineData("requests", "30d", PanelState.NoRequests, 60)]
    public async Task Nothing_yet_is_told_and_asked_for_again_soon(string panel, string range, PanelState state, int seconds)
    {
        var key = Key(panel) with { Range = PanelRange.Of(range)! };
        using var look = Feed.Subscribe(key);
        var viewer = new Viewer(look);
        Assert.Equal(state, (await viewer.NextAsync()).State);
        _answer = Line(panel == "cpu" ? "usage" : "2xx", 2);
        await _clock.UntilTimerWithinAsync(TimeSpan.FromSeconds(seconds));
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Equal(panel == "cpu" ? PanelState.Partial : PanelState.Ready, (await viewer.NextAsync()).State);
    }

    [Fact]
    public async Task Without_a_server_nothing_is_asked()
    {
        await using var services = MonitoringHost.Build(null, _clock);
        var shown = await services.GetRequiredService<PanelFeed>().ReadAsync(Key("cpu"), default);
        Assert.Equal(PanelState.NotSetUp, shown.State);
        Assert.Null(_clock.NextDue);
    }

    [Fact]
    public async Task Of_many_applications_the_busiest_are_lines_and_the_others_one()
    {
        _answer = Series([.. Enumerable.Range(1, 30).Select(i => ($"\"application\":\"app{i:00}\"", (double)i))]);
        var cpu = await Feed.ReadAsync(new PanelKey("bh-shop", null, Panel(PanelCatalog.Project, "cpu"), Quarter), default);
        Assert.Equal(["app24", "app25", "app26", "app27", "app28", "app29", "app30", "23 others"], cpu.Series.Select(s => s.Name));
        Assert.Equal(Enumerable.Range(1, 23).Sum(), cpu.Series[^1].Values[0]);
        Assert.Equal(0, cpu.LeftOut);
        var latency = await Feed.ReadAsync(new PanelKey("bh-shop", null, Panel(PanelCatalog.Project, "latency"), Quarter), default);
        Assert.Equal((7, 23), (latency.Series.Count, latency.LeftOut));
    }

    private static PanelDefinition Panel(IReadOnlyList<PanelDefinition> all, string code) => all.Single(p => p.Code == code);

    private static PanelKey Key(string panel) => new("bh-shop", "web", Panel(PanelCatalog.Application, panel), Quarter);

    private async Task<PanelSnapshot> AfterDelayAsync(Viewer viewer)
    {
        await _clock.UntilTimerWithinAsync(Quarter.Step + TimeSpan.FromSeconds(1));
        _clock.Advance(_clock.NextDue!.Value);
        return await viewer.NextAsync();
    }

    /// <summary>The line has a value at every time that is asked for: no clock of the server is in it.</summary>
    private string Line(string line, double value) => Series((($"\"line\":\"{line}\""), value));

    private string Series(params (string Label, double Value)[] series)
    {
        var at = Quarter.Until(_clock.GetUtcNow()).ToUnixTimeSeconds();
        var samples = string.Join(',', Enumerable.Range(-70, 140).Select(i => $"[{at + i * 15},\"VALUE\"]"));
        return $$$"""{"status":"success","data":{"resultType":"matrix","result":[{{{string.Join(',', series.Select(s => $$"""{"metric":{{{s.Label}}},"values":[{{samples.Replace("VALUE", s.Value.ToString(), StringComparison.Ordinal)}}]}"""))}}}]}}""";
    }

    private static async Task Eventually(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!isSo()) await Task.Delay(5, limit.Token);
    }

    private sealed class Viewer(PanelSubscription subscription)
    {
        private readonly IAsyncEnumerator<PanelSnapshot> _changes = subscription.ChangesAsync().GetAsyncEnumerator();

        public async Task<PanelSnapshot> NextAsync()
        {
            Assert.True(await _changes.MoveNextAsync().AsTask().WaitAsync(Patience));
            return _changes.Current;
        }
    }
}
