using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Kubernetes;

public class ObjectDiffTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""")]
    [InlineData("""{"metadata":{"uid":"1","resourceVersion":"2","generation":3,"managedFields":[]},"status":{"a":1}}""", """{"metadata":{}}""")]
    [InlineData("""{"metadata":{"annotations":{"deployment.kubernetes.io/revision":"2"}}}""", """{"metadata":{}}""")]
    [InlineData("""{"a":{"x":1,"y":2}}""", """{"a":{"y":2,"x":1}}""")]
    [InlineData("""{"l":[{"name":"a"},{"name":"b"}]}""", """{"l":[{"name":"b"},{"name":"a"}]}""")]
    public void What_is_alike_makes_no_difference(string wanted, string found) => Assert.Empty(Between(wanted, found));

    [Theory]
    [InlineData("""{"a":1}""", """{"a":2}""", "a: 1 -> 2")]
    [InlineData("""{"a":"x"}""", "{}", "a: x -> null")]
    [InlineData("{}", """{"a":null}""", "")]
    [InlineData("{}", """{"a":{"b":[1]}}""", """a: null -> {"b":[1]}""")]
    [InlineData("""{"spec":{"containers":[{"name":"web","image":"a:1"},{"name":"side"}]}}""", """{"spec":{"containers":[{"name":"web","image":"a:2"}]}}""",
        """spec.containers[web].image: a:1 -> a:2; spec.containers[side]: {"name":"side"} -> null""")]
    [InlineData("""{"ports":[{"port":80,"protocol":"TCP"}]}""", """{"ports":[{"port":80,"protocol":"UDP"}]}""", "ports[80].protocol: TCP -> UDP")]
    [InlineData("""{"args":["a","b"]}""", """{"args":["b","a"]}""", """args: ["a","b"] -> ["b","a"]""")]
    [InlineData("""{"l":[{"name":"a"},{"name":"a"}]}""", """{"l":[{"name":"a"}]}""", """l: [{"name":"a"},{"name":"a"}] -> [{"name":"a"}]""")]
    [InlineData("""{"metadata":{"labels":{"app.kubernetes.io/name":"web"}}}""", """{"metadata":{"labels":{"app.kubernetes.io/name":"x"}}}""", "metadata.labels[app.kubernetes.io/name]: web -> x")]
    [InlineData("""{"a":[]}""", """{"a":{}}""", "a: [] -> {}")]
    public void What_differs_is_named_by_its_path(string wanted, string found, string expected) =>
        Assert.Equal(expected, string.Join("; ", Between(wanted, found).Select(d => $"{d.Path}: {d.Wanted ?? "null"} -> {d.Found ?? "null"}")));

    [Fact]
    public void Values_of_secrets_are_hidden_and_long_ones_are_cut()
    {
        var secret = Assert.Single(Between("""{"kind":"Secret","data":{"KEY":"b25l"}}""", """{"kind":"Secret","data":{"KEY":"dHdv"}}"""));
        Assert.Equal(new FieldDifference("data.KEY", "(hidden)", "(hidden)"), secret);
        Assert.Equal(new FieldDifference("data", null, "(hidden)"), Assert.Single(Between("""{"kind":"Secret"}""", """{"kind":"Secret","data":{"KEY":"dHdv"}}""")));
        var text = Assert.Single(Between("{}", $$"""{"a":"{{new string('x', 1000)}}"}""")).Found!;
        Assert.Equal(ObjectDiff.MaxValue + 1, text.Length);
        var many = string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"f{i}\":1"));
        Assert.Equal(ObjectDiff.MaxFields, Between("{}", $"{{{many}}}").Count);
    }

    private static IReadOnlyList<FieldDifference> Between(string wanted, string found) =>
        ObjectDiff.Between((JsonObject)JsonNode.Parse(wanted)!, (JsonObject)JsonNode.Parse(found)!);
}
