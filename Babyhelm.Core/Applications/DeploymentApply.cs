using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Applies deployments. Kubernetes 1.20 can't take a health check away by an apply, nor change its kind: what the server had
/// filled in stays, and such remains are invalid. Where the apply of a deployment that exists is refused as invalid, its spec is
/// replaced whole; what is still invalid then is so by itself.
/// </summary>
internal static class DeploymentApply
{
    /// <param name="manifest">Of any kind; others than deployments are just applied.</param>
    public static async Task<Result<Written>> ApplyAsync(KubernetesClient cluster, Manifest manifest, CancellationToken cancellation)
    {
        var (identity, document) = manifest;
        var applied = await cluster.ApplyAsync(document, cancellation: cancellation);
        if (identity.Type != ResourceType.Deployments) return applied;
        if (applied.Error is KubernetesError { IsInvalid: true })
        {
            if ((await cluster.GetAsync(identity.Type, identity.Namespace, identity.Name, cancellation)).Failed(out var error, out var live))
                return error is KubernetesError { IsNotFound: true } ? applied : error;
            var spec = document["spec"]!.DeepClone();
            // An autoscaler decides where the manifest does not.
            if (spec["replicas"] is null && live["spec"]?["replicas"] is { } replicas) spec["replicas"] = replicas.DeepClone();
            live["spec"] = spec;
            if ((await cluster.ReplaceAsync(live, cancellation)).Failed(out error, out _)) return error;
            applied = await cluster.ApplyAsync(document, cancellation: cancellation);
        }
        return applied.Ok(out var written, out _) ? await DisownAsync(cluster, identity, written, cancellation) : applied;
    }

    /// <summary>What an update wrote is owned by the update too, and no later apply would take it away: applies alone shall own fields.</summary>
    private static async Task<Result<Written>> DisownAsync(KubernetesClient cluster, ManifestIdentity identity, Written written, CancellationToken cancellation)
    {
        if (written.Object["metadata"] is not JsonObject metadata || metadata["managedFields"] is not JsonArray owners) return written;
        var kept = owners.Where(o => !IsUpdate(o)).Select(o => o!.DeepClone()).ToArray();
        if (kept.Length == owners.Count) return written;
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = metadata["resourceVersion"]?.DeepClone(), ["managedFields"] = new JsonArray(kept) },
        };
        return (await cluster.PatchAsync(identity.Type, identity.Namespace, identity.Name, patch, cancellation: cancellation)).Error is { } error ? error : written;
    }

    private static bool IsUpdate(JsonNode? owner) => owner is JsonObject fields && fields["subresource"] is null
        && fields["manager"]?.GetValue<string>() == KubernetesClient.FieldManager && fields["operation"]?.GetValue<string>() == "Update";
}
