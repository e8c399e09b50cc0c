using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Scaling and restarting on any cluster.</summary>
internal sealed class ClusterScenarios(KubernetesClient client, string ns, CancellationToken cancellation)
{
    /// <summary>A deployment named web whose pods run the image as it is.</summary>
    internal JsonObject Deployment(int? replicas = 1, bool paused = false, string extra = "") => JsonNode.Parse($$$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"{{{ns}}}"},
         "spec":{{{{(replicas is null ? "" : $"\"replicas\":{replicas},")}}}"paused":{{{(paused ? "true" : "false")}}},"selector":{"matchLabels":{"app":"web"}},
                 "template":{"metadata":{"labels":{"app":"web"}},"spec":{"terminationGracePeriodSeconds":1,
                   "containers":[{"name":"main","image":"docker.io/demo/hello:1","imagePullPolicy":"IfNotPresent"{{{extra}}} }]} } } }
        """)!.AsObject();

    internal async Task ScaleAndRestartAsync()
    {
        Assert.Null((await client.ApplyAsync(Deployment(replicas: null), cancellation: cancellation)).Error);
        await UntilAsync(d => d.Status is { AvailableReplicas: 1, UpdatedReplicas: 1 });
        var scaled = await client.ScaleAsync(ResourceType.Deployments, ns, "web", 3, cancellation);
        Assert.Equal((3, true), (scaled.Value.Wanted, scaled.Value.Present is >= 0 and <= 3));
        var before = await UntilAsync(d => d.Status is { AvailableReplicas: 3, Replicas: 3 });
        Assert.Equal(3, before.Spec.Replicas);

        var old = await PodsAsync();
        var restarted = (await client.RestartAsync(ns, "web", cancellation)).Value;
        Assert.NotNull(restarted.Object["spec"]!["template"]!["metadata"]!["annotations"]![Labels.RestartedAt]);
        var after = await UntilAsync(d => d.Metadata.Generation > before.Metadata.Generation && d.Status.ObservedGeneration >= d.Metadata.Generation
            && d.Status is { UpdatedReplicas: 3, AvailableReplicas: 3, Replicas: 3 });
        Assert.Empty((await PodsAsync()).Intersect(old));
        // Applying what was applied before neither takes the restart back nor the scale.
        Assert.Null((await client.ApplyAsync(Deployment(replicas: null), cancellation: cancellation)).Error);
        var applied = (await client.GetAsync<Deployment>(ResourceType.Deployments, ns, "web", cancellation)).Value;
        Assert.Equal((after.Metadata.Generation, 3), (applied.Metadata.Generation, applied.Spec.Replicas));
        // Another restart is another change.
        Assert.Null((await client.RestartAsync(ns, "web", cancellation)).Error);
        Assert.True((await client.GetAsync<Deployment>(ResourceType.Deployments, ns, "web", cancellation)).Value.Metadata.Generation > after.Metadata.Generation);

        Assert.Equal(0, (await client.ScaleAsync(ResourceType.Deployments, ns, "web", 0, cancellation)).Value.Wanted);
        await UntilAsync(d => d.Status.Replicas == 0 && d.Status.ObservedGeneration >= d.Metadata.Generation);
    }

    internal async Task RefusedChangesAsync()
    {
        Assert.True(Assert.IsType<KubernetesError>((await client.ScaleAsync(ResourceType.Deployments, ns, "nosuch", 1, cancellation)).Error).IsNotFound);
        Assert.True(Assert.IsType<KubernetesError>((await client.RestartAsync(ns, "nosuch", cancellation)).Error).IsNotFound);
        Assert.IsType<Invalid>((await client.ScaleAsync(ResourceType.Deployments, ns, "web", -1, cancellation)).Error);
        Assert.IsType<Invalid>((await client.ScaleAsync(ResourceType.Pods, ns, "web", 1, cancellation)).Error);
        Assert.Null((await client.ApplyAsync(Deployment(replicas: 0, paused: true), cancellation: cancellation)).Error);
        Assert.Equal("rollout-paused", Assert.IsType<Conflict>((await client.RestartAsync(ns, "web", cancellation)).Error).Code);
    }

    private async Task<HashSet<string>> PodsAsync() =>
        [.. (await client.ListAsync<Pod>(ResourceType.Pods, ns, "app=web", cancellation: cancellation)).Value.Items.Where(p => p.Metadata.DeletionTimestamp is null).Select(p => p.Metadata.Uid)];

    /// <summary>The first state that fits; fails with the last one when the time is over.</summary>
    private async Task<Deployment> UntilAsync(Func<Deployment, bool> fits)
    {
        for (Deployment? now = null; ;)
        {
            try
            {
                now = (await client.GetAsync<Deployment>(ResourceType.Deployments, ns, "web", cancellation)).Value;
                if (fits(now)) return now;
                await Task.Delay(50, cancellation);
            }
            catch (OperationCanceledException)
            {
                var pods = (await client.ListAsync<Pod>(ResourceType.Pods, ns)).Value.Items.Select(p => $"{p.Metadata.Name} {p.Status.Phase} {p.Status.ContainerStatuses?[0]}");
                var events = (await client.ListAsync<Event>(ResourceType.Events, ns)).Value.Items.Select(e => $"{e.InvolvedObject.Kind} {e.Reason} {e.Message}");
                var sets = (await client.ListAsync<ReplicaSet>(ResourceType.ReplicaSets, ns)).Value.Items.Select(r => $"{r.Metadata.Name} {r.Spec} {r.Status}");
                Assert.Fail($"Not so in time: generation {now?.Metadata.Generation} {now?.Status} {string.Join(", ", now?.Status.Conditions ?? [])}\n{string.Join("\n", [.. sets, .. pods, .. events])}");
            }
        }
    }
}
