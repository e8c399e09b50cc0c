using System.Collections.Concurrent;
using System.Globalization;
using Babyhelm.Tests.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Tests.Monitoring.Alerts;

/// <summary>What a receiver got.</summary>
public sealed record Received(string Path, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>What alerts reach over HTTP: receivers, a cluster's secrets, and a stand-in for Prometheus that answers by what a query holds.</summary>
public sealed class AlertServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private AlertServer()
    {
        Url = new Uri($"http://127.0.0.1:{TestPorts.Take()}");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Url.ToString());
        _app = builder.Build();
        _app.MapPost("/api/v1/query", QueryAsync);
        _app.MapPost("/api/v1/query_range", QueryRangeAsync);
        _app.MapGet("/api/v1/namespaces/{ns}/secrets/{name}", Secret);
        _app.MapPost("/{kind}/{**rest}", ReceiveAsync);
    }

    public Uri Url { get; }

    /// <summary>Series of each query that holds the key: labels as JSON, and the value.</summary>
    public ConcurrentDictionary<string, (string Labels, double Value)[]> Series { get; } = new();

    /// <summary>What Prometheus answers instead; 200 for the series.</summary>
    public int PrometheusStatus { get; set; } = 200;

    /// <summary>The value of a range query at a time, in Unix seconds.</summary>
    public Func<double, double> Past { get; set; } = _ => 0;

    /// <summary>PEM of the certificate that every secret holds; null for no secret.</summary>
    public string? Certificate { get; set; }

    /// <summary>Prometheus refuses queries that hold this; null for none.</summary>
    public string? Refused { get; set; }

    /// <summary>What receivers answer.</summary>
    public int Status { get; set; } = 200;

    /// <summary>In these words; null for its status.</summary>
    public string? Words { get; set; }

    public ConcurrentQueue<Received> Got { get; } = new();

    public ConcurrentQueue<string> Queries { get; } = new();

    public static async Task<AlertServer> StartAsync()
    {
        var server = new AlertServer();
        await server._app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> QueryAsync(HttpRequest request)
    {
        if (PrometheusStatus != 200) return Results.StatusCode(PrometheusStatus);
        var query = (string?)(await request.ReadFormAsync())["query"] ?? "";
        Queries.Enqueue(query);
        if (Refused is { } refused && query.Contains(refused, StringComparison.Ordinal))
            return Results.Text("""{"status":"error","errorType":"execution","error":"too many samples"}""", "application/json", statusCode: 422);
        var found = Series.Where(s => query.Contains(s.Key, StringComparison.Ordinal)).SelectMany(s => s.Value);
        return Answer("vector", found.Select(s => $$"""{"metric":{{s.Labels}},"value":[1,"{{Text(s.Value)}}"]}"""));
    }

    private async Task<IResult> QueryRangeAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        var (from, until, step) = (Number(form["start"]), Number(form["end"]), Number(form["step"]));
        var samples = new List<string>();
        for (var at = from; at <= until; at += step) samples.Add($"""[{at.ToString(CultureInfo.InvariantCulture)},"{Text(Past(at))}"]""");
        return Answer("matrix", [$$"""{"metric":{},"values":[{{string.Join(',', samples)}}]}"""]);
    }

    private IResult Secret(string ns, string name) => Certificate is { } pem
        ? Results.Json(new { apiVersion = "v1", kind = "Secret", metadata = new { name, @namespace = ns }, data = new Dictionary<string, string> { ["tls.crt"] = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(pem)) } })
        : Results.Json(new { apiVersion = "v1", kind = "Status", status = "Failure", reason = "NotFound", message = "none", code = 404 }, statusCode: 404);

    private async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync();
        if (Status is >= 200 and < 300) Got.Enqueue(new Received(request.Path, request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body));
        return Results.Text(Words ?? $"said {Status}", statusCode: Status);
    }

    private static IResult Answer(string type, IEnumerable<string> series) =>
        Results.Text($$$"""{"status":"success","data":{"resultType":"{{{type}}}","result":[{{{string.Join(',', series)}}}]}}""", "application/json");

    private static double Number(string? text) => double.Parse(text!, CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
