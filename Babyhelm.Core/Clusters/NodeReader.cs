using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Clusters;

/// <summary>Reads the nodes, and what the pods on them ask for: all pods of the cluster, whoever made them.</summary>
internal static class NodeReader
{
    /// <summary>As kubectl counts: a pod that has ended asks for nothing any more.</summary>
    private const string StillAsking = "status.phase!=Succeeded,status.phase!=Failed";

    /// <summary>The nodes by name. Pods that can't be read leave <see cref="NodeAmount.Requested"/> open.</summary>
    public static async Task<Result<NodesReport>> ReadAsync(KubernetesClient client, TimeProvider time, CancellationToken cancellation)
    {
        if ((await client.ListAsync<Node>(ResourceType.Nodes, cancellation: cancellation)).Failed(out var error, out var nodes)) return error;
        var answer = await client.ListAsync<PlacedPod>(ResourceType.Pods, null, null, StillAsking, Slim, metadataOnly: false, cancellation);
        var usage = answer.Ok(out var pods, out var podsError) ? Add(pods.Items) : null;
        return new NodesReport(
            time.GetUtcNow(),
            [.. nodes.Items.OrderBy(n => n.Metadata.Name, StringComparer.Ordinal).Select(n => Read(n, usage?.GetValueOrDefault(n.Metadata.Name, new Usage(0, 0, 0))))],
            usage?.GetValueOrDefault("")?.Pods ?? 0,
            podsError?.Message);
    }

    private sealed record Usage(decimal Cpu, decimal Memory, int Pods);

    /// <summary>Names and labels of thousands of pods need not be kept while the pages come in.</summary>
    private static PlacedPod Slim(PlacedPod pod) => pod with { Metadata = new Metadata() };

    /// <summary>By node; pods without one under the empty name.</summary>
    private static Dictionary<string, Usage> Add(IReadOnlyList<PlacedPod> pods)
    {
        var usage = new Dictionary<string, Usage>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            var node = pod.Spec.NodeName ?? "";
            var before = usage.GetValueOrDefault(node, new Usage(0, 0, 0));
            usage[node] = new Usage(before.Cpu + PodRequests.Of(pod.Spec, "cpu"), before.Memory + PodRequests.Of(pod.Spec, "memory"), before.Pods + 1);
        }
        return usage;
    }

    private static NodeState Read(Node node, Usage? usage)
    {
        var ready = node.Status.Conditions?.FirstOrDefault(c => c.Type == "Ready");
        return new NodeState(
            node.Metadata.Name, ready?.Status == "True", node.Spec.Unschedulable,
            [.. (node.Status.Conditions ?? []).Where(c => c.Type != "Ready" && c.Status == "True").Select(c => c.Type)],
            ready?.Status == "True" ? null : ready?.Message ?? ready?.Reason ?? "The node says nothing of itself.",
            node.Status.NodeInfo.KubeletVersion, node.Status.NodeInfo.OperatingSystem, node.Status.NodeInfo.Architecture, node.Status.NodeInfo.OsImage,
            Amount("cpu", usage?.Cpu), Amount("memory", usage?.Memory), Amount("pods", usage?.Pods));

        NodeAmount Amount(string resource, decimal? requested) =>
            new(PodRequests.Amount(node.Status.Capacity, resource), PodRequests.Amount(node.Status.Allocatable, resource), requested);
    }
}
