using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Cluster;

/// <summary>Several managers of the same object: conflicts, taking over, sharing and giving up fields.</summary>
public sealed class OwnershipConformance(ClusterTarget target) : ClusterCase(target)
{
    [ClusterFact]
    public async Task Without_force_a_field_of_another_is_a_conflict_that_names_both()
    {
        Assert.Null((await ApplyAsAsync("other", Objects.ConfigMap(Ns, "shared", ("z", "theirs")))).Error);
        var refusal = Refusal(await Client.ApplyAsync(Objects.ConfigMap(Ns, "shared", ("z", "ours"), ("a", "1")), force: false, cancellation: Limit));
        Assert.True(refusal is { Status: 409, IsConflict: true });
        var conflict = Assert.Single(refusal.FieldConflicts);
        Assert.Equal(".data.z", conflict.Field);
        Assert.Contains("\"other\"", conflict.Message, StringComparison.Ordinal);
        // Nothing of it was done.
        Assert.Equal("""{"z":"theirs"}""", (await ReadAsync(ResourceType.ConfigMaps, "shared"))["data"]!.ToJsonString());
    }

    [ClusterFact]
    public async Task Every_conflicting_field_is_named()
    {
        Assert.Null((await ApplyAsAsync("other", Objects.ConfigMap(Ns, "shared", ("x", "1"), ("y", "1")))).Error);
        var refusal = Refusal(await Client.ApplyAsync(Objects.ConfigMap(Ns, "shared", ("x", "2"), ("y", "2")), force: false, cancellation: Limit));
        Assert.Equal([".data.x", ".data.y"], refusal.FieldConflicts.Select(c => c.Field).Order());
    }

    [ClusterFact]
    public async Task The_same_value_is_no_conflict()
    {
        Assert.Null((await ApplyAsAsync("other", Objects.ConfigMap(Ns, "shared", ("z", "same")))).Error);
        await ApplyAsync(Objects.ConfigMap(Ns, "shared", ("z", "same")), force: false);
    }

    [ClusterFact]
    public async Task A_field_of_two_managers_stays_until_both_have_left_it_out()
    {
        Assert.Null((await ApplyAsAsync("other", Objects.ConfigMap(Ns, "shared", ("z", "same")))).Error);
        await ApplyAsync(Objects.ConfigMap(Ns, "shared", ("z", "same"), ("a", "1")));
        var ours = await ApplyAsync(Objects.ConfigMap(Ns, "shared", ("a", "1")));
        Assert.Equal("same", ours.Object["data"]!["z"]!.GetValue<string>());
        var theirs = (await ApplyAsAsync("other", Objects.ConfigMap(Ns, "shared"))).Value;
        Assert.Equal("""{"a":"1"}""", theirs["data"]!.ToJsonString());
    }

    [ClusterFact]
    public async Task With_force_the_field_is_taken_over_and_the_other_one_conflicts_from_then_on()
    {
        Assert.Null((await ApplyAsAsync("other", Objects.ConfigMap(Ns, "shared", ("z", "theirs")))).Error);
        var taken = await ApplyAsync(Objects.ConfigMap(Ns, "shared", ("z", "ours")));
        Assert.Equal("ours", taken.Object["data"]!["z"]!.GetValue<string>());
        var refusal = Refusal(await ApplyAsAsync("other", Objects.ConfigMap(Ns, "shared", ("z", "theirs"))));
        Assert.Contains("\"babyhelm\"", Assert.Single(refusal.FieldConflicts).Message, StringComparison.Ordinal);
    }

    [ClusterFact]
    public async Task A_plain_update_takes_ownership_and_conflicts_with_the_next_apply()
    {
        await ApplyAsync(Objects.ConfigMap(Ns, "shared", ("a", "1")));
        await Client.PatchAsync(ResourceType.ConfigMaps, Ns, "shared", Objects.Parse("""{"data":{"a":"theirs","z":"theirs"} }"""), cancellation: Limit);
        var refusal = Refusal(await Client.ApplyAsync(Objects.ConfigMap(Ns, "shared", ("a", "1"), ("z", "ours")), force: false, cancellation: Limit));
        Assert.Equal([".data.a", ".data.z"], refusal.FieldConflicts.Select(c => c.Field).Order());
        Assert.Equal("1", (await ApplyAsync(Objects.ConfigMap(Ns, "shared", ("a", "1")))).Object["data"]!["a"]!.GetValue<string>());
    }

    [ClusterFact]
    public async Task What_is_applied_is_written_down_as_owned()
    {
        await ApplyAsync(Objects.ConfigMap(Ns, "shared", ("a", "1")));
        await ApplyAsAsync("other", Objects.ConfigMap(Ns, "shared", ("b", "2")));
        var managed = (await ReadAsync(ResourceType.ConfigMaps, "shared"))["metadata"]!["managedFields"]!.AsArray();
        Assert.Equal(["babyhelm Apply f:a", "other Apply f:b"],
            managed.Select(m => $"{m!["manager"]} {m["operation"]} {string.Join(',', m["fieldsV1"]!["f:data"]!.AsObject().Select(f => f.Key).Where(k => k != "."))}").Order());
    }

    [ClusterFact(Since = "1.22", Because = "Before 1.22 the scale subresource does not write down who owns the replicas.")]
    public async Task Scaling_takes_the_replicas_and_an_apply_that_states_them_conflicts()
    {
        await ApplyAsync(Objects.Deployment(Ns, "web", replicas: 0));
        Assert.Null((await RawAsync(HttpMethod.Patch, $"{ResourceType.Deployments.Path(Ns, "web")}/scale?fieldManager=autoscaler",
            Objects.Parse("""{"spec":{"replicas":1} }"""), "application/merge-patch+json")).Error);
        var refusal = Refusal(await Client.ApplyAsync(Objects.Deployment(Ns, "web", replicas: 0), force: false, cancellation: Limit));
        Assert.Equal(".spec.replicas", Assert.Single(refusal.FieldConflicts).Field);
    }

    [ClusterFact]
    public async Task A_merge_of_both_kinds_of_field_keeps_each_ones_own()
    {
        Assert.Null((await ApplyAsAsync("other", Objects.ConfigMap(Ns, "shared", ("theirs", "1")))).Error);
        await ApplyAsync(Objects.ConfigMap(Ns, "shared", ("ours", "1")));
        var left = await ApplyAsync(Objects.ConfigMap(Ns, "shared"));
        Assert.Equal("""{"theirs":"1"}""", (left.Object["data"] as JsonObject)!.ToJsonString());
    }
}
