using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Manifests;

/// <summary>Specs that try to get more than they say: each is refused with its field named, or passes through as plain data.</summary>
public class HostileSpecTests
{
    private static readonly ManifestBuilder Builder = new(ManifestTemplates.BuiltIn);
    private static readonly AppSpec Web = new() { Name = "web", Image = "nginx:1.27" };

    /// <summary>Texts that must reach the container unchanged, as a value, an argument and a word of the command.</summary>
    public static readonly TheoryData<string> PlainTexts =
    [
        "{{ labels | yaml }}", "{% for i in (1..1000000000) %}x{% endfor %}", "{% raw %}", "{%- comment -%}", "}}{{", "no", "1e3", "0x1F", "~", "&a", "*a", "---", "...",
        "!!python/object/apply:os.system ['id']", "a: &a [*a, *a]", "<<: *default", "|\n  block", ">-\n  folded", "\n  privileged: true", "\"\nhostNetwork: true\n\"",
        "'\n- name: evil\n  image: evil", "# comment", "a #b", "key: value", "[a, b", "{a: b", "\u202eevil", "\u2066x\u2069", "\u0085next", "\u2028line", "\ufeffbom", "\r\nSet-Cookie: x",
        "\u001b[2J", "\u0001", "😀𝄞", "$(cat /etc/passwd)", "$(A)", "`id`", "\\x41\\u0041", "%2e%2e%2f", "</script><script>alert(1)</script>", "pod-security.kubernetes.io/enforce: privileged",
    ];

    public static TheoryData<string, SpecCase> Refused()
    {
        var data = new TheoryData<string, SpecCase>();
        void Add(string field, AppSpec spec) => data.Add(field, new SpecCase(spec));
        Add("image", Web with { Image = "nginx\n  privileged: true" });
        Add("image", Web with { Image = "nginx:1.27\"\nhostNetwork: true" });
        Add("image", Web with { Image = "{{ app.secret }}" });
        Add("image", Web with { Image = "nginx\u0000" });
        Add("image", Web with { Image = "nginx:\u202e72.1" });
        Add("image", Web with { Image = new string('a', 5_000_000) });
        Add("name", Web with { Name = "kube-system\n" });
        Add("name", Web with { Name = "web\nlabels: {pod-security.kubernetes.io/enforce: privileged}" });
        Add("name", Web with { Name = "../../etc" });
        Add("name", Web with { Name = "{{ x }}" });
        Add("name", Web with { Name = new string('a', 64) });
        Add("ports[0].port", Web with { Ports = [new(int.MaxValue)] });
        Add("ports[0].targetPort", Web with { Ports = [new(80, int.MinValue)] });
        Add("replicas", Web with { Replicas = int.MaxValue });
        Add("autoscale.max", Web with { Autoscale = new(1, int.MaxValue) });
        Add("env[0].name", Web with { Env = [new("A\nB: c", "x")] });
        Add("env[0].name", Web with { Env = [new("A: b", "x", true)] });
        Add("env[0].name", Web with { Env = [new("&a", "x")] });
        Add("env[0].name", Web with { Env = [new("{{ x }}", "x")] });
        Add("env[0].name", Web with { Env = [new("\u202eA", "x")] });
        Add("env[0].value", Web with { Env = [new("A", "x\0y")] });
        Add("env[0].value", Web with { Env = [new("A", "x\0y", true)] });
        Add("env[0].value", Web with { Env = [new("A", "\ud83d")] });
        Add("env[0].value", Web with { Env = [new("A", new string('x', 65_537))] });
        Add("env", Web with { Env = [.. Enumerable.Range(0, 100_000).Select(i => new EnvSpec("E" + i, ""))] });
        Add("resources.cpu", Web with { Resources = new() { Cpu = "1e999999999" } });
        Add("resources.cpu", Web with { Resources = new() { Cpu = "1\nlimits: {}" } });
        Add("resources.memory", Web with { Resources = new() { Memory = new string('9', 100_000) } });
        Add("resources.memoryLimit", Web with { Resources = new() { MemoryLimit = "-1Gi" } });
        Add("health.path", Web with { Health = new("/ok\r\nX-Evil: 1") });
        Add("health.path", Web with { Health = new("http://169.254.169.254/") });
        Add("health.command[1]", Web with { Health = new(Command: ["sh", "a\0b"]) });
        Add("health.command", Web with { Health = new("/", Command: ["sh"]) });
        Add("shutdownSeconds", Web with { ShutdownSeconds = int.MaxValue });
        Add("command[0]", Web with { Command = ["sh\0"] });
        Add("args", Web with { Args = [.. Enumerable.Repeat("x", 100_000)] });
        Add("expose.host", Web with { Expose = new() { Type = ExposeType.Ingress, Host = "a.example\n- host: evil" } });
        Add("expose.host", Web with { Expose = new() { Type = ExposeType.Ingress, Host = "*.example.com" } });
        Add("expose.loadBalancerClass", Web with { Expose = new() { Type = ExposeType.LoadBalancer, LoadBalancerClass = "a\nexternalIPs: [1.2.3.4]" } });
        Add("volumes[0].mountPath", Web with { Volumes = [new("data", "/data/../../var/run")] });
        Add("volumes[0].mountPath", Web with { Volumes = [new("data", "/a\nreadOnly: false")] });
        Add("volumes[0].name", Web with { Volumes = [new("data\nhostPath: {path: /}", "/data")] });
        Add("volumes[0].size", Web with { Volumes = [new("data", "/data", "1Gi\nvolumeName: other")] });
        Add("registry", Web with { Registry = "x\n- name: other" });
        Add("schedule", Web with { Kind = AppKind.Cron, Schedule = "* * * * *\nsuspend: true" });
        return data;
    }

