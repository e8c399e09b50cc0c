using System.Text;
using System.Text.Json;
using Babyhelm.Core.JsonSchemas;

namespace Babyhelm.Tests.JsonSchemas;

/// <summary>Own cases of the specification's corners, as data: what each schema takes, what it refuses, and schemas that are refused themselves.</summary>
public class SchemaCaseTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Data/json-schema");

    [Theory]
    [InlineData("references")]
    [InlineData("applicators")]
    [InlineData("values")]
    [InlineData("patterns")]
    public void Each_schema_takes_and_refuses_as_the_specification_says(string file)
    {
        var report = new StringBuilder();
        foreach (var item in Cases(file))
        {
            var name = item.GetProperty("name").GetString();
            var documents = item.TryGetProperty("documents", out var given) ? given.EnumerateObject().ToDictionary(d => d.Name, d => (ReadOnlyMemory<byte>)Utf8(d.Value)) : [];
            var result = JsonSchema.Compile(item.GetProperty("schema"), new SchemaOptions { Documents = documents });
            if (item.TryGetProperty("error", out var error))
            {
                if (result.Error?.Message.Contains(error.GetString()!, StringComparison.Ordinal) != true) report.AppendLine($"{name}: compiles, or says '{result.Error?.Message}'");
            }
            else if (result.Failed(out var failure, out var schema))
            {
                report.AppendLine($"{name}: {failure}");
            }
            else
            {
                Judge(schema, item, name!, report);
            }
        }
        Assert.True(report.Length == 0, report.ToString());
    }

    [Fact]
    public void Each_format_takes_and_refuses_as_its_document_says_where_it_is_asserted()
    {
        var report = new StringBuilder();
        foreach (var item in Cases("formats"))
        {
            var schema = Encoding.UTF8.GetBytes($$"""{"format": {{item.GetProperty("name").GetRawText()}}}""");
            Judge(JsonSchema.Compile(schema, new SchemaOptions { AssertFormats = true }).Value, item, item.GetProperty("name").GetString()!, report);
            foreach (var text in item.GetProperty("invalid").EnumerateArray()) Assert.True(JsonSchema.Compile(schema).Value.Validate(Utf8(text)).IsValid);
        }
        Assert.True(report.Length == 0, report.ToString());
    }

    private static void Judge(CompiledSchema schema, JsonElement item, string name, StringBuilder report)
    {
        foreach (var value in item.GetProperty("valid").EnumerateArray())
            if (schema.Validate(Utf8(value)) is { IsValid: false } verdict) report.AppendLine($"{name}: refuses {value.GetRawText()}: {string.Join(" ", verdict.Faults)}");
        foreach (var value in item.GetProperty("invalid").EnumerateArray())
            if (schema.Validate(Utf8(value)).IsValid) report.AppendLine($"{name}: takes {value.GetRawText()}");
    }

    private static JsonElement.ArrayEnumerator Cases(string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, file + ".json"))).RootElement.EnumerateArray();

    private static byte[] Utf8(JsonElement value) => Encoding.UTF8.GetBytes(value.GetRawText());
}
