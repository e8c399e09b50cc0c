using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Cluster;

/// <summary>Namespaces: their end, and the rules for what runs in them.</summary>
public sealed class NamespaceConformance(ClusterTarget target) : ClusterCase(target)
{
    private const string Hold = "conformance.babyhelm.dev/hold";

    [ClusterFact]
    public async Task A_deleted_namespace_takes_everything_along_and_its_name_is_free_again()
    {
        var ns = await Target.NewNamespaceAsync(Limit);
        await ApplyAsync(Objects.ConfigMap(ns, "settings", ("a", "1")));
        await ApplyAsync(Objects.Deployment(ns, "web"));
        await Waiting.UntilAsync<Deployment>(Client, ResourceType.Deployments, ns, "web", d => d.Status.ReadyReplicas == 1, Limit);
        await Target.DeleteNamespaceAsync(ns);
        await Waiting.GoneAsync(Client, ResourceType.Namespaces, null, ns, Limit);
        Assert.Empty((await Client.ListAsync<Pod>(ResourceType.Pods, ns, cancellation: Limit)).Value.Items);
        Assert.True((await ApplyAsync(Objects.Namespace(ns))).Created);
        Assert.True(Refusal(await Client.GetAsync(ResourceType.ConfigMaps, ns, "settings", Limit)).IsNotFound);
        await Target.DeleteNamespaceAsync(ns);
    }

    [ClusterFact]
    public async Task A_pending_finalizer_keeps_the_namespace_and_the_conditions_say_which()
    {
        var ns = await Target.NewNamespaceAsync(Limit);
        await ApplyAsync(Objects.ConfigMap(ns, "held"));
        await Client.PatchAsync(ResourceType.ConfigMaps, ns, "held", Finalizers(Hold), cancellation: Limit);
        try
        {
            await Target.DeleteNamespaceAsync(ns);
            var waiting = await Waiting.UntilAsync<Namespace>(Client, ResourceType.Namespaces, null, ns,
                n => n.Status.Phase == "Terminating" && n.Status.Conditions?.Any(c => c is { Type: "NamespaceFinalizersRemaining", Status: "True" }) == true, Limit);
            Assert.Contains(Hold, waiting.Status.Conditions!.First(c => c.Type == "NamespaceFinalizersRemaining").Message, StringComparison.Ordinal);
            Assert.Contains("configmaps", waiting.Status.Conditions!.First(c => c.Type == "NamespaceContentRemaining").Message, StringComparison.Ordinal);

            var refusal = Refusal(await Client.ApplyAsync(Objects.ConfigMap(ns, "late"), cancellation: Limit));
            Assert.True(refusal is { IsForbidden: true, IsNamespaceTerminating: true }, refusal.ToString());
            // Deleting again changes nothing.
            Assert.True((await Client.DeleteAsync(ResourceType.Namespaces, null, ns, cancellation: Limit)) is { Error: null or KubernetesError { IsConflict: true } });
        }
        finally
        {
            await Client.PatchAsync(ResourceType.ConfigMaps, ns, "held", Finalizers(), cancellation: CancellationToken.None);
        }
        await Waiting.GoneAsync(Client, ResourceType.Namespaces, null, ns, Limit);
    }

