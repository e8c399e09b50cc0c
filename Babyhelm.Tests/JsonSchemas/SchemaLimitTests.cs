using System.Text;
using System.Text.Json;
using Babyhelm.Core.Common;
using Babyhelm.Core.JsonSchemas;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Tests.JsonSchemas;

/// <summary>Schemas and texts that are made to take long, or much.</summary>
public class SchemaLimitTests
{
    [Fact]
    public void A_text_is_taken_up_to_its_limits()
    {
        var schema = Compile("true", new SchemaOptions { Limits = new JsonLimits { MaxDepth = 3, MaxBytes = 40, MaxValues = 6 } });
        Assert.True(schema.Validate("[[[1]]]"u8.ToArray()).IsValid);
        Assert.Equal("Line 1, byte 4 is nested deeper than 3 levels.", Only(schema, "[[[[1]]]]"));
        Assert.Equal("Line 1, byte 11 is nested deeper than 3 levels.", Only(schema, "[[{\"a\":   {}}]]"));
        Assert.Equal("The JSON text has 41 bytes; at most 40 are taken.", Only(schema, "1".PadRight(41)));
        Assert.True(schema.Validate("{\"a\":1,\"b\":[]}"u8.ToArray()).IsValid);
        Assert.Equal("The JSON text holds more than 6 values and names.", Only(schema, "[1,2,3,4,5,6]"));
        Assert.Contains("deeper than 64", Only(Compile("true"), new string('[', 65) + new string(']', 65)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_schema_is_taken_up_to_its_limits()
    {
        Assert.Contains("at most 1048576", Error($"{{\"$comment\":\"{new string('x', 1_050_000)}\"}}"), StringComparison.Ordinal);
        Assert.Contains("deeper than 128", Error(string.Concat(Enumerable.Repeat("{\"not\":", 129)) + "{}" + new string('}', 129)), StringComparison.Ordinal);
        Assert.False(Compile(string.Concat(Enumerable.Repeat("{\"not\":", 127)) + "{}" + new string('}', 127)).Validate("1"u8.ToArray()).IsValid);
        Assert.Contains("longer than 2000", Error($"{{\"pattern\":\"{new string('a', 2001)}\"}}"), StringComparison.Ordinal);
        Assert.Contains("more than 1000 patterns", Error(JsonSerializer.Serialize(new { allOf = Enumerable.Range(0, 1001).Select(i => new { pattern = "a" }) })), StringComparison.Ordinal);
        Assert.Contains("longer than 1000 digits", Error($"{{\"multipleOf\":{new string('7', 1001)}}}"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_schema_that_grows_with_each_level_is_given_up()
    {
        var definitions = string.Join(",", Enumerable.Range(0, 40).Select(i => $$"""
            "a{{i}}": {"anyOf": [{"$ref": "#/$defs/a{{i + 1}}"}, {"$ref": "#/$defs/a{{i + 1}}"}]}
            """));
        var schema = Compile($$"""{"not": {"$ref": "#/$defs/a0"}, "$defs": { {{definitions}}, "a40": {"const": 1} } }""");
        Assert.Equal("The text is too complex to be checked against this schema: more than 1000000 steps.", Only(schema, "2"));
    }

    [Fact]
    public void References_that_lead_on_and_on_are_given_up()
    {
        var chain = string.Join(",", Enumerable.Range(0, 2000).Select(i => $"\"a{i}\":{{\"$ref\":\"#/$defs/a{i + 1}\"}}"));
        var schema = Compile($"{{\"$ref\":\"#/$defs/a0\",\"$defs\":{{{chain},\"a2000\":true}}}}");
        Assert.Contains("too many times", Only(schema, "1"), StringComparison.Ordinal);
        var dynamic = Compile("""{"$dynamicAnchor":"a","not":{"$dynamicRef":"#a"}}""");
        Assert.Contains("too many times", Only(dynamic, "1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Patterns_that_explode_elsewhere_take_time_in_proportion_to_the_text()
    {
        var schema = Compile("""{"items":{"pattern":"^(a+)+$|^(a|aa)*$|^(.*a){20}$"}}""");
        var text = new string('a', 20_000);
        Assert.True(schema.Validate(Encoding.UTF8.GetBytes($"[\"{text}\"]")).IsValid);
        Assert.Equal("/0", Assert.Single(schema.Validate(Encoding.UTF8.GetBytes($"[\"{text}!\"]")).Faults).Instance);
    }

    [Fact]
    public void A_pattern_that_needs_backtracking_is_given_up_in_time()
    {
        // Under not, anyOf and if an unknown answer must not count as one.
        const string Unknown = """{"pattern":"^(?=(a|aa)+$)a"}""";
        foreach (var form in new[] { "{\"items\":@}", "{\"not\":{\"items\":@}}", "{\"anyOf\":[{\"items\":@},true]}", "{\"if\":{\"items\":@},\"then\":true}", "{\"contains\":@}", "{\"oneOf\":[true,{\"items\":@}]}" })
        {
            var schema = Compile(form.Replace("@", Unknown, StringComparison.Ordinal));
            var text = $"[{string.Join(',', Enumerable.Repeat($"\"{new string('a', 200)}!\"", 50))}]";
            Assert.Contains("could not be found out in time", Only(schema, text), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Large_objects_and_arrays_take_time_in_proportion()
    {
        var members = string.Join(",", Enumerable.Range(0, 30_000).Select(i => $"\"n{i}\":{i}"));
        Assert.True(Compile("""{"additionalProperties":{"type":"integer"},"required":["n7"]}""").Validate(Encoding.UTF8.GetBytes($"{{{members}}}")).IsValid);
        Assert.Contains("twice: 'n5'", Only(Compile("true"), $"{{{members},\"n5\":1}}"), StringComparison.Ordinal);
        var items = string.Join(",", Enumerable.Range(0, 20_000).Select(i => $"{{\"a\":[{i}]}}"));
        Assert.True(Compile("""{"uniqueItems":true}""").Validate(Encoding.UTF8.GetBytes($"[{items}]")).IsValid);
        Assert.Equal("/20000", Assert.Single(Compile("""{"uniqueItems":true}""").Validate(Encoding.UTF8.GetBytes($"[{items},{{\"a\":[5e0]}}]")).Faults).Instance);
        Assert.True(Compile("""{"items":{"type":"number","minimum":0}}""").Validate(Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("0.5", 300_000))}]")).IsValid);
    }

    [Theory]
    [InlineData("{\"minimum\":5}", 'n')]
    [InlineData("{\"items\":{}}", 'a')]
    [InlineData("{\"maxLength\":7}", 's')]
    [InlineData("{\"pattern\":\"x\"}", 's')]
    [InlineData("{\"uniqueItems\":true}", 'a')]
    [InlineData("{\"const\":\"x\"}", 's')]
    public void A_large_value_that_is_looked_at_many_times_is_given_up(string rule, char kind)
    {
        var schema = Compile($"{{\"allOf\":[{string.Join(',', Enumerable.Repeat($"{{\"not\":{{\"not\":{(kind == 'a' ? rule : $"{{\"not\":{rule}}}")}}}}}", 300))}]}}", new SchemaOptions { MaxSteps = 10_000 });
        var text = kind switch
        {
            'n' => $"0.{new string('7', 1_000_000)}",
            's' => $"\"{new string('s', 1_000_000)}\"",
            _ => $"[{string.Join(',', Enumerable.Range(0, 20_000))}]",
        };
        Assert.Contains("too complex", Only(schema, text), StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_of_many_digits_take_time_in_proportion()
    {
        var schema = Compile($$"""{"multipleOf":{{new string('3', 900)}},"minimum":0}""");
        Assert.True(schema.Validate(Encoding.UTF8.GetBytes(new string('3', 90_000))).IsValid);
        Assert.False(schema.Validate(Encoding.UTF8.GetBytes(new string('3', 90_001))).IsValid);
        Assert.Contains("too complex", Only(schema, new string('3', 900_000)), StringComparison.Ordinal);
    }

    [Fact]
    public void One_schema_serves_many_threads_and_a_valid_text_leaves_nothing_behind()
    {
        var schema = Compile("""{"type":"object","required":["id","rows"],"properties":{"id":{"type":"string","pattern":"^\\p{L}+$","maxLength":20},"rows":{"items":{"items":{"type":"number","maximum":100}},"uniqueItems":true}},"unevaluatedProperties":false}""");
        Parallel.For(0, 2000, i =>
        {
            var good = Encoding.UTF8.GetBytes($"{{\"id\":\"abc\\u00e9\",\"rows\":[[{i % 100}],[{i % 100}.5]]}}");
            var bad = Encoding.UTF8.GetBytes($"{{\"id\":\"a{i}\",\"rows\":[[{i % 100}],[{i % 100}.0]],\"more\":1}}");
            Assert.True(schema.Validate(good).IsValid);
            Assert.Equal(["/id", "/rows/1", "/more"], schema.Validate(bad).Faults.Select(f => f.Instance));
        });

        var text = "{\"id\":\"abc\\u00e9\",\"rows\":[[1],[2.5]]}"u8.ToArray();
        for (var i = 0; i < 100; i++) schema.Validate(text);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) schema.Validate(text);
        // A collection may empty the pools meanwhile, so not just nothing.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000);
    }

    private static CompiledSchema Compile(string schema, SchemaOptions? options = null) => JsonSchema.Compile(Encoding.UTF8.GetBytes(schema), options).Value;

    private static string Error(string schema) => Assert.IsType<Invalid>(JsonSchema.Compile(Encoding.UTF8.GetBytes(schema)).Error).Message;

    private static string Only(CompiledSchema schema, string text) => Assert.Single(schema.Validate(Encoding.UTF8.GetBytes(text)).Faults).Message;
}
