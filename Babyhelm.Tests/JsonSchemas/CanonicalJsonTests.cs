using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Babyhelm.Core.JsonSchemas;
using Xunit.Abstractions;

namespace Babyhelm.Tests.JsonSchemas;

public sealed class CanonicalJsonTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("{\"b\": 1, \"a\" : [ true , null,false ] }", "{\"a\":[true,null,false],\"b\":1}")]
    [InlineData("\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\\u007f\"", "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u007f\"")]
    [InlineData("[1.0, 10e-1, 100e-2, 1E0, -0, -0.0, 0e5]", "[1,1,1,1,0,0,0]")]
    [InlineData("[1e20, 1e21, 123456789012345678901, 0.000001, 1e-7, 4.50, 2e-3, 1E30, -5E-324, 1e+2]", "[100000000000000000000,1e+21,123456789012345678901,0.000001,1e-7,4.5,0.002,1e+30,-5e-324,100]")]
    [InlineData("[0.1000000000000000055511151231257827, 9007199254740993]", "[0.1000000000000000055511151231257827,9007199254740993]")]
    [InlineData("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}", "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}")]
    [InlineData("{}", "{}")]
    [InlineData("[]", "[]")]
    [InlineData(" \"\" ", "\"\"")]
    public void A_text_has_the_form_that_the_standard_gives_it(string text, string form)
    {
        Assert.Equal(form, Form(text));
        Assert.Equal(form, Form(form));
    }

    [Fact]
    public void What_is_no_json_or_has_a_name_twice_has_no_form()
    {
        Assert.Contains("Line 2, byte 1", Error("[1,\n}"), StringComparison.Ordinal);
        Assert.Contains("twice: 'a'", Error("{\"a\":1,\"\\u0061\":2}"), StringComparison.Ordinal);
        Assert.Contains("surrogate", Error("\"\\ud800\""), StringComparison.Ordinal);

        static string Error(string text) => CanonicalJson.Write(Encoding.UTF8.GetBytes(text), new ArrayBufferWriter<byte>()).Error!.Message;
    }

    [Fact]
    public void Equal_values_have_one_form_and_others_have_another()
    {
        const int Seed = 8785;
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var byForm = new Dictionary<string, object?>();
        for (var round = 0; round < 3000; round++)
        {
            var value = Value(random, 3);
            var form = Form(Written(random, value));
            Assert.Equal(form, Form(Written(random, value)));
            Assert.Equal(form, Form(form));
            using var document = JsonDocument.Parse(form); // it is JSON
            // Values are kept as texts in one way of writing: where two have the same form, they are the same.
            var key = Written(null, value);
            if (byForm.TryGetValue(form, out var before)) Assert.Equal(before, key);
            byForm[form] = key;
        }
        Assert.True(byForm.Values.Distinct().Count() == byForm.Count && byForm.Count > 1000, $"{byForm.Count}");
    }

    private static string Form(string text)
    {
        var form = new ArrayBufferWriter<byte>();
        Assert.Null(CanonicalJson.Write(Encoding.UTF8.GetBytes(text), form).Error);
        return Encoding.UTF8.GetString(form.WrittenSpan);
    }

    // A number is a whole one and a power of ten; whole ones that end in 0 would be the same as others.
    private static object? Value(Random random, int depth) => random.Next(depth > 0 ? 7 : 5) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 => (random.NextInt64(-1000, 1000) * (random.Next(4) == 0 ? 1_000_000_007L : 1) is var whole && whole % 10 == 0 ? whole + 1 : whole, random.Next(-30, 30)),
        3 or 4 => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => char.ConvertFromUtf32(new[] { 'a', '"', '\\', '\n', 0x7F, 'é', 0xFFFD, 0xFB33, 0x1F600, 0 }[random.Next(10)]))),
        5 => Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1)).ToArray(),
        _ => Enumerable.Range(0, random.Next(5)).Select(_ => (string)(object)$"{(char)('a' + random.Next(4))}{new[] { "", "é", "\uffee", "😀" }[random.Next(4)]}").Distinct().ToDictionary(n => n, _ => Value(random, depth - 1)),
    };

    /// <summary>One of the ways to write a value; without a source of chance always the same, members by their names.</summary>
    private static string Written(Random? random, object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        (long whole, int power) => Number(random, whole, power),
        string text => Text(random, text),
        object?[] items => $"[{Space(random)}{string.Join("," + Space(random), items.Select(i => Written(random, i)))}]",
        Dictionary<string, object?> members => $"{{{string.Join(Space(random) + ",", Ordered(random, members).Select(m => $"{Text(random, m.Key)}{Space(random)}:{Written(random, m.Value)}"))}{Space(random)}}}",
        _ => throw new InvalidOperationException(value.GetType().Name),
    };

    private static IEnumerable<KeyValuePair<string, object?>> Ordered(Random? random, Dictionary<string, object?> members) =>
        random is null ? members.OrderBy(m => m.Key, StringComparer.Ordinal) : members.OrderBy(_ => random.Next());

    private static string Space(Random? random) => random?.Next(3) == 0 ? " \n\t"[..random.Next(4)] : "";

    private static string Number(Random? random, long whole, int power)
    {
        var zeros = random?.Next(4) ?? 0;
        return (random?.Next(3) ?? 0) switch
        {
            0 => string.Create(CultureInfo.InvariantCulture, $"{whole}{new string('0', zeros)}e{power - zeros}"),
            1 => string.Create(CultureInfo.InvariantCulture, $"{whole}.{new string('0', zeros + 1)}E{(power < 0 ? "" : "+")}{power}"),
            _ => power is >= 0 and < 20 ? string.Create(CultureInfo.InvariantCulture, $"{whole}{new string('0', power)}") : string.Create(CultureInfo.InvariantCulture, $"{whole}e{power:00;-00}"),
        };
    }

    private static string Text(Random? random, string text)
    {
        var written = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\' or < ' ' || random?.Next(4) == 0) written.Append(string.Concat(rune.ToString().Select(c => $"\\u{(int)c:x4}")));
            else written.Append(rune);
        }
        return written.Append('"').ToString();
    }
}
