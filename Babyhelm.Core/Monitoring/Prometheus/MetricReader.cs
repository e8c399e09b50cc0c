using System.Globalization;
using System.Text.Json;

namespace Babyhelm.Core.Monitoring.Prometheus;

/// <summary>Reads the JSON of a query's answer. Samples of native histograms are left out.</summary>
internal static class MetricReader
{
    /// <summary>Throws <see cref="JsonException"/> for anything else.</summary>
    public static async Task<IReadOnlyList<MetricSeries>> ReadAsync(Stream body, CancellationToken cancellation)
    {
        using var json = await JsonDocument.ParseAsync(body, cancellationToken: cancellation);
        var data = Field(json.RootElement, "data");
        var result = Field(data, "result");
        return Field(data, "resultType").GetString() switch
        {
            "scalar" => [new MetricSeries(new Dictionary<string, string>(), [Sample(result)])],
            "vector" or "matrix" => [.. result.EnumerateArray().Select(Series)],
            _ => throw new JsonException("The answer is neither numbers nor series."),
        };
    }

    private static MetricSeries Series(JsonElement series) => new(
        Field(series, "metric").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString() ?? "", StringComparer.Ordinal),
        series.TryGetProperty("value", out var one) ? [Sample(one)]
        : series.TryGetProperty("values", out var many) ? [.. many.EnumerateArray().Select(Sample)] : []);

    /// <summary>A number and a text, as JSON knows no infinity.</summary>
    private static MetricSample Sample(JsonElement pair) => new(pair[0].GetDouble(), pair[1].GetString() switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        var text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : throw new JsonException("A sample is no number."),
    });

    private static JsonElement Field(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value : throw new JsonException($"The answer has no '{name}'.");
}
