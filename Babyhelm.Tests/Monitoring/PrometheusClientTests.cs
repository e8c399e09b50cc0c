using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring;
using Babyhelm.Core.Monitoring.Prometheus;
using Babyhelm.Core.Monitoring.Scoped;
using Babyhelm.Tests.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Babyhelm.Tests.Monitoring;

/// <summary>What becomes of a Prometheus that does not answer as it should.</summary>
public sealed class PrometheusClientTests : IAsyncLifetime
{
    private readonly string _address = $"http://127.0.0.1:{TestPorts.Take()}";
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _app = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(_address);
        _app = builder.Build();
        _app.MapPost("/page/api/v1/query", () => Results.Text("<h1>Bad gateway</h1>", "text/html", statusCode: 502));
        _app.MapPost("/long/api/v1/query", () => Results.Text(new string('x', 2 * 1024 * 1024), "application/json"));
        _app.MapPost("/never/api/v1/query", () => _release.Task);
        _app.MapPost("/broken/api/v1/query", () => Results.Text("""{"status":"error","errorType":"internal","error":"open /var/lib/prometheus"}""", "application/json", statusCode: 500));
        _app.MapPost("/half/api/v1/query", async (HttpContext http) =>
        {
            http.Response.ContentLength = 100;
            await http.Response.WriteAsync("""{"status":""");
            await http.Response.Body.FlushAsync();
            http.Abort();
        });
        _app.MapPost("/elsewhere/api/v1/query", () => Results.Redirect("/long/api/v1/query", preserveMethod: true));
        _app.MapGet("/page/api/v1/status/buildinfo", () => Results.Text("""{"status":"success"}""", "application/json"));
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        _release.TrySetResult();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData(null, "metrics-not-configured", "Metrics are not set up on this platform.")]
    [InlineData("http://127.0.0.1:1", "metrics-unavailable", "Prometheus can't be reached. Try again in a moment.")]
    [InlineData("page", "metrics-unavailable", "Prometheus answered 502 without saying why.")]
    [InlineData("broken", "metrics-refused", "Prometheus failed at this; its log says why.")]
    [InlineData("elsewhere", "metrics-unavailable", "Prometheus answered 307 without saying why.")]
    [InlineData("never", "metrics-timeout", "Prometheus did not answer in time. Ask for less, or again.")]
    [InlineData("long", "metrics-too-long", "The answer is longer than 1 MiB. Ask for less.")]
    [InlineData("half", "metrics-unavailable", "Prometheus can't be reached. Try again in a moment.")]
    public async Task No_answer_is_told_without_addresses(string? server, string code, string text)
    {
        await using var services = Services(server is null || server.StartsWith("http", StringComparison.Ordinal) ? server : $"{_address}/{server}", ("TimeoutSeconds", server == "never" ? "1" : "120"));
        var error = await AskAsync(services.GetRequiredService<PrometheusClient>(), "up");
        Assert.Equal((code, text), (error?.Code, error?.Public));
    }

    [Fact]
    public async Task What_Prometheus_refuses_is_told_in_its_words()
    {
        await using var services = Services((await TestPrometheus.One).Url.ToString());
        var prometheus = services.GetRequiredService<PrometheusClient>();
        Assert.Null(await AskAsync(prometheus, "up"));
        var wrong = Assert.IsType<PrometheusRefusal>(await AskAsync(prometheus, "up{"));
        Assert.Equal((400, "bad_data"), (wrong.Status, wrong.Type));
        Assert.Contains("parse error", wrong.Message, StringComparison.Ordinal);
        var many = Assert.IsType<PrometheusRefusal>(await AskAsync(prometheus, "sum_over_time(vector(1)[100h:1s])"));
        Assert.Equal((422, "execution"), (many.Status, many.Type));
        Assert.Contains("too many samples", many.Message, StringComparison.Ordinal);
        Assert.StartsWith("2.", (await prometheus.VersionAsync(default)).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Series_come_with_their_labels_and_samples()
    {
        var server = await TestPrometheus.One;
        await using var services = Services(server.Url.ToString());
        var prometheus = services.GetRequiredService<PrometheusClient>();
        var at = DateTimeOffset.FromUnixTimeSeconds(TestSeries.Asked);

        var told = (await server.Api.QueryAsync("http_requests_total")).Json["data"]!["result"]!.AsArray();
        var series = (await prometheus.QueryAsync("http_requests_total", at, default)).Value;
        Assert.Equal(6, series.Count);
        Assert.Equal(
            told.Select(t => $"{t!["metric"]!["pod"]} {t["metric"]!["code"]} {t["value"]![1]!.GetValue<string>()}").Order(),
            series.Select(s => FormattableString.Invariant($"{s.Labels["pod"]} {s.Labels["code"]} {Assert.Single(s.Samples).Value}")).Order());
        Assert.All(series, s => Assert.Equal(("http_requests_total", TestSeries.One), (s.Labels["__name__"], s.Labels["namespace"])));

        var over = Assert.Single((await prometheus.QueryRangeAsync("sum(up)", at.AddMinutes(-5), at, TimeSpan.FromSeconds(37.5), default)).Value);
        Assert.Empty(over.Labels);
        Assert.Equal(Enumerable.Range(0, 9).Select(i => TestSeries.Asked - 300 + i * 37.5), over.Samples.Select(s => s.Time));

        Assert.Equal(new MetricSample(TestSeries.Asked, TestSeries.Asked), Assert.Single(Assert.Single((await prometheus.QueryAsync("time()", at, default)).Value).Samples));
        Assert.Equal([double.NegativeInfinity, double.PositiveInfinity, double.NaN],
            (await prometheus.QueryAsync("sort(label_replace(vector(1) / 0, \"a\", \"b\", \"\", \"\") or vector(-1) / 0 or label_replace(vector(0) / 0, \"a\", \"c\", \"\", \"\"))", at, default)).Value.Select(s => s.Samples[0].Value));
        Assert.Empty((await prometheus.QueryAsync("nothing", at, default)).Value);
        Assert.IsType<Unavailable>((await prometheus.QueryAsync("\"text\"", at, default)).Error);
    }

    [Fact]
    public async Task What_is_no_Prometheus_has_no_version()
    {
        await using var services = Services($"{_address}/page/");
        var prometheus = services.GetRequiredService<PrometheusClient>();
        Assert.IsType<Unavailable>((await prometheus.VersionAsync(default)).Error);
    }

    [Theory]
    [InlineData("Url", "127.0.0.1:9090")]
    [InlineData("Url", "ftp://127.0.0.1")]
    [InlineData("Url", "http://user:secret@127.0.0.1:9090")]
    [InlineData("Url", "http://127.0.0.1:9090?a=b")]
    [InlineData("TimeoutSeconds", "0")]
    [InlineData("MaxAnswerMegabytes", "2000")]
    [InlineData("QueriesPerUser", "0")]
    [InlineData("Queries", "0")]
    public async Task A_bad_setting_is_named_when_the_program_starts(string name, string value)
    {
        await using var services = Services("http://127.0.0.1:1", (name, value));
        var fault = Assert.Throws<OptionsValidationException>(services.GetRequiredService<IStartupValidator>().Validate);
        Assert.Contains($"Prometheus:{name}", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_one_user_only_some_queries_run_and_only_some_wait()
    {
        await using var services = Services(null, ("QueriesPerUser", "2"));
        var slots = services.GetRequiredService<QuerySlots>();
        var (ada, bob) = (Guid.NewGuid(), Guid.NewGuid());
        var running = new[] { (await slots.TakeAsync(ada, default)).Value, (await slots.TakeAsync(ada, default)).Value };
        using var gone = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 16).Select(_ => slots.TakeAsync(ada, gone.Token)).ToList();
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
        Assert.IsType<TooMany>((await slots.TakeAsync(ada, default)).Error);
        (await slots.TakeAsync(bob, default)).Value.Dispose();
        running[0].Dispose();
        (await waiting[0]).Value.Dispose();
        (await waiting[1]).Value.Dispose();
        await gone.CancelAsync();
        running[1].Dispose();
    }

    [Fact]
    public async Task Of_all_users_together_only_some_queries_run()
    {
        await using var services = Services(null, ("Queries", "2"));
        var slots = services.GetRequiredService<QuerySlots>();
        var running = new[] { (await slots.TakeAsync(Guid.NewGuid(), default)).Value, (await slots.TakeAsync(Guid.NewGuid(), default)).Value };
        var third = slots.TakeAsync(Guid.NewGuid(), default);
        Assert.False(third.IsCompleted);
        running[0].Dispose();
        (await third).Value.Dispose();
        running[1].Dispose();
    }

    private static async Task<Error?> AskAsync(PrometheusClient prometheus, string query)
    {
        if ((await prometheus.PostAsync("query", [new("query", query), new("time", $"{TestSeries.Asked}")], default)).Failed(out var error, out var answer)) return error;
        using (answer)
            return (await answer.CopyToAsync(Stream.Null, default)).Error;
    }

    private static ServiceProvider Services(string? url, (string Name, string Value)? setting = null)
    {
        Dictionary<string, string?> settings = new() { ["Prometheus:Url"] = url, ["Prometheus:TimeoutSeconds"] = "120", ["Prometheus:MaxAnswerMegabytes"] = "1" };
        if (setting is { } one) settings[$"Prometheus:{one.Name}"] = one.Value;
        return new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
            .AddMonitoring().BuildServiceProvider();
    }
}
