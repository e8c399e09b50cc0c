using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Cluster;

/// <summary>What the cluster says of itself and of the user.</summary>
public sealed class AccessConformance(ClusterTarget target) : ClusterCase(target)
{
    [ClusterFact]
    public async Task The_version_is_told()
    {
        var version = (await Client.VersionAsync(Limit)).Value;
        Assert.Equal("1", version.Major);
        Assert.True(int.Parse(version.Minor.TrimEnd('+')) >= 20, version.ToString());
        Assert.StartsWith($"v1.{version.Minor.TrimEnd('+')}.", version.GitVersion, StringComparison.Ordinal);
    }

    [ClusterFact]
    public async Task What_is_served_is_told_with_its_verbs()
    {
        var apis = (await Client.DiscoverAsync(Limit)).Value;
        Assert.Empty(apis.Unanswered);
        Assert.Superset(new HashSet<string> { "v1", "apps/v1", "batch/v1", "networking.k8s.io/v1" }, apis.GroupVersions.ToHashSet());
        var deployments = Assert.Single(apis.Resources, r => r is { GroupVersion: "apps/v1", Plural: "deployments" });
        Assert.True(deployments is { Kind: "Deployment", Namespaced: true });
        Assert.Superset(new HashSet<string> { "get", "list", "watch", "create", "patch", "delete" }, deployments.Verbs.ToHashSet());
        Assert.False(Assert.Single(apis.Resources, r => r is { GroupVersion: "v1", Plural: "nodes" }).Namespaced);
        Assert.False(apis.Serves(new ResourceType("nosuch.babyhelm.dev", "v1", "things", "Thing")));
        Assert.DoesNotContain(apis.Resources, r => r.Plural.Contains('/'));
    }

    [ClusterTheory]
    [Row("namespaces")]
    [Row("pods")]
    [Row("events")]
    [Row("services")]
    [Row("secrets")]
    [Row("configmaps")]
    [Row("serviceaccounts")]
    [Row("resourcequotas")]
    [Row("limitranges")]
    [Row("persistentvolumeclaims")]
    [Row("nodes")]
    [Row("deployments")]
    [Row("replicasets")]
    [Row("jobs")]
    [Row("ingresses")]
    [Row("networkpolicies")]
    [Row("cronjobs", Since = "1.21", Because = "batch/v1 has cron jobs from 1.21 on.")]
    [Row("horizontalpodautoscalers", Since = "1.23", Because = "autoscaling/v2 came with 1.23; without it, autoscaling is off.")]
    public async Task Every_type_that_Babyhelm_uses_is_served_and_can_be_listed(string plural)
    {
        var type = ResourceType.All.Single(t => t.Plural == plural);
        Assert.True((await Client.DiscoverAsync(Limit)).Value.Serves(type));
        var listed = await Client.ListAsync<JsonObject>(type, type.Namespaced ? Ns : null, cancellation: Limit);
        Assert.True(listed.Error is null, listed.Error?.Message);
        Assert.NotEmpty(listed.Value.ResourceVersion);
    }

    [ClusterTheory]
    [Row("get", "deployments", null)]
    [Row("list", "pods", null)]
    [Row("watch", "events", null)]
    [Row("patch", "deployments", "scale")]
    [Row("get", "pods", "log")]
    [Row("create", "namespaces", null)]
    [Row("delete", "secrets", null)]
    public async Task The_user_may_what_Babyhelm_does(string verb, string plural, string? subresource)
    {
        var type = ResourceType.All.Single(t => t.Plural == plural);
        var answer = (await Client.CanIAsync(verb, type, type.Namespaced ? Ns : null, subresource, cancellation: Limit)).Value;
        Assert.True(answer.Allowed, answer.Reason);
    }

    [ClusterFact(NotOn = TargetKind.Sandbox, Because = "The sandbox has one user, who may do everything, and no impersonation.")]
    public async Task A_user_without_rights_is_told_so()
    {
        using var nobody = new KubernetesClient(Target.ForUser("conformance-nobody"));
        Assert.False((await nobody.CanIAsync("delete", ResourceType.Secrets, Ns, cancellation: Limit)).Value.Allowed);
        var refusal = Refusal(await nobody.ListAsync<JsonObject>(ResourceType.Secrets, Ns, cancellation: Limit));
        Assert.True(refusal is { Status: 403, IsForbidden: true });
        Assert.Contains("conformance-nobody", refusal.Message, StringComparison.Ordinal);
    }

    [ClusterFact]
    public async Task Wrong_credentials_are_refused_as_such()
    {
        using var stranger = new KubernetesClient(Target.ForToken("not-a-token"));
        var refusal = Refusal(await stranger.ListAsync<JsonObject>(ResourceType.Pods, Ns, cancellation: Limit));
        Assert.True(refusal.Status is 401, refusal.ToString());
    }
}