    [ClusterFact]
    public async Task A_pod_beyond_the_quota_is_refused_with_its_numbers()
    {
        await QuotaAsync("limits.memory", "64Mi");
        var refusal = Refusal(await Client.CreateAsync(Objects.Pod(Ns, "big", container: Limits("128Mi")), cancellation: Limit));
        Assert.True(refusal.IsForbidden);
        Assert.Contains("exceeded quota: rules", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("limits.memory=128Mi", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("limited: limits.memory=64Mi", refusal.Message, StringComparison.Ordinal);
    }

    [ClusterFact]
    public async Task A_pod_that_does_not_state_what_the_quota_counts_is_refused()
    {
        await QuotaAsync("limits.memory", "64Mi");
        var refusal = Refusal(await Client.CreateAsync(Objects.Pod(Ns, "unstated"), cancellation: Limit));
        Assert.True(refusal.IsForbidden);
        Assert.Contains("must specify limits.memory", refusal.Message, StringComparison.Ordinal);
    }

    [ClusterFact]
    public async Task The_quota_counts_what_is_used_and_what_goes()
    {
        await QuotaAsync("limits.memory", "64Mi");
        Assert.Null((await Client.CreateAsync(Objects.Pod(Ns, "one", container: Limits("40Mi")), cancellation: Limit)).Error);
        await UntilAsync<ResourceQuota>(ResourceType.ResourceQuotas, "rules", q => q.Status.Used?.GetValueOrDefault("limits.memory") == "40Mi");
        Assert.Contains("used: limits.memory=40Mi", Refusal(await Client.CreateAsync(Objects.Pod(Ns, "two", container: Limits("40Mi")), cancellation: Limit)).Message, StringComparison.Ordinal);
        await Client.DeleteAsync(ResourceType.Pods, Ns, "one", gracePeriod: TimeSpan.Zero, cancellation: Limit);
        await UntilAsync<ResourceQuota>(ResourceType.ResourceQuotas, "rules", q => q.Status.Used?.GetValueOrDefault("limits.memory") == "0");
        Assert.Null((await Client.CreateAsync(Objects.Pod(Ns, "two", container: Limits("40Mi")), cancellation: Limit)).Error);
    }

    [ClusterFact]
    public async Task A_limit_range_fills_in_what_a_container_leaves_out()
    {
        await LimitRangeAsync();
        var pod = (await Client.CreateAsync(Objects.Pod(Ns, "plain"), cancellation: Limit)).Value;
        var resources = pod.Object["spec"]!["containers"]![0]!["resources"]!;
        Assert.Equal("96Mi", resources["limits"]!["memory"]!.GetValue<string>());
        Assert.Equal("48Mi", resources["requests"]!["memory"]!.GetValue<string>());
        Assert.Equal("50m", resources["requests"]!["cpu"]!.GetValue<string>());
        var stated = (await Client.CreateAsync(Objects.Pod(Ns, "stated", container: Limits("80Mi")), cancellation: Limit)).Value;
        Assert.Equal("80Mi", stated.Object["spec"]!["containers"]![0]!["resources"]!["limits"]!["memory"]!.GetValue<string>());
    }

    [ClusterFact]
    public async Task A_container_above_the_limit_range_is_refused()
    {
        await LimitRangeAsync();
        var refusal = Refusal(await Client.CreateAsync(Objects.Pod(Ns, "big", container: Limits("256Mi")), cancellation: Limit));
        Assert.True(refusal.IsForbidden);
        Assert.Contains("maximum memory usage per Container is 128Mi, but limit is 256Mi", refusal.Message, StringComparison.Ordinal);
    }

    [ClusterTheory(Since = "1.23", Because = "Pod Security admission came with 1.23.")]
    [Row("privileged", "privileged", "", """ "securityContext":{"privileged":true}, """)]
    [Row("host network", "host namespaces", """ "hostNetwork":true, """, "")]
    [Row("host path", "hostPath volumes", """ "volumes":[{"name":"h","hostPath":{"path":"/etc"} }], """, "")]
    public async Task The_baseline_security_level_refuses(string what, string says, string spec, string container)
    {
        var ns = await Target.NewNamespaceAsync(Limit, ("pod-security.kubernetes.io/enforce", "baseline"));
        var refusal = Refusal(await Client.CreateAsync(Objects.Pod(ns, "bad", spec: spec, container: container), cancellation: Limit));
        Assert.True(refusal.IsForbidden && refusal.Message.Contains("violates PodSecurity \"baseline", StringComparison.Ordinal), $"{what}: {refusal}");
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.Null((await Client.CreateAsync(Objects.Pod(ns, "good"), cancellation: Limit)).Error);
        await Target.DeleteNamespaceAsync(ns);
    }

    /// <summary>A quota holds from the moment on that its controller has counted.</summary>
    private async Task QuotaAsync(string what, string hard)
    {
        await ApplyAsync(Objects.Parse($$$"""{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"rules","namespace":"{{{Ns}}}"},"spec":{"hard":{"{{{what}}}":"{{{hard}}}"} } }"""));
        await UntilAsync<ResourceQuota>(ResourceType.ResourceQuotas, "rules", q => q.Status.Hard?.ContainsKey(what) == true);
    }

    private Task LimitRangeAsync() => ApplyAsync(Objects.Parse($$$"""
        {"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"rules","namespace":"{{{Ns}}}"},
         "spec":{"limits":[{"type":"Container","default":{"memory":"96Mi"},"defaultRequest":{"cpu":"50m","memory":"48Mi"},"max":{"memory":"128Mi"} }] } }
        """));

    private static string Limits(string memory) => $$$""" "resources":{"requests":{"memory":"16Mi"},"limits":{"memory":"{{{memory}}}"} }, """;

    private static JsonObject Finalizers(params string[] finalizers) =>
        new() { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray([.. finalizers.Select(f => (JsonNode)f)]) } };
}
