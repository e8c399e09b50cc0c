using System.Text.Json.Nodes;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Cluster;

/// <summary>Deployments become what their release says, whatever the release before said; which an apply alone does not do on every cluster.</summary>
public sealed class DeploymentConformance(ClusterTarget target) : ClusterCase(target)
{
    private const string Page = """ "readinessProbe":{"httpGet":{"path":"/","port":8080},"periodSeconds":3},"livenessProbe":{"httpGet":{"path":"/","port":8080} }, """;
    private const string Port = """ "readinessProbe":{"tcpSocket":{"port":8080},"periodSeconds":3},"livenessProbe":{"tcpSocket":{"port":8080} }, """;

    [ClusterFact]
    public async Task A_health_check_changes_its_kind_and_goes()
    {
        await ReleaseAsync(1, Page, "A");
        Assert.Null((await Client.ScaleAsync(ResourceType.Deployments, Ns, "web", 0, Limit)).Error);
        await ReleaseAsync(2, Port, "A", "B");
        var container = await ContainerAsync();
        Assert.Equal(["tcpSocket", "tcpSocket"], new[] { "readinessProbe", "livenessProbe" }.Select(p => Handler(container[p]!)));
        await ReleaseAsync(3, "", "A");
        container = await ContainerAsync();
        Assert.Null(container["readinessProbe"] ?? container["livenessProbe"]);
        // What came with the change that an apply could not make goes like anything else.
        Assert.Equal(["A"], Objects.Names(container["env"]));
        await ReleaseAsync(4, Page, "A");
        Assert.Equal("httpGet", Handler((await ContainerAsync())["readinessProbe"]!));
    }

    [ClusterFact]
    public async Task What_is_invalid_by_itself_is_refused_and_changes_nothing()
    {
        await ReleaseAsync(1, Page, "A");
        foreach (var name in new[] { "web", "new" })
        {
            var broken = Manifest(name, 2, """ "readinessProbe":{"httpGet":{"path":"/","port":70000} }, """, "A");
            Assert.True(Refusal(await DeploymentApply.ApplyAsync(Client, broken, Limit)).IsInvalid);
        }
        Assert.Equal(1, (await ReadAsync(ResourceType.Deployments, "web"))["metadata"]!["generation"]!.GetValue<int>());
        Assert.True(Refusal(await Client.GetAsync(ResourceType.Deployments, Ns, "new", Limit)).IsNotFound);
    }

    /// <summary>Each is one change, leaves the replicas alone, and is owned by applies alone.</summary>
    private async Task ReleaseAsync(int release, string probes, params string[] env)
    {
        var generation = release == 1 ? 0 : (await ReadAsync(ResourceType.Deployments, "web"))["metadata"]!["generation"]!.GetValue<int>();
        var applied = await DeploymentApply.ApplyAsync(Client, Manifest("web", release, probes, env), Limit);
        Assert.True(applied.Error is null, applied.Error?.Message);
        var now = await ReadAsync(ResourceType.Deployments, "web");
        Assert.Equal((generation + 1, release == 1 ? 1 : 0), (now["metadata"]!["generation"]!.GetValue<int>(), now["spec"]!["replicas"]!.GetValue<int>()));
        Assert.DoesNotContain(now["metadata"]!["managedFields"]!.AsArray(), o => o!["subresource"] is null
            && o["manager"]!.GetValue<string>() == KubernetesClient.FieldManager && o["operation"]!.GetValue<string>() == "Update");
    }

    private Manifest Manifest(string name, int release, string probes, params string[] env)
    {
        var variables = new JsonArray([.. env.Select(e => new JsonObject { ["name"] = e, ["value"] = $"{release}" })]);
        var document = Objects.Deployment(Ns, name, $"demo/hello:{1 + release % 3}", replicas: null, container: $""" {probes} "env":{variables.ToJsonString()}, """);
        return new(new ManifestIdentity(ResourceType.Deployments, Ns, name), document);
    }

    private async Task<JsonNode> ContainerAsync() => (await ReadAsync(ResourceType.Deployments, "web"))["spec"]!["template"]!["spec"]!["containers"]![0]!;

    private static string Handler(JsonNode probe) => Assert.Single(probe.AsObject(), f => f.Value is JsonObject).Key;
}
