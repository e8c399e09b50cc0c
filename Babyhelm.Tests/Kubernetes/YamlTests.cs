using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Kubernetes;

public class YamlTests
{
    [Theory]
    [InlineData("a", "\"a\"")]
    [InlineData("", "null")]
    [InlineData("~", "null")]
    [InlineData("null", "null")]
    [InlineData("true", "true")]
    [InlineData("yes", "true")]
    [InlineData("off", "false")]
    [InlineData("'yes'", "\"yes\"")]
    [InlineData("\"1\"", "\"1\"")]
    [InlineData("!!str 1", "\"1\"")]
    [InlineData("42", "42")]
    [InlineData("-7", "-7")]
    [InlineData("0644", "420")]
    [InlineData("0o17", "15")]
    [InlineData("0x1F", "31")]
    [InlineData("0b101", "5")]
    [InlineData("1_000", "1000")]
    [InlineData("089", "89")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("18446744073709551615", "18446744073709551615")]
    [InlineData("1.5", "1.5")]
    [InlineData("1e3", "1000")]
    [InlineData("1e999", "\"1e999\"")]
    [InlineData("1.27.3", "\"1.27.3\"")]
    [InlineData("12:30:45", "\"12:30:45\"")]
    [InlineData("2026-01-01", "\"2026-01-01\"")]
    [InlineData("100m", "\"100m\"")]
    [InlineData("-", "[null]")]
    [InlineData("{a: [1, two]}", "{\"a\":[1,\"two\"]}")]
    [InlineData("|\n  x\n  y", "\"x\\ny\"")]
    public void Scalars_get_the_type_that_kubectl_gives_them(string value, string json)
    {
        var document = Assert.Single(Yaml.Parse($"v: {value}".Replace("v: -\n", "v:\n-\n").Replace("v: -", value == "-" ? "v:\n-" : "v: -")).Value);
        Assert.Equal(json, document["v"]?.ToJsonString() ?? "null");
    }

    [Fact]
    public void Documents_come_in_order_and_empty_ones_are_left_out()
    {
        var documents = Yaml.Parse("---\n# nothing\n---\na: 1\n---\n---\nb: 2\n...\n").Value;
        Assert.Equal(["""{"a":1}""", """{"b":2}"""], documents.Select(d => d.ToJsonString()));
    }

    [Fact]
    public void Aliases_are_expanded_to_values_of_their_own()
    {
        var document = Assert.Single(Yaml.Parse("a: &x {k: [1]}\nb: *x").Value);
        document["a"]!["k"]![0] = 2;
        Assert.Equal("""{"a":{"k":[2]},"b":{"k":[1]}}""", document.ToJsonString());
    }

    [Theory]
    [InlineData("a: 1\nb: 2\na: 3", 3, 1, "twice")]
    [InlineData("a:\n  b: [1, 2", 2, 12, "")]
    [InlineData("a: *x", 1, 4, "no anchor")]
    [InlineData("a: &x {b: *x}", 1, 11, "no anchor")]
    [InlineData("a: !!python/object:os.system x", 1, 4, "tag")]
    [InlineData("a: !!binary eA==", 1, 4, "tag")]
    [InlineData("a: {<<: {b: 1}}", 1, 5, "merge")]
    [InlineData("- a", 1, 1, "mapping")]
    [InlineData("just text", 1, 1, "mapping")]
    [InlineData("a:\n  b: 'c", 2, 8, "")]
    [InlineData("a: .inf", 1, 4, "JSON")]
    [InlineData("? [a]\n: 1", 1, 3, "key")]
    [InlineData("a: \"\u0001", 1, 4, "")]
    [InlineData("a: b: c", 1, 5, "")]
    public void Faults_are_told_with_line_and_column(string text, int line, int column, string says)
    {
        var error = Assert.IsType<YamlError>(Yaml.Parse(text).Error);
        Assert.True(line == error.Line, error.Message);
        Assert.True(column == error.Column || says.Length == 0, $"column {error.Column}: {error.Message}");
        Assert.Contains(says, error.Message);
        Assert.StartsWith($"Line {line}, column ", error.Message);
    }

    [Fact]
    public void Size_depth_nodes_and_alias_expansion_are_bounded()
    {
        Assert.Contains("characters", Yaml.Parse(new string('#', Yaml.MaxLength + 1)).Error!.Message);
        Assert.Contains("deep", Yaml.Parse("a: " + new string('[', 100_000)).Error!.Message);
        Assert.Contains("values", Yaml.Parse("a: [" + string.Concat(Enumerable.Repeat("1,", 250_000)) + "1]").Error!.Message);

        var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var i = 1; i < 20; i++) bomb.Append($"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        Assert.Contains("expand", Yaml.Parse(bomb.ToString()).Error!.Message);

        var deep = new StringBuilder("a0: &a0 [x]\n");
        for (var i = 1; i < 100; i++) deep.Append($"a{i}: &a{i} [*a{i - 1}]\n");
        Assert.Contains("deep", Yaml.Parse(deep.ToString()).Error!.Message);
    }

