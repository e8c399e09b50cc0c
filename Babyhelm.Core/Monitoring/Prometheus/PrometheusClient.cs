using System.Globalization;
using System.Text.Json;
using Babyhelm.Core.Common;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Monitoring.Prometheus;

/// <summary>Asks Prometheus by its HTTP API. What it is asked is not limited here: see <see cref="Scoped.ScopedPrometheus"/>.</summary>
public sealed class PrometheusClient(IHttpClientFactory clients, IOptions<PrometheusOptions> options)
{
    internal const string HttpClientName = "prometheus";

    // Of a refusal; its text is short.
    private const int MaxRefusal = 64 * 1024;

    // Prometheus ends a query by itself and says so; it gets the time to say it.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Sends form fields, which may be long.</summary>
    /// <param name="path">Below <c>/api/v1/</c>.</param>
    /// <returns>The answer, <see cref="PrometheusRefusal"/>, or <see cref="Unavailable"/>.</returns>
    public Task<Result<PrometheusAnswer>> PostAsync(string path, IEnumerable<KeyValuePair<string, string>> fields, CancellationToken cancellation) =>
        SendAsync(address => new HttpRequestMessage(HttpMethod.Post, new Uri(address, path)) { Content = new FormUrlEncodedContent(fields) }, cancellation);

    /// <summary>The same for what takes no form.</summary>
    public Task<Result<PrometheusAnswer>> GetAsync(string path, IEnumerable<KeyValuePair<string, string>> parameters, CancellationToken cancellation) =>
        SendAsync(address => new HttpRequestMessage(HttpMethod.Get, new Uri(address,
            $"{path}?{string.Join('&', parameters.Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}"))}")), cancellation);

    /// <summary>The values of an expression at one time; a scalar is one series without labels.</summary>
    /// <returns>Also <see cref="PrometheusRefusal"/> or <see cref="Unavailable"/>.</returns>
    public Task<Result<IReadOnlyList<MetricSeries>>> QueryAsync(string query, DateTimeOffset at, CancellationToken cancellation) =>
        ReadAsync(PostAsync("query", [new("query", query), new("time", Seconds(at)), Limit], cancellation), MetricReader.ReadAsync, cancellation);

    /// <summary>The same over time.</summary>
    /// <param name="step">At least a millisecond; Prometheus refuses more than 11,000 of them.</param>
    public Task<Result<IReadOnlyList<MetricSeries>>> QueryRangeAsync(string query, DateTimeOffset from, DateTimeOffset until, TimeSpan step, CancellationToken cancellation) => ReadAsync(
        PostAsync("query_range", [new("query", query), new("start", Seconds(from)), new("end", Seconds(until)), new("step", step.TotalSeconds.ToString(CultureInfo.InvariantCulture)), Limit], cancellation),
        MetricReader.ReadAsync, cancellation);

    /// <summary>Version of the server, for example <c>2.42.0</c>.</summary>
    public Task<Result<string>> VersionAsync(CancellationToken cancellation) => ReadAsync(GetAsync("status/buildinfo", [], cancellation), async (body, token) =>
    {
        using var json = await JsonDocument.ParseAsync(body, cancellationToken: token);
        return json.RootElement.GetProperty("data").GetProperty("version").GetString() ?? "";
    }, cancellation);

    private KeyValuePair<string, string> Limit => new("timeout", $"{options.Value.TimeoutSeconds}s");

    private static string Seconds(DateTimeOffset at) => (at.ToUnixTimeMilliseconds() / 1000.0).ToString(CultureInfo.InvariantCulture);

    private static async Task<Result<T>> ReadAsync<T>(Task<Result<PrometheusAnswer>> asked, Func<Stream, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        if ((await asked).Failed(out var error, out var answer)) return error;
        using (answer)
        {
            using var body = new MemoryStream();
            if ((await answer.CopyToAsync(body, cancellation)).Failed(out error, out _)) return error;
            body.Position = 0;
            try
            {
                return await read(body, cancellation);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
            {
                return NotPrometheus(e.Message);
            }
        }
    }

    private static Unavailable NotPrometheus(string why) =>
        new($"What answers at Prometheus:Url is no Prometheus: {why}", "metrics-unavailable") { ForEverybody = "Prometheus can't be reached. Try again in a moment." };

    private async Task<Result<PrometheusAnswer>> SendAsync(Func<Uri, HttpRequestMessage> build, CancellationToken cancellation)
    {
        if (options.Value.Url is not { } url)
            return new Unavailable("Prometheus is not set up: Prometheus:Url is empty.", "metrics-not-configured") { ForEverybody = "Metrics are not set up on this platform." };
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(options.Value.TimeoutSeconds) + Grace);
        HttpResponseMessage? response = null;
        PrometheusAnswer? answer = null;
        try
        {
            using var request = build(new Uri($"{url.AbsoluteUri.TrimEnd('/')}/api/v1/"));
            response = await clients.CreateClient(HttpClientName).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (!response.IsSuccessStatusCode) return await RefusalAsync(response, limit.Token);
            if (response.Content.Headers.ContentType?.MediaType != "application/json") return NotPrometheus("its answer is no JSON");
            return answer = new PrometheusAnswer(response, limit, options.Value.MaxAnswerMegabytes * 1024L * 1024);
        }
        catch (Exception e) when (Problem(e, cancellation) is { } problem)
        {
            return problem;
        }
        finally
        {
            // From here on the answer holds them.
            if (answer is null)
            {
                response?.Dispose();
                limit.Dispose();
            }
        }
    }

    /// <summary>What a failed connection means; null for anything else, and where the caller has gone.</summary>
    internal static Unavailable? Problem(Exception e, CancellationToken cancellation) => e switch
    {
        OperationCanceledException when cancellation.IsCancellationRequested => null,
        OperationCanceledException => new Unavailable("Prometheus did not answer in time. Ask for less, or again.", "metrics-timeout"),
        HttpRequestException or IOException => new Unavailable($"Prometheus can't be reached: {e.Message}", "metrics-unavailable") { ForEverybody = "Prometheus can't be reached. Try again in a moment." },
        _ => null,
    };

    private static async Task<Error> RefusalAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        var body = new byte[MaxRefusal];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellation);
        try
        {
            using var json = JsonDocument.Parse(body.AsMemory(0, length));
            if (json.RootElement is { ValueKind: JsonValueKind.Object } root && Text(root, "errorType") is { } type && Text(root, "error") is { } message)
                return new PrometheusRefusal(status, type, message);
        }
        catch (JsonException)
        {
            // a proxy's page, or a text that was cut
        }
        return new Unavailable($"Prometheus answered {status} without saying why.", "metrics-unavailable");
    }

    private static string? Text(JsonElement root, string field) => root.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
