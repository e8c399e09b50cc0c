using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Clusters;

/// <summary>What a pod asks of its node, counted as the scheduler does it.</summary>
internal static class PodRequests
{
    /// <param name="resource"><c>cpu</c> (in cores) or <c>memory</c> (in bytes).</param>
    public static decimal Of(PlacedPodSpec pod, string resource)
    {
        // Init containers run one after the other, each beside the sidecars that were started before it.
        var (sidecars, starting) = (0m, 0m);
        foreach (var init in pod.InitContainers ?? [])
        {
            var asked = Amount(init.Resources?.Requests, resource);
            if (init.RestartPolicy == "Always") sidecars += asked;
            starting = Math.Max(starting, init.RestartPolicy == "Always" ? sidecars : sidecars + asked);
        }
        var running = sidecars + (pod.Containers ?? []).Sum(c => Amount(c.Resources?.Requests, resource));
        return Math.Max(starting, running) + Amount(pod.Overhead, resource);
    }

    /// <summary>A missing amount, or one that makes no sense, is none.</summary>
    public static decimal Amount(IReadOnlyDictionary<string, string>? amounts, string resource) =>
        amounts is not null && amounts.TryGetValue(resource, out var text) && Quantity.Parse(text).Ok(out var quantity, out _) ? quantity.Value : 0;
}
