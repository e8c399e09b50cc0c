using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;
using Xunit.Abstractions;

namespace Babyhelm.Tests.Manifests;

/// <summary>Random specs; the seed is printed and can be given again as <c>BABYHELM_TEST_SEED</c>.</summary>
public class ManifestPropertyTests(ITestOutputHelper output)
{
    private const int Count = 300;
    private static readonly ManifestBuilder Builder = new(ManifestTemplates.BuiltIn);

    [Fact]
    public void What_a_user_writes_arrives_byte_for_byte()
    {
        var seed = Seed();
        var specs = new RandomSpecs(seed);
        for (var i = 0; i < Count; i++)
        {
            var spec = specs.Next(i % 3 == 2 ? AppKind.Cron : null);
            var set = Built(ManifestBuilderTests.Context(spec), seed, i);

            // Once more through the readable form: what is shown is what is applied.
            var shown = Yaml.Parse(set.ToYaml(masked: false)).Value;
            Assert.Equal(set.Manifests.Count, shown.Count);
            for (var d = 0; d < shown.Count; d++) Assert.True(JsonNode.DeepEquals(set.Manifests[d].Document, shown[d]), $"seed {seed}, spec {i}");

            var pod = set.Manifests.Select(m => m.Document["spec"]?["template"]?["spec"] ?? m.Document["spec"]?["jobTemplate"]?["spec"]?["template"]?["spec"]).Single(p => p is not null)!;
            var container = pod["containers"]![0]!;
            Assert.Equal(spec.Image, (string?)container["image"]);
            Assert.Equal(spec.Command, Strings(container["command"]));
            Assert.Equal(spec.Args, Strings(container["args"]));
            Assert.Equal(spec.Env.Select(e => e.Name), (container["env"] as JsonArray ?? []).Select(e => (string?)e!["name"]));
            Assert.Equal(spec.Env.Select(e => e.Secret ? null : e.Value), (container["env"] as JsonArray ?? []).Select(e => (string?)e!["value"]));
            Assert.Equal(spec.Volumes.Select(v => v.MountPath), (container["volumeMounts"] as JsonArray ?? []).Select(v => (string?)v!["mountPath"]));
            Assert.Equal(spec.Resources.MemoryLimit, (string?)container["resources"]!["limits"]!["memory"]);
            if (spec.Health?.Command is { } check)
                foreach (var probe in new[] { "readinessProbe", "startupProbe", "livenessProbe" }) Assert.Equal(check, Strings(container[probe]!["exec"]!["command"]));
            Assert.Equal(spec.ShutdownSeconds, (int?)pod["terminationGracePeriodSeconds"]);
            if (spec.Health?.Path is { } path) Assert.Equal(path, (string?)container["readinessProbe"]!["httpGet"]!["path"]);

            var secrets = spec.Env.Where(e => e.Secret).ToDictionary(e => e.Name, e => e.Value!);
            var filled = set.WithSecrets(secrets, RandomSpecs.PullConfig).Value.Manifests.Where(m => m.Identity.Type == ResourceType.Secrets)
                .ToDictionary(m => (string)m.Document["type"]!, m => m.Document["data"]!.AsObject().ToDictionary(d => d.Key, d => Encoding.UTF8.GetString(Convert.FromBase64String((string)d.Value!))));
            Assert.Equal((secrets.Count > 0 ? 1 : 0) + (spec.Registry is null ? 0 : 1), filled.Count);
            if (secrets.Count > 0) Assert.Equal(secrets, filled["Opaque"]);
            if (spec.Registry is not null) Assert.Equal(RandomSpecs.PullConfig, Assert.Single(filled["kubernetes.io/dockerconfigjson"]).Value);
            Assert.Equal(spec.Registry is not null, pod["imagePullSecrets"] is not null);
            foreach (var value in secrets.Values.Where(v => v.Length > 20)) Assert.DoesNotContain(value, set.ToJson());
        }
    }

    private static ManifestSet Built(ApplicationContext context, int seed, int i)
    {
        var result = Builder.BuildApplication(context);
        Assert.True(result.Error is null, $"seed {seed}, spec {i}: {result}");
        return result.Value;
    }

    private static IEnumerable<string?> Strings(JsonNode? list) => (list as JsonArray ?? []).Select(w => (string?)w);

    private int Seed() => Common.Seed.Next(output);
}
