using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Cluster;

/// <summary>Deleting: dependents, preconditions, finalizers, grace, and whole namespaces.</summary>
public sealed class DeleteConformance(ClusterTarget target) : ClusterCase(target)
{
    [ClusterFact]
    public async Task What_is_not_there_is_as_good_as_deleted()
    {
        await ApplyAsync(Objects.ConfigMap(Ns, "settings"));
        Assert.True((await Client.DeleteAsync(ResourceType.ConfigMaps, Ns, "settings", cancellation: Limit)).Value.Found);
        Assert.False((await Client.DeleteAsync(ResourceType.ConfigMaps, Ns, "settings", cancellation: Limit)).Value.Found);
    }

    [ClusterFact]
    public async Task Another_object_of_the_same_name_is_not_deleted_for_the_one_that_was_meant()
    {
        var first = await ApplyAsync(Objects.ConfigMap(Ns, "settings"));
        var uid = first.Object["metadata"]!["uid"]!.GetValue<string>();
        await Client.DeleteAsync(ResourceType.ConfigMaps, Ns, "settings", uid: uid, cancellation: Limit);
        var second = await ApplyAsync(Objects.ConfigMap(Ns, "settings"));
        Assert.True(second.Created);
        Assert.True(Refusal(await Client.DeleteAsync(ResourceType.ConfigMaps, Ns, "settings", uid: uid, cancellation: Limit)).IsConflict);
        Assert.NotEqual(uid, (await ReadAsync(ResourceType.ConfigMaps, "settings"))["metadata"]!["uid"]!.GetValue<string>());
    }

    [ClusterFact]
    public async Task In_the_background_dependents_go_after_their_owner()
    {
        await RunningAsync();
        await Client.DeleteAsync(ResourceType.Deployments, Ns, "web", DeletionPropagation.Background, cancellation: Limit);
        Assert.True(Refusal(await Client.GetAsync(ResourceType.Deployments, Ns, "web", Limit)).IsNotFound);
        await EmptyAsync(ResourceType.ReplicaSets);
        await EmptyAsync(ResourceType.Pods);
    }

    [ClusterFact]
    public async Task In_the_foreground_the_owner_goes_last()
    {
        await RunningAsync();
        // A pod that does not go yet holds up its replica set, and that the deployment.
        var pod = Assert.Single(await ListAsync<Pod>(ResourceType.Pods));
        await FinalizeAsync(ResourceType.Pods, pod.Metadata.Name, "conformance.babyhelm.dev/hold");
        await Client.DeleteAsync(ResourceType.Deployments, Ns, "web", DeletionPropagation.Foreground, cancellation: Limit);
        var waiting = await UntilAsync<Deployment>(ResourceType.Deployments, "web", d => d.Metadata.DeletionTimestamp is not null);
        Assert.Contains("foregroundDeletion", waiting.Metadata.Finalizers!);
        await UntilAsync<Pod>(ResourceType.Pods, pod.Metadata.Name, p => p.Metadata.DeletionTimestamp is not null);
        Assert.Null((await Client.GetAsync(ResourceType.Deployments, Ns, "web", Limit)).Error);
        await FinalizeAsync(ResourceType.Pods, pod.Metadata.Name);
        await Waiting.GoneAsync(Client, ResourceType.Deployments, Ns, "web", Limit);
        Assert.Empty(await ListAsync<ReplicaSet>(ResourceType.ReplicaSets));
        Assert.Empty(await ListAsync<Pod>(ResourceType.Pods));
    }

    [ClusterFact]
    public async Task Orphans_stay_and_have_no_owner_any_more()
    {
        await RunningAsync();
        await Client.DeleteAsync(ResourceType.Deployments, Ns, "web", DeletionPropagation.Orphan, cancellation: Limit);
        await Waiting.GoneAsync(Client, ResourceType.Deployments, Ns, "web", Limit);
        var set = Assert.Single(await ListAsync<ReplicaSet>(ResourceType.ReplicaSets));
        Assert.Empty(set.Metadata.OwnerReferences ?? []);
        Assert.Single(await ListAsync<Pod>(ResourceType.Pods), p => p.Metadata.DeletionTimestamp is null);
    }

