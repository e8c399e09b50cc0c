using System.Text;
using System.Text.Json;
using Babyhelm.Core.JsonSchemas;

namespace Babyhelm.Tests.JsonSchemas;

/// <summary>
/// Every case of the external suite. The ones that differ are listed with the reason in <c>Data/json-schema-differences.json</c>;
/// the test fails when the list and the truth differ either way.
/// </summary>
public class SchemaConformanceTests
{
    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "Data");

    [Fact]
    public void All_cases_are_judged_as_listed()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Data, "conformance/json-schema.json")));
        var listed = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(Data, "json-schema-differences.json")))!;
        Assert.All(listed.Values, reason => Assert.True(reason.Length > 20, "A difference needs a reason."));

        var names = new HashSet<string>();
        var report = new StringBuilder();
        foreach (var group in file.RootElement.EnumerateArray())
        {
            var schema = JsonSchema.Compile(group.GetProperty("schema"));
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                var name = $"{group.GetProperty("file")}: {group.GetProperty("description")}: {test.GetProperty("description")}";
                Assert.True(names.Add(name), name);
                var difference = Difference(schema, test);
                if (difference is not null && !listed.ContainsKey(name)) report.AppendLine($"{name}: {difference}");
                if (difference is null && listed.ContainsKey(name)) report.AppendLine($"{name}: passes, but is listed as a difference");
            }
        }
        foreach (var name in listed.Keys.Except(names)) report.AppendLine($"{name}: listed, but no such case");
        Assert.True(report.Length == 0, report.ToString());
        Assert.True(names.Count >= 400 && listed.Count <= names.Count / 50, "At least 98 % of the cases pass.");
    }

    private static string? Difference(Core.Common.Result<CompiledSchema> schema, JsonElement test)
    {
        if (schema.Failed(out var error, out var compiled)) return $"does not compile: {error}";
        var verdict = compiled.Validate(Encoding.UTF8.GetBytes(test.GetProperty("data").GetRawText()));
        if (verdict.IsValid == test.GetProperty("valid").GetBoolean()) return null;
        return verdict.IsValid ? "is taken" : $"is refused: {string.Join(" ", verdict.Faults)}";
    }
}
