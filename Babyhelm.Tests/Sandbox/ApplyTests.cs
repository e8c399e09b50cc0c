using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox;
using Babyhelm.Core.Sandbox.Apply;
using Babyhelm.Core.Sandbox.Schema;

namespace Babyhelm.Tests.Sandbox;

/// <summary>Field ownership and patches, without a server around them.</summary>
public sealed class ApplyTests
{
    private static readonly FieldType Deployment = ObjectSchema.Root("Deployment");

    [Fact]
    public void A_field_that_is_applied_no_longer_goes()
    {
        var first = Apply(null, "spec: {replicas: 2, paused: true}");
        var second = Apply(first, "spec: {replicas: 2}");
        Assert.Null(second["spec"]!["paused"]);
        Assert.Equal(2, second["spec"]!["replicas"].Int());
    }

    [Fact]
    public void A_field_that_another_one_applies_too_stays()
    {
        var first = Apply(null, "spec: {replicas: 2, paused: true}");
        var shared = Apply(first, "spec: {paused: true}", manager: "other");
        var second = Apply(shared, "spec: {replicas: 2}");
        Assert.True(second["spec"]!["paused"].Bool());
        var gone = Apply(second, "metadata: {labels: {a: b}}", manager: "other");
        Assert.Null(gone["spec"]!["paused"]);
    }

    [Fact]
    public void List_items_come_and_go_by_their_key()
    {
        var first = Apply(null, Containers("{name: web, image: a, env: [{name: A, value: x}, {name: B, value: y}]}", "{name: side, image: b}"));
        var injected = Apply(first, Containers("{name: web, env: [{name: C, value: z}]}"), manager: "injector");
        var second = Apply(injected, Containers("{name: web, image: a2, env: [{name: B, value: y}]}"));
        var containers = second["spec"]!["template"]!["spec"]!["containers"]!.AsArray();
        Assert.Equal("a2", Assert.Single(containers).Str("image"));
        Assert.Equal(["B", "C"], containers[0].Items("env").Select(e => e.Str("name")).Order());
    }

    [Fact]
    public void What_nobody_owns_below_a_removed_part_goes_with_it()
    {
        var first = Apply(null, "spec: {strategy: {rollingUpdate: {maxSurge: 1}}}");
        first["spec"]!["strategy"]!["type"] = "RollingUpdate";
        var second = Apply(first, "spec: {replicas: 1}");
        Assert.Null(second["spec"]!["strategy"]);
    }

    [Fact]
    public void Atomic_values_conflict_as_a_whole()
    {
        var first = Apply(null, "spec: {selector: {matchLabels: {a: b}}}");
        var outcome = Merge(first, "spec: {selector: {matchLabels: {a: b, c: d}}}", "other", force: false);
        Assert.Equal((".spec.selector", "\"babyhelm\""), (outcome.Conflicts.Single().Path, outcome.Conflicts.Single().Manager));
    }

    [Fact]
    public void A_change_that_was_not_applied_takes_the_ownership()
    {
        var first = Apply(null, "spec: {replicas: 2}");
        var scaled = (JsonObject)first.DeepClone();
        scaled["spec"]!["replicas"] = 5;
        ManagedFields.TrackUpdate(first, scaled, [], Deployment, "kubectl", null, "apps/v1", "now");
        var conflict = Merge(scaled, "spec: {replicas: 2}", "babyhelm", force: false).Conflicts.Single();
        Assert.Equal(("\"kubectl\" using apps/v1", ".spec.replicas"), (conflict.Manager, conflict.Path));
        Assert.Equal(2, Apply(scaled, "spec: {replicas: 2}")["spec"]!["replicas"].Int());
    }

    [Fact]
    public void Leaving_a_field_out_leaves_it_to_its_new_owner()
    {
        var first = Apply(null, "spec: {replicas: 2}");
        var scaled = (JsonObject)first.DeepClone();
        scaled["spec"]!["replicas"] = 5;
        ManagedFields.TrackUpdate(first, scaled, [], Deployment, "autoscaler", null, "apps/v1", "now");
        Assert.Equal(5, Apply(scaled, "metadata: {labels: {a: b}}")["spec"]!["replicas"].Int());
    }

    [Theory]
    [InlineData("spec: {replicas: two}", ".spec.replicas")]
    [InlineData("spec: {nosuch: 1}", ".spec.nosuch")]
    [InlineData("spec: {template: {spec: {containers: [{name: a}, {name: a}]}}}", ".spec.template.spec.containers")]
    [InlineData("spec: [1]", ".spec")]
    public void The_schema_finds_what_does_not_fit(string yaml, string path) =>
        Assert.Equal(path, Typing.Check(Yaml.Parse(yaml), Deployment).Single().Path);