    [ClusterFact]
    public async Task A_finalizer_keeps_the_object_until_it_is_taken_away()
    {
        await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "1")));
        await FinalizeAsync(ResourceType.ConfigMaps, "settings", "conformance.babyhelm.dev/hold");
        Assert.True((await Client.DeleteAsync(ResourceType.ConfigMaps, Ns, "settings", cancellation: Limit)).Value.Found);
        Assert.NotNull((await ReadAsync(ResourceType.ConfigMaps, "settings"))["metadata"]!["deletionTimestamp"]);
        // What is being deleted can still be changed, but not kept.
        Assert.Equal("2", (await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "2")))).Object["data"]!["a"]!.GetValue<string>());
        await FinalizeAsync(ResourceType.ConfigMaps, "settings");
        await Waiting.GoneAsync(Client, ResourceType.ConfigMaps, Ns, "settings", Limit);
    }

    [ClusterFact]
    public async Task A_running_pod_is_marked_first_and_goes_when_its_container_has_ended()
    {
        await ApplyAsync(Objects.Pod(Ns, "one"));
        var running = await UntilAsync<Pod>(ResourceType.Pods, "one", p => p.Status.Phase == "Running");
        await Client.DeleteAsync(ResourceType.Pods, Ns, "one", cancellation: Limit);
        // From the version before, so that no state in between is missed.
        var marked = false;
        await foreach (var e in Client.WatchAsync<Pod>(ResourceType.Pods, new() { Namespace = Ns, ResourceVersion = running.Metadata.ResourceVersion }, Limit))
        {
            if (e.Kind is WatchEventKind.Deleted or WatchEventKind.Error) break;
            marked |= e is { Kind: WatchEventKind.Modified, Object.Metadata.DeletionTimestamp: not null };
        }
        Assert.True(marked);
        await Waiting.GoneAsync(Client, ResourceType.Pods, Ns, "one", Limit);
    }

    [ClusterFact]
    public async Task Without_grace_a_pod_is_gone_at_once()
    {
        await ApplyAsync(Objects.Pod(Ns, "one"));
        await UntilAsync<Pod>(ResourceType.Pods, "one", p => p.Status.Phase == "Running");
        await Client.DeleteAsync(ResourceType.Pods, Ns, "one", gracePeriod: TimeSpan.Zero, cancellation: Limit);
        Assert.True(Refusal(await Client.GetAsync(ResourceType.Pods, Ns, "one", Limit)).IsNotFound);
    }

    [ClusterFact]
    public async Task A_pod_of_a_replica_set_is_replaced()
    {
        await RunningAsync();
        var pod = Assert.Single(await ListAsync<Pod>(ResourceType.Pods));
        await Client.DeleteAsync(ResourceType.Pods, Ns, pod.Metadata.Name, cancellation: Limit);
        await Waiting.AnyAsync<Pod>(Client, ResourceType.Pods, Ns, "app=web", p => p.Metadata.Uid != pod.Metadata.Uid && p.Status.Phase == "Running", Limit);
    }

    private async Task RunningAsync()
    {
        await ApplyAsync(Objects.Deployment(Ns, "web"));
        await UntilAsync<Deployment>(ResourceType.Deployments, "web", d => d.Status.ReadyReplicas == 1);
    }

    private async Task<IReadOnlyList<T>> ListAsync<T>(ResourceType type) where T : class => (await Client.ListAsync<T>(type, Ns, cancellation: Limit)).Value.Items;

    private async Task EmptyAsync(ResourceType type)
    {
        foreach (var left in await ListAsync<JsonObject>(type))
            await Waiting.GoneAsync(Client, type, Ns, left["metadata"]!["name"]!.GetValue<string>(), Limit);
    }

    private async Task FinalizeAsync(ResourceType type, string name, params string[] finalizers)
    {
        var list = new JsonArray([.. finalizers.Select(f => (JsonNode)f)]);
        var patched = await Client.PatchAsync(type, Ns, name, new() { ["metadata"] = new JsonObject { ["finalizers"] = list } }, cancellation: Limit);
        Assert.True(patched.Error is null, patched.Error?.Message);
    }
}
