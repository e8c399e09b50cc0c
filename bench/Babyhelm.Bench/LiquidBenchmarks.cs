using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Liquid;
using BenchmarkDotNet.Attributes;

namespace Babyhelm.Bench;

/// <summary>Parses and renders a page of 500 products.</summary>
[MemoryDiagnoser]
public class LiquidBenchmarks
{
    private const int Products = 500;
    private readonly string _source = File.ReadAllText(SourceFile);
    private readonly LiquidMap _values = LiquidJson.ToMap(JsonSerializer.SerializeToElement(Data()));
    private readonly LiquidTemplate _template;

    public LiquidBenchmarks() => _template = Parse();

    internal static string SourceFile { get; } = Path.Combine(AppContext.BaseDirectory, "liquid", "products.liquid");

    [Benchmark]
    public LiquidTemplate Parse() => LiquidTemplate.Parse(_source).Value ?? throw new BenchException("the template does not parse");

    [Benchmark]
    public string Render() => _template.Render(_values).Value ?? throw new BenchException("the template does not render");

    /// <summary>The same for every run.</summary>
    internal static JsonObject Data()
    {
        var random = new Random(1);
        return new JsonObject
        {
            ["shop"] = new JsonObject { ["name"] = "Nuts & bolts", ["currency"] = "eur" },
            ["products"] = new JsonArray([.. Enumerable.Range(1, Products).Select(i => new JsonObject
            {
                ["handle"] = $"part {i}",
                ["name"] = $"Part <{i}>",
                ["description"] = $"<p>Part number {i} of a <b>long</b> series that is described at some length, so that it has to be cut.</p>",
                ["price"] = random.Next(100, 20_000) / 100.0,
                ["available"] = random.Next(4) > 0,
                ["tags"] = new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(t => JsonValue.Create($"tag {random.Next(50)}"))]),
            })]),
        };
    }
}