    [Fact]
    public void Strategic_patches_merge_lists_by_key_and_know_their_directives()
    {
        var live = Object(Containers("{name: a, image: a1, args: [x]}", "{name: b, image: b1}", "{name: c, image: c1}"));
        var patch = Object("""
            spec:
              strategy: {$retainKeys: [type], type: Recreate}
              template:
                spec:
                  $setElementOrder/containers: [{name: c}, {name: a}]
                  containers: [{name: a, image: a2, args: [y]}, {name: b, $patch: delete}]
            """);
        live["spec"]!["strategy"] = Yaml.Parse("{type: RollingUpdate, rollingUpdate: {maxSurge: 1}}");
        var result = StrategicMerge.Apply(live, patch, Deployment);
        Assert.Equal(["c", "a"], result["spec"]!["template"]!["spec"].Items("containers").Select(c => c.Str("name")));
        Assert.Equal("{\"name\":\"a\",\"image\":\"a2\",\"args\":[\"y\"]}", Json.Text(result["spec"]!["template"]!["spec"]!["containers"]![1]));
        Assert.Equal("{\"type\":\"Recreate\"}", Json.Text(result["spec"]!["strategy"]));
    }

    [Fact]
    public void Merge_patches_remove_with_null_and_json_patches_test_first()
    {
        var live = Object("a: {b: 1, c: 2}");
        Assert.Equal("{\"a\":{\"c\":3}}", Json.Text(JsonPatches.Merge(live, Object("a: {b: null, c: 3}"))));
        Assert.Equal("{\"a\":{\"c\":2},\"d\":[1,2]}", Json.Text(JsonPatches.Apply(live, (JsonArray)Yaml.Parse(
            "[{op: test, path: /a/b, value: 1}, {op: remove, path: /a/b}, {op: add, path: /d, value: [1]}, {op: add, path: /d/-, value: 2}]")!)));
        Assert.Throws<FormatException>(() => JsonPatches.Apply(live, (JsonArray)Yaml.Parse("[{op: test, path: /a/b, value: 2}]")!));
    }

    [Theory]
    [InlineData("100m", 0.1)]
    [InlineData("1.5", 1.5)]
    [InlineData("1Ki", 1024d)]
    [InlineData("2G", 2e9)]
    [InlineData("1e3", 1000d)]
    [InlineData("", null)]
    [InlineData("1 Gi", null)]
    [InlineData("Mi", null)]
    public void Quantities_parse(string text, double? amount) => Assert.Equal((decimal?)amount, Quantity.Parse(text));

    [Theory]
    [InlineData("a: &x [1, 2]\nb: *x", "{\"a\":[1,2],\"b\":[1,2]}")]
    [InlineData("{no: no, x: 0x1F, t: true, n: ~, e: 1e3, q: '1'}", "{\"no\":\"no\",\"x\":\"0x1F\",\"t\":true,\"n\":null,\"e\":1000,\"q\":\"1\"}")]
    public void Yaml_reads_as_its_core_schema_says(string yaml, string json) => Assert.Equal(json, Json.Text(Yaml.Parse(yaml)));

    [Theory]
    [InlineData("a: 1\na: 2")]
    [InlineData("a: *nosuch")]
    [InlineData("a: 1\n---\nb: 2")]
    [InlineData("a: [")]
    public void Yaml_that_is_wrong_is_refused(string yaml) => Assert.Throws<FormatException>(() => Yaml.Parse(yaml));

    [Fact]
    public void Yaml_that_multiplies_itself_is_refused()
    {
        var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var i = 1; i < 9; i++) bomb.Append($"a{i}: &a{i} [{string.Join(",", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        Assert.Contains("too many", Assert.Throws<FormatException>(() => Yaml.Parse(bomb.ToString())).Message, StringComparison.Ordinal);
    }

    private static string Containers(params string[] containers) => $"spec: {{template: {{spec: {{containers: [{string.Join(", ", containers)}]}}}}}}";

    private static JsonObject Object(string yaml) => (JsonObject)Yaml.Parse(yaml)!;

    private static ServerSideApply.Outcome Merge(JsonObject? live, string yaml, string manager, bool force)
    {
        var config = Object(yaml);
        config["apiVersion"] = "apps/v1";
        config["kind"] = "Deployment";
        config.Make("metadata")["name"] = "web";
        return ServerSideApply.Merge(live, config, Deployment, manager, null, force, "now", ["status"]);
    }

    private static JsonObject Apply(JsonObject? live, string yaml, string manager = "babyhelm")
    {
        var outcome = Merge(live, yaml, manager, force: true);
        Assert.Empty(outcome.Conflicts);
        return outcome.Body;
    }
}
