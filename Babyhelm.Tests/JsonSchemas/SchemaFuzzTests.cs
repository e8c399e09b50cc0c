using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Babyhelm.Core.JsonSchemas;
using Babyhelm.Core.JsonSchemas.Values;
using Xunit.Abstractions;

namespace Babyhelm.Tests.JsonSchemas;

/// <summary>Mutated schemas and texts: nothing throws, and what is read is what the framework's own reader takes.</summary>
public sealed class SchemaFuzzTests(ITestOutputHelper output)
{
    private const int Seed = 20201212;
    private const int Rounds = 7000;

    private static readonly string[] Hostile =
    [
        "1e999999999", "1e9999999999", "-0.0e-5", new string('9', 400), "1." + new string('0', 300) + "1", "\"\\ud800\"", "\"\\udc00x\"", "\"\\u0000\"", "\"^(a+)+$\"", "\"^(?=(a+)+$).*$\"",
        "\"(a{500}){500}\"", "\"\\\\p{L}[^\\\\W\\\\d]\"", "{\"$ref\":\"#\"}", "{\"$dynamicRef\":\"#meta\",\"$dynamicAnchor\":\"meta\"}", "{\"$ref\":\"#/$defs/~2\"}", "{\"$ref\":\"%zz?#//\"}", "{\"$id\":\"#x\"}",
        "{\"$id\":\"../../..\"}", "{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}", "{\"a\":1,\"a\":2}", "[[[[[[[[[[]]]]]]]]]]", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"", "{\"not\":{\"$ref\":\"#\"}}", "true", "false", "null", "[]", "{}", "-1",
    ];

    [Fact]
    public void No_input_throws_and_each_is_judged_alike_twice()
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var (schemas, values, parts) = Corpus();
        var (compiled, valid, invalid) = (0, 0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var schema = Mutate(random, schemas[random.Next(schemas.Count)], parts);
            var options = new SchemaOptions { AssertFormats = round % 2 == 0, MaxSteps = 20_000, MaxMatch = TimeSpan.FromMilliseconds(2), MaxBacktracking = TimeSpan.FromMilliseconds(2) };
            if (JsonSchema.Compile(schema, options).Failed(out var error, out var ready))
            {
                Assert.NotEmpty(((Core.Common.Invalid)error).Faults);
                continue;
            }
            compiled++;
            for (var i = 0; i < 2; i++)
            {
                var text = Mutate(random, values[random.Next(values.Count)], parts);
                var verdict = ready.Validate(text);
                if (verdict.IsValid) valid++;
                else invalid++;
                Assert.All(verdict.Faults, f => Assert.True(f.Message.Length is > 0 and < 1000, f.Message));
                var again = ready.Validate(text);
                if (!verdict.Faults.Concat(again.Faults).Any(f => f.Message.Contains("in time", StringComparison.Ordinal))) Assert.Equal(verdict.Faults, again.Faults);
            }
        }
        output.WriteLine($"{compiled} of {Rounds} schemas compiled; {valid} texts were valid, {invalid} were not");
        Assert.True(compiled > Rounds / 4 && valid > Rounds / 10 && invalid > Rounds / 10, $"{compiled}, {valid}, {invalid}");
    }

    [Fact]
    public void A_text_is_taken_just_when_the_frameworks_reader_takes_it()
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var (_, values, parts) = Corpus();
        var limits = new JsonLimits { AllowDuplicateNames = true };
        var taken = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var text = Mutate(random, values[random.Next(values.Count)], parts);
            var fault = JsonText.Read(text, limits, out var read);
            read?.Dispose();
            if (fault is null) taken++;
            // Half of a surrogate pair and an exponent of ten digits are refused here alone.
            if (fault is not null && (fault.Message.Contains("surrogate", StringComparison.Ordinal) || fault.Message.Contains("exponent", StringComparison.Ordinal))) continue;
            Assert.True(IsJson(text) == fault is null, $"{Encoding.UTF8.GetString(text)}: {fault}");
        }
        Assert.True(taken > Rounds / 10 && taken < Rounds, $"{taken}");
    }

    private static bool IsJson(byte[] text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(text) > 0;
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            return false;
        }
    }

    private static byte[] Mutate(Random random, string text, List<string> parts)
    {
        for (var times = random.Next(4); times > 0; times--)
        {
            var (part, other) = (parts[random.Next(parts.Count)], parts[random.Next(parts.Count)]);
            var at = text.IndexOf(part, StringComparison.Ordinal);
            if (at >= 0 && text.Length < 5000) text = text[..at] + other + text[(at + part.Length)..];
        }
        if (random.Next(3) == 0 && Regex.Matches(text, "(?<=[:\\[,])[^:\\[,{}\\]]+(?=[,\\]}])") is { Count: > 0 } places && places[random.Next(places.Count)] is var place)
            text = text[..place.Index] + Hostile[random.Next(Hostile.Length)] + text[(place.Index + place.Length)..];
        var bytes = Encoding.UTF8.GetBytes(text);
        if (random.Next(10) == 0)
            for (var times = random.Next(1, 4); times > 0; times--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }

    /// <summary>Schemas and values of the external suite, and names and values that stand in them.</summary>
    private static (List<string> Schemas, List<string> Values, List<string> Parts) Corpus()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data/conformance/json-schema.json")));
        var (schemas, values, parts) = (new List<string>(), new List<string>(), new HashSet<string>(Hostile));
        foreach (var group in file.RootElement.EnumerateArray())
        {
            schemas.Add(Compact(group.GetProperty("schema")));
            AddParts(group.GetProperty("schema"), parts);
            values.AddRange(group.GetProperty("tests").EnumerateArray().Select(t => Compact(t.GetProperty("data"))));
        }
        foreach (var name in new[] { "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$anchor", "dependentSchemas", "contentSchema", "format", "pattern", "$vocabulary" }) parts.Add($"\"{name}\"");
        return (schemas, values, [.. parts]);
    }

    private static void AddParts(JsonElement value, HashSet<string> parts)
    {
        if (value.GetRawText().Length < 200) parts.Add(Compact(value));
        if (value.ValueKind == JsonValueKind.Array)
            foreach (var item in value.EnumerateArray()) AddParts(item, parts);
        if (value.ValueKind != JsonValueKind.Object) return;
        foreach (var member in value.EnumerateObject())
        {
            parts.Add(JsonSerializer.Serialize(member.Name));
            AddParts(member.Value, parts);
        }
    }

    private static string Compact(JsonElement value) => JsonSerializer.Serialize(value);
}