    [Theory]
    [MemberData(nameof(PlainTexts))]
    public void Passes_through_as_plain_data(string text)
    {
        var plain = Structure(Web with { Env = [new("A", "x")], Command = ["/x", "x"], Args = ["x"] }, out _);
        var hostile = Structure(Web with { Env = [new("A", text)], Command = ["/x", text], Args = [text] }, out var container);
        Assert.Equal(plain, hostile);
        Assert.Equal(text, (string?)container["env"]![0]!["value"]);
        Assert.Equal(text, (string?)container["command"]![1]);
        Assert.Equal(text, (string?)container["args"]![0]);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Is_refused_with_the_field_named(string field, SpecCase given)
    {
        var invalid = Assert.IsType<Invalid>(Builder.BuildApplication(ManifestBuilderTests.Context(given.Spec)).Error);
        Assert.Equal(field, invalid.Faults[0].Field);
        Assert.InRange(invalid.Message.Length, 1, 2_000);
    }

    [Fact]
    public void The_largest_values_fit()
    {
        var spec = Web with { Env = [.. Enumerable.Range(0, 8).Select(i => new EnvSpec("E" + i, new string('"', 65_536)))] };
        var error = Builder.BuildApplication(ManifestBuilderTests.Context(spec)).Error;
        // Quotes double in JSON: the policy's size bound speaks, with the object named.
        Assert.StartsWith("Deployment web", Assert.IsType<Invalid>(error).Faults[0].Field);
        Assert.Null(Builder.BuildApplication(ManifestBuilderTests.Context(spec with { Env = [.. spec.Env.Select(e => e with { Value = new string('x', 65_536) })] })).Error);
    }

    /// <summary>All keys and shapes of the manifests, without the values of texts.</summary>
    private static string Structure(AppSpec spec, out JsonNode container)
    {
        var result = Builder.BuildApplication(ManifestBuilderTests.Context(spec));
        Assert.True(result.Error is null, result.ToString());
        container = result.Value.Manifests[0].Document["spec"]!["template"]!["spec"]!["containers"]![0]!;
        return string.Join("\n", result.Value.Manifests.Select(m => Shape(m.Document)));
    }

    private static string Shape(JsonNode? node) => node switch
    {
        JsonObject map => "{" + string.Join(",", map.Select(p => p.Key + ":" + Shape(p.Value))) + "}",
        JsonArray list => "[" + string.Join(",", list.Select(Shape)) + "]",
        null => "null",
        _ => node.GetValueKind().ToString(),
    };
}
