using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Cluster;

/// <summary>Create, patch and scale.</summary>
public sealed class WriteConformance(ClusterTarget target) : ClusterCase(target)
{
    [ClusterFact]
    public async Task What_is_there_already_is_not_created_again()
    {
        Assert.True((await Client.CreateAsync(Objects.ConfigMap(Ns, "settings", ("a", "1")), cancellation: Limit)).Value.Created);
        var refusal = Refusal(await Client.CreateAsync(Objects.ConfigMap(Ns, "settings", ("a", "2")), cancellation: Limit));
        Assert.True(refusal is { Status: 409, IsAlreadyExists: true });
        Assert.Equal("1", (await ReadAsync(ResourceType.ConfigMaps, "settings"))["data"]!["a"]!.GetValue<string>());
    }

    [ClusterFact]
    public async Task Of_many_creations_at_the_same_moment_one_wins()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Client.CreateAsync(Objects.ConfigMap(Ns, "settings", ("a", $"{i}")), cancellation: Limit)));
        var winner = Assert.Single(Enumerable.Range(0, 6), i => answers[i].Error is null);
        Assert.All(answers.Where(a => a.Error is not null), a => Assert.True(Refusal(a).IsAlreadyExists));
        Assert.Equal($"{winner}", (await ReadAsync(ResourceType.ConfigMaps, "settings"))["data"]!["a"]!.GetValue<string>());
    }

    [ClusterFact]
    public async Task A_merge_patch_sets_and_removes_and_leaves_the_rest()
    {
        await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("keep", "1"), ("drop", "1"), ("change", "1")));
        var patched = await Client.PatchAsync(ResourceType.ConfigMaps, Ns, "settings", Objects.Parse("""{"data":{"drop":null,"change":"2","add":"1"} }"""), cancellation: Limit);
        Assert.Equal(["add=1", "change=2", "keep=1"], patched.Value.Object["data"]!.AsObject().Select(d => $"{d.Key}={d.Value}").Order());
        Assert.False(patched.Value.Created);
    }

    [ClusterFact]
    public async Task A_merge_patch_replaces_a_list_as_a_whole()
    {
        await ApplyAsync(Objects.Deployment(Ns, "web", replicas: 0, container: """ "env":[{"name":"A","value":"1"},{"name":"B","value":"2"}], """));
        var patch = Objects.Parse("""{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"demo/hello:2"}] } } } }""");
        var patched = (await Client.PatchAsync(ResourceType.Deployments, Ns, "web", patch, cancellation: Limit)).Value;
        var container = Assert.Single(patched.Object["spec"]!["template"]!["spec"]!["containers"]!.AsArray())!;
        Assert.Equal("demo/hello:2", container["image"]!.GetValue<string>());
        Assert.Null(container["env"]);
    }

    [ClusterFact]
    public async Task A_patch_that_changes_nothing_writes_nothing()
    {
        var first = await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "1")));
        var same = (await Client.PatchAsync(ResourceType.ConfigMaps, Ns, "settings", Objects.Parse("""{"data":{"a":"1","none":null} }"""), cancellation: Limit)).Value;
        Assert.Equal(Objects.Version(first.Object), Objects.Version(same.Object));
    }

    [ClusterFact]
    public async Task A_patch_of_an_older_version_is_a_conflict()
    {
        var first = await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "1")));
        await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "2")));
        var patch = Objects.Parse($$$"""{"metadata":{"resourceVersion":"{{{Objects.Version(first.Object)}}}"},"data":{"a":"3"} }""");
        Assert.True(Refusal(await Client.PatchAsync(ResourceType.ConfigMaps, Ns, "settings", patch, cancellation: Limit)).IsConflict);
    }

    [ClusterFact]
    public async Task A_dry_patch_keeps_nothing()
    {
        await ApplyAsync(Objects.ConfigMap(Ns, "settings", ("a", "1")));
        var would = await Client.PatchAsync(ResourceType.ConfigMaps, Ns, "settings", Objects.Parse("""{"data":{"a":"2"} }"""), dryRun: true, cancellation: Limit);
        Assert.Equal("2", would.Value.Object["data"]!["a"]!.GetValue<string>());
        Assert.Equal("1", (await ReadAsync(ResourceType.ConfigMaps, "settings"))["data"]!["a"]!.GetValue<string>());
    }

    [ClusterFact]
    public async Task Patching_what_is_not_there_is_not_found() =>
        Assert.True(Refusal(await Client.PatchAsync(ResourceType.ConfigMaps, Ns, "none", Objects.Parse("""{"data":{"a":"2"} }"""), cancellation: Limit)).IsNotFound);

    [ClusterFact]
    public async Task An_invalid_patch_names_its_field()
    {
        await ApplyAsync(Objects.Deployment(Ns, "web", replicas: 0));
        var refusal = Refusal(await Client.PatchAsync(ResourceType.Deployments, Ns, "web", Objects.Parse("""{"spec":{"replicas":-1} }"""), cancellation: Limit));
        Assert.Equal("spec.replicas", Assert.Single(refusal.Causes).Field);
    }

    [ClusterFact]
    public async Task Scaling_moves_the_generation_and_the_pods()
    {
        await ApplyAsync(Objects.Deployment(Ns, "web", replicas: 0));
        var scaled = (await Client.PatchAsync(ResourceType.Deployments, Ns, "web", Objects.Parse("""{"spec":{"replicas":2} }"""), "scale", cancellation: Limit)).Value;
        Assert.Equal("Scale", scaled.Object["kind"]!.GetValue<string>());
        Assert.Equal(2, scaled.Object["spec"]!["replicas"]!.GetValue<int>());
        var up = await UntilAsync<Core.Kubernetes.Resources.Deployment>(ResourceType.Deployments, "web", d => d.Status is { ReadyReplicas: 2, Replicas: 2 });
        Assert.Equal((2, 2), (up.Metadata.Generation, up.Status.ObservedGeneration));
        await Client.PatchAsync(ResourceType.Deployments, Ns, "web", Objects.Parse("""{"spec":{"replicas":0} }"""), "scale", cancellation: Limit);
        await UntilAsync<Core.Kubernetes.Resources.Deployment>(ResourceType.Deployments, "web", d => d.Status is { ObservedGeneration: 3, Replicas: 0 });
    }

    [ClusterFact]
    public async Task Scaling_below_zero_is_refused()
    {
        await ApplyAsync(Objects.Deployment(Ns, "web", replicas: 0));
        Assert.True(Refusal(await Client.PatchAsync(ResourceType.Deployments, Ns, "web", Objects.Parse("""{"spec":{"replicas":-1} }"""), "scale", cancellation: Limit)).IsInvalid);
    }
}
