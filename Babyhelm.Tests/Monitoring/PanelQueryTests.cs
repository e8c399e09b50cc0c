using System.Globalization;
using System.Text.Json.Nodes;
using Babyhelm.Core.Monitoring.Panels;
using Babyhelm.Core.Monitoring.PromQl;
using Babyhelm.Tests.Common;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Monitoring;

/// <summary>Panels of a real Prometheus, held against what its own API answers to the plain question.</summary>
public sealed class PanelQueryTests : IAsyncLifetime
{
    private static readonly PanelRange Hour = PanelRange.Default;
    private readonly ManualTimeProvider _clock = new();
    private TestPrometheus _prometheus = null!;
    private ServiceProvider _services = null!;

    public async Task InitializeAsync()
    {
        _prometheus = await TestPrometheus.Panels;
        _clock.Advance(PanelData.Now.AddSeconds(7) - _clock.GetUtcNow());
        _services = MonitoringHost.Build(_prometheus.Url.ToString(), _clock);
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    public static TheoryData<string, string, string> Lines => new()
    {
        { "cpu", "used", """sum(rate(container_cpu_usage_seconds_total{namespace="bh-shop",container="",pod=~"web-7c.*"}[1m]))""" },
        { "cpu", "requested", "vector(0.2)" },
        { "cpu", "limit", "vector(1)" },
        { "memory", "used", """sum(container_memory_working_set_bytes{namespace="bh-shop",container="",pod=~"web-7c.*"})""" },
        { "memory", "requested", "vector(2 * 64 * 1024 * 1024)" },
        { "memory", "limit", "vector(2 * 256 * 1024 * 1024)" },
        { "requests", "2xx done", """sum(rate(babyhelm_gateway_requests_total{namespace="bh-shop",application="web",code="2xx"}[1m]))""" },
        { "requests", "5xx failed", """sum(rate(babyhelm_gateway_requests_total{namespace="bh-shop",application="web",code="5xx"}[1m]))""" },
        { "errors", "failed (5xx)", """sum(rate(babyhelm_gateway_requests_total{namespace="bh-shop",application="web",code="5xx"}[1m])) / sum(rate(babyhelm_gateway_requests_total{namespace="bh-shop",application="web"}[1m]))""" },
        { "latency", "p50", """histogram_quantile(0.5, sum by (le) (rate(babyhelm_gateway_request_duration_seconds_bucket{namespace="bh-shop",application="web"}[1m])))""" },
        { "latency", "p99", """histogram_quantile(0.99, sum by (le) (rate(babyhelm_gateway_request_duration_seconds_bucket{namespace="bh-shop",application="web"}[1m])))""" },
        { "replicas", "ready", """kube_deployment_status_replicas_ready{namespace="bh-shop",deployment="web"}""" },
        { "replicas", "wanted", """kube_deployment_spec_replicas{namespace="bh-shop",deployment="web"}""" },
        { "restarts", "restarts", """sum(changes(kube_pod_container_status_restarts_total{namespace="bh-shop",container="web"}[5m]))""" },
        { "network", "in", """sum(rate(container_network_receive_bytes_total{namespace="bh-shop",pod=~"web-.*",interface="eth0"}[1m]))""" },
        { "network", "out", """sum(rate(container_network_transmit_bytes_total{namespace="bh-shop",pod=~"web-.*",interface="eth0"}[1m]))""" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task A_line_of_an_application_is_what_Prometheus_answers(string panel, string line, string plain)
    {
        var shown = await ReadAsync("web", panel, Hour);
        Assert.Equal(PanelState.Ready, shown.State);
        Assert.Equal(PanelData.Now, shown.Until);
        await AssertSameAsync(plain, shown, Assert.Single(shown.Series, s => s.Name == line));
    }

    public static TheoryData<string, string> ByApplication => new()
    {
        { "cpu", """sum(rate(container_cpu_usage_seconds_total{namespace="bh-shop",container="",pod=~"APP-7c.*"}[1m]))""" },
        { "memory", """sum(container_memory_working_set_bytes{namespace="bh-shop",container="",pod=~"APP-7c.*"})""" },
        { "requests", """sum(rate(babyhelm_gateway_requests_total{namespace="bh-shop",application="APP"}[1m]))""" },
        { "errors", """sum(rate(babyhelm_gateway_requests_total{namespace="bh-shop",application="APP",code="5xx"}[1m]) or vector(0)) / sum(rate(babyhelm_gateway_requests_total{namespace="bh-shop",application="APP"}[1m]))""" },
        { "latency", """histogram_quantile(0.95, sum by (le) (rate(babyhelm_gateway_request_duration_seconds_bucket{namespace="bh-shop",application="APP"}[1m])))""" },
        { "replicas", """kube_deployment_status_replicas_ready{namespace="bh-shop",deployment="APP"}""" },
        { "restarts", """sum(changes(kube_pod_container_status_restarts_total{namespace="bh-shop",container="APP"}[5m]))""" },
        { "network", """sum(rate(container_network_receive_bytes_total{namespace="bh-shop",pod=~"APP-.*",interface="eth0"}[1m])) + sum(rate(container_network_transmit_bytes_total{namespace="bh-shop",pod=~"APP-.*",interface="eth0"}[1m]))""" },
    };

    [Theory]
    [MemberData(nameof(ByApplication))]
    public async Task A_project_has_one_line_for_each_application(string panel, string plain)
    {
        var shown = await ReadAsync(null, panel, Hour);
        Assert.Equal(PanelState.Ready, shown.State);
        Assert.Equal(["api", "web"], shown.Series.Select(s => s.Name));
        foreach (var series in shown.Series) await AssertSameAsync(plain.Replace("APP", series.Name, StringComparison.Ordinal), shown, series);
    }

    [Fact]
    public async Task A_gap_is_a_gap_and_what_is_missing_is_told()
    {
        var gap = Assert.Single((await ReadAsync("web", "cpu", Hour)).Series, s => s.Name == "used").Values;
        Assert.False(double.IsNaN(gap[0]));
        Assert.InRange(gap.Count(double.IsNaN), 30, 45); // ten minutes by 15 s, less what the rate looks back
        Assert.False(double.IsNaN(gap[^1]));
        var api = await ReadAsync("api", "cpu", Hour);
        Assert.Equal(PanelState.Partial, api.State);
        Assert.Equal(["limit"], api.Missing);
        Assert.Equal(PanelState.NoSamples, (await ReadAsync("ghost", "memory", Hour)).State);
        Assert.Equal(PanelState.NoRequests, (await ReadAsync("ghost", "requests", Hour)).State);
    }

    [Fact]
    public async Task Every_panel_has_an_answer_in_every_range()
    {
        foreach (var range in PanelRange.All)
        {
            foreach (var panel in PanelCatalog.Application) Check(await ReadAsync("web", panel.Code, range), range);
            foreach (var panel in PanelCatalog.Project) Check(await ReadAsync(null, panel.Code, range), range);
        }
        static void Check(PanelSnapshot shown, PanelRange range)
        {
            Assert.Null(shown.Problem);
            Assert.True(shown.State == PanelState.Ready, $"{shown.Key.Panel.Code} of {range.Code}: {shown.State}");
            Assert.All(shown.Series, s => Assert.Equal(range.Points, s.Values.Length));
            Assert.InRange(range.Points, 2, 721);
        }
    }

    [Fact]
    public async Task A_list_has_all_its_small_charts_by_one_query()
    {
        using var look = _services.GetRequiredService<PanelFeed>().SubscribeOverview(PanelData.Shop);
        await using var changes = look.ChangesAsync().GetAsyncEnumerator();
        Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(120)));
        Assert.Equal(
            ["api cpu", "api memory", "api requests", "web cpu", "web memory", "web requests"],
            changes.Current.Series.Select(s => $"{s.Application} {s.Key}").Order());
        var memory = changes.Current.Series.Single(s => s is { Application: "api", Key: "memory" });
        await AssertSameAsync("""sum(container_memory_working_set_bytes{namespace="bh-shop",container="",pod=~"api-7c.*"})""", changes.Current, memory);
    }

    [Fact]
    public void A_name_never_ends_its_quotes()
    {
        foreach (var panel in PanelCatalog.Application.Concat(PanelCatalog.Project).Append(PanelCatalog.Overview))
        {
            var text = PanelQuery.Text(new PanelKey("bh-shop", "web", panel, Hour), TimeSpan.FromSeconds(15));
            Assert.DoesNotContain("$namespace", text, StringComparison.Ordinal);
            Assert.DoesNotContain("$window", text, StringComparison.Ordinal);
            Assert.True(PromQlText.Parse(text).Ok(out _, out var error), error?.Message);
        }
    }

    private Task<PanelSnapshot> ReadAsync(string? app, string panel, PanelRange range) => _services.GetRequiredService<PanelFeed>()
        .ReadAsync(new PanelKey(PanelData.Shop, app, (app is null ? PanelCatalog.Project : PanelCatalog.Application).Single(p => p.Code == panel), range), default);

    /// <summary>The same times and, but for the order in which numbers were added, the same values.</summary>
    private async Task AssertSameAsync(string plain, PanelSnapshot shown, PanelSeries series)
    {
        var answer = await _prometheus.Api.PostAsync("query_range", ("query", plain), ("start", $"{shown.From.ToUnixTimeSeconds()}"), ("end", $"{shown.Until.ToUnixTimeSeconds()}"), ("step", $"{shown.Key.Range.Step.TotalSeconds}"));
        var told = Assert.Single(answer.Json["data"]!["result"]!.AsArray())!["values"]!.AsArray()
            .ToDictionary(v => v![0]!.GetValue<double>(), v => Value(v!));
        Assert.NotEmpty(told);
        for (var i = 0; i < series.Values.Length; i++)
        {
            var at = shown.From.ToUnixTimeSeconds() + i * shown.Key.Range.Step.TotalSeconds;
            if (told.TryGetValue(at, out var value)) Assert.Equal(value, series.Values[i], Math.Abs(value) * 1e-9);
            else Assert.True(double.IsNaN(series.Values[i]), $"There is no value at {at}.");
        }
    }

    private static double Value(JsonNode pair) => double.Parse(pair[1]!.GetValue<string>(), CultureInfo.InvariantCulture);
}
