using System.Text;
using System.Text.Json;
using Babyhelm.Core.Liquid;

namespace Babyhelm.Tests.Liquid;

/// <summary>
/// Every case of the external suite. The ones that differ are listed with the reason in <c>Data/liquid-differences.json</c>;
/// the test fails when the list and the truth differ either way.
/// </summary>
public class ConformanceTests
{
    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "Data");

    [Fact]
    public void All_cases_render_as_listed()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Data, "conformance/liquid.json")));
        var cases = file.RootElement.GetProperty("tests").EnumerateArray().ToList();
        var listed = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(Data, "liquid-differences.json")))!;
        Assert.All(listed.Values, reason => Assert.True(reason.Length > 20, "A difference needs a reason."));

        var report = new StringBuilder();
        foreach (var item in cases)
        {
            var name = item.GetProperty("name").GetString()!;
            var difference = Difference(item);
            if (difference is not null && !listed.ContainsKey(name)) report.AppendLine($"{name}: {difference}");
            if (difference is null && listed.ContainsKey(name)) report.AppendLine($"{name}: passes, but is listed as a difference");
        }
        foreach (var name in listed.Keys.Except(cases.Select(c => c.GetProperty("name").GetString()!))) report.AppendLine($"{name}: listed, but no such case");
        Assert.Equal("", report.ToString());
        Assert.True(listed.Count <= cases.Count / 50, "At least 98 % of the cases pass.");
    }

    private static string? Difference(JsonElement item)
    {
        var partials = item.TryGetProperty("templates", out var templates)
            ? templates.EnumerateObject().ToDictionary(t => t.Name, t => t.Value.GetString()!)
            : [];
        var strict = item.TryGetProperty("tags", out var tags) && tags.EnumerateArray().Any(t => t.GetString() == "strict");
        var values = item.TryGetProperty("data", out var data) ? LiquidJson.ToMap(data) : [];

        var (template, parseError) = LiquidTemplate.Parse(item.GetProperty("template").GetString()!, new LiquidOptions { Partials = partials, Strict = strict });
        var (text, renderError) = template?.Render(values) ?? default;
        var error = parseError ?? renderError;
        if (item.TryGetProperty("invalid", out var invalid) && invalid.GetBoolean()) return error is null ? $"gave '{text}' where an error is due" : null;
        if (error is not null) return $"error: {error}";
        string?[] wanted = item.TryGetProperty("results", out var results)
            ? [.. results.EnumerateArray().Select(r => r.GetString())]
            : [item.GetProperty("result").GetString()];
        return wanted.Contains(text) ? null : $"gave '{text}', not '{wanted[0]}'";
    }
}