    /// <summary>Words and shapes that YAML 1.1 or 1.2 reads as something else than a text.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("no")]
    [InlineData("NO")]
    [InlineData("y")]
    [InlineData("Yes")]
    [InlineData("on")]
    [InlineData("Off")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("1")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1e3")]
    [InlineData(".5")]
    [InlineData("0x1F")]
    [InlineData("0o7")]
    [InlineData("007")]
    [InlineData("1_000")]
    [InlineData("1:30")]
    [InlineData("190:20:30")]
    [InlineData("2026-01-01")]
    [InlineData("2026-01-01T00:00:00Z")]
    [InlineData(".inf")]
    [InlineData(".NaN")]
    [InlineData("=")]
    [InlineData("<<")]
    [InlineData("---")]
    [InlineData("...")]
    [InlineData("- a")]
    [InlineData("? a")]
    [InlineData("a: b")]
    [InlineData("a #b")]
    [InlineData("#a")]
    [InlineData("&a")]
    [InlineData("*a")]
    [InlineData("!a")]
    [InlineData("!!python/object")]
    [InlineData("%a")]
    [InlineData("@a")]
    [InlineData("`a")]
    [InlineData("{a}")]
    [InlineData("[a]")]
    [InlineData("'a")]
    [InlineData("\"a")]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("a:")]
    [InlineData("\t")]
    [InlineData("a\rb")]
    [InlineData("nginx\n  privileged: true\u0000")]
    [InlineData("\u0085\u2028\uFEFF")]
    [InlineData(" \n x")]
    [InlineData("\n")]
    [InlineData("a\n\n")]
    [InlineData("a\n \nb")]
    public void Strings_that_look_like_other_things_are_quoted_and_come_back(string text)
    {
        var yaml = Yaml.Write(new JsonObject { ["v"] = text, ["l"] = new JsonArray(text) });
        Assert.StartsWith("v: \"", yaml);
        AssertSame(new JsonObject { ["v"] = text, ["l"] = new JsonArray(text) }, yaml);
        if (text.Length > 0) AssertSame(new JsonObject { [text] = 1 }, Yaml.Write(new JsonObject { [text] = 1 }));
    }

    [Theory]
    [InlineData("web")]
    [InlineData("apps/v1")]
    [InlineData("docker.io/demo/hello:1")]
    [InlineData("app.kubernetes.io/name")]
    [InlineData("100m")]
    [InlineData("128Mi")]
    [InlineData("two words")]
    public void Plain_texts_are_not_quoted(string text) => Assert.Equal($"v: {text}\n", Yaml.Write(new JsonObject { ["v"] = text }));

    [Fact]
    public void Manifests_are_written_in_block_style()
    {
        var manifest = JsonNode.Parse("""
            {"kind":"Deployment","metadata":{"name":"web","labels":{}},"spec":{"replicas":2,"ratio":1e20,"containers":
             [{"name":"a","args":["x",["y"]],"env":[]},{"script":"one\n  two\n\nthree\n","bare":"a\nb"}]}}
            """);
        Assert.Equal("""
            kind: Deployment
            metadata:
              name: web
              labels: {}
            spec:
              replicas: 2
              ratio: 1.0E+20
              containers:
              - name: a
                args:
                - x
                - - "y"
                env: []
              - script: |
                  one
                    two

                  three
                bare: |-
                  a
                  b

            """, Yaml.Write(manifest));
        AssertSame(manifest, Yaml.Write(manifest));
    }

    [Fact]
    public void Whatever_is_written_reads_back_the_same()
    {
        var random = new Random(20260101);
        for (var i = 0; i < 3000; i++)
        {
            var document = RandomObject(random, 0);
            document["a"] = RandomText(random);
            AssertSame(document, Yaml.Write(document));
        }
    }

    [Fact]
    public void No_input_makes_the_reader_throw()
    {
        const string Alphabet = "ab:- \n\t#&*!|>'\"{}[],?%@`~0.\u0085\uFEFF\\x<\r";
        var random = new Random(7);
        var (good, bad) = (0, 0);
        for (var i = 0; i < 20000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            if (Yaml.Parse(text).Ok(out _, out var error)) good++;
            else if (Assert.IsType<YamlError>(error).Line > 0) bad++;
        }
        Assert.True(good > 100 && bad > 1000, $"{good} good, {bad} bad");
    }

    private static void AssertSame(JsonNode? expected, string yaml)
    {
        var read = Yaml.Parse(yaml);
        Assert.True(read.Ok(out var documents, out var error), $"{error?.Message}\n{yaml}");
        Assert.True(JsonNode.DeepEquals(expected, Assert.Single(documents)), $"{expected?.ToJsonString()}\n{documents[0].ToJsonString()}\n{yaml}");
    }

    private static JsonNode? RandomNode(Random random, int depth) => random.Next(depth > 4 ? 5 : 8) switch
    {
        0 => JsonValue.Create(RandomText(random)),
        1 => JsonValue.Create(random.Next(-1000, 1000)),
        2 => JsonValue.Create(random.Next(2) == 0),
        3 => null,
        4 => JsonValue.Create(Math.Round(random.NextDouble() * 100, 3)),
        5 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => RandomNode(random, depth + 1))]),
        _ => RandomObject(random, depth + 1),
    };

    private static JsonObject RandomObject(Random random, int depth)
    {
        var fields = new JsonObject();
        for (var i = random.Next(1, 5); i > 0; i--) fields[RandomText(random)] = RandomNode(random, depth + 1);
        return fields;
    }

    private static string RandomText(Random random)
    {
        string[] pieces = ["a", "B", "0", "1", "-", " ", "\n", ":", "#", "\"", "'", "\\", "no", "~", ".", "é", "😀", "\t", "\u0007", "{", "&", "yes", "|", ">", "  ", "x y", "=", "%", "\u2029", new string('k', 600)];
        return string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => pieces[random.Next(pieces.Length)]));
    }
}
