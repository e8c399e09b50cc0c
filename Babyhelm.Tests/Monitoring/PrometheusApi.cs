using System.Text.Json;
using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Monitoring;

/// <summary>Asks a Prometheus, or what looks like one.</summary>
/// <param name="root">Ends with <c>/api/v1/</c>.</param>
public sealed class PrometheusApi(Uri root, HttpClient? client = null)
{
    private readonly HttpClient _client = client ?? new HttpClient(new SocketsHttpHandler { UseProxy = false });

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _client.GetAsync(new Uri(root, "/-/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // not listening yet
        }
    }

    public Task<MetricsAnswer> QueryAsync(string query) => PostAsync("query", ("query", query), ("time", $"{TestSeries.Asked}"));

    public Task<MetricsAnswer> RangeAsync(string query) =>
        PostAsync("query_range", ("query", query), ("start", $"{TestSeries.Start + 600}"), ("end", $"{TestSeries.Asked}"), ("step", "60"));

    public async Task<MetricsAnswer> PostAsync(string path, params (string Key, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Key, f.Value)));
        using var answer = await _client.PostAsync(new Uri(root, path), content);
        return await MetricsAnswer.OfAsync(answer);
    }

    public async Task<MetricsAnswer> GetAsync(string path)
    {
        using var answer = await _client.GetAsync(new Uri(root, path));
        return await MetricsAnswer.OfAsync(answer);
    }
}

/// <summary>What was answered.</summary>
/// <param name="Data">In one form whatever the order of series: equal answers are equal texts. Null for a refusal.</param>
public sealed record MetricsAnswer(int Status, string Text, string? Data)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public static async Task<MetricsAnswer> OfAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return new MetricsAnswer((int)response.StatusCode, text, response.IsSuccessStatusCode ? Canonical(JsonNode.Parse(text)!["data"]!) : null);
    }

    private static string Canonical(JsonNode data) => data switch
    {
        // Vectors come in no order; a matrix is sorted, and a scalar or string is one value.
        JsonObject { } result when result["result"] is JsonArray { } list && result["resultType"]!.GetValue<string>() is "vector" or "matrix" =>
            $"{result["resultType"]}\n{string.Join('\n', list.Select(Sorted).Order(StringComparer.Ordinal))}",
        JsonArray list => string.Join('\n', list.Select(Sorted).Order(StringComparer.Ordinal)),
        _ => data.ToJsonString(),
    };

    private static string Sorted(JsonNode? node) => node switch
    {
        JsonObject o => $"{{{string.Join(',', o.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{JsonSerializer.Serialize(p.Key)}:{Sorted(p.Value)}"))}}}",
        _ => node?.ToJsonString() ?? "null",
    };
}
