using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Applies manifests, past what an apply alone can't do. Kubernetes 1.20 can't take a health check away by an apply, nor change its kind: what the server had
/// filled in stays, and such remains are invalid. Where the apply of a deployment that exists is refused as invalid, its spec is
/// replaced whole; what is still invalid then is so by itself.
/// </summary>
internal static class DeploymentApply
{
    private const int MaxAttempts = 10;
    private const string FreshSuffix = "-babyhelm-check";

    /// <param name="manifest">Of any kind; most are just applied.</param>
    public static async Task<Result<Written>> ApplyAsync(KubernetesClient cluster, Manifest manifest, CancellationToken cancellation)
    {
        var (identity, document) = manifest;
        var applied = await cluster.ApplyAsync(document, cancellation: cancellation);
        if (identity.Type == ResourceType.Services && applied.Error is KubernetesError { IsInvalid: true }) return await RemakeAsync(cluster, manifest, applied, cancellation);
        if (identity.Type == ResourceType.PersistentVolumeClaims && applied.Error is KubernetesError { IsInvalid: true }) return await KeepSizeAsync(cluster, manifest, applied, cancellation);
        if (identity.Type != ResourceType.Deployments) return applied;
        if (applied.Error is KubernetesError { IsInvalid: true })
        {
            var replaced = await ChangeAsync(identity, cluster, live => cluster.ReplaceAsync(WithSpec(live, document["spec"]!.DeepClone()), cancellation), null, cancellation);
            if (replaced.Error is not null) return replaced.Error is KubernetesError { IsNotFound: true } ? applied : replaced;
            applied = await cluster.ApplyAsync(document, cancellation: cancellation);
        }
        // What an update wrote, the update owns too, and no later apply would take it away: applies alone shall own fields.
        if (applied.Failed(out var error, out var written) || Owners(written.Object).All(o => !IsUpdate(o))) return applied;
        return (await ChangeAsync(identity, cluster, live => cluster.PatchAsync(identity.Type, identity.Namespace, identity.Name, Disowned(live), cancellation: cancellation),
            written.Object, cancellation)).Failed(out error, out _) ? error : written;
    }

    /// <summary>A claim that has grown stays as large as it is.</summary>
    private static async Task<Result<Written>> KeepSizeAsync(KubernetesClient cluster, Manifest claim, Result<Written> refused, CancellationToken cancellation)
    {
        var (type, ns, name) = claim.Identity;
        if ((await cluster.GetAsync(type, ns, name, cancellation)).Failed(out var error, out var live)) return error is KubernetesError { IsNotFound: true } ? refused : error;
        var fitted = VolumeSizes.Fit(claim, live);
        return ReferenceEquals(fitted, claim) ? refused : await cluster.ApplyAsync(fitted.Document, cancellation: cancellation);
    }

    /// <summary>The class of a load balancer is fixed for a service's life: where a new one would be taken, the old one goes first.</summary>
    private static async Task<Result<Written>> RemakeAsync(KubernetesClient cluster, Manifest manifest, Result<Written> refused, CancellationToken cancellation)
    {
        var (type, ns, name) = manifest.Identity;
        if ((await TryAsNewAsync(cluster, manifest.Document, cancellation)).Error is not null) return refused;
        if ((await cluster.DeleteAsync(type, ns, name, cancellation: cancellation)).Failed(out var error, out _)) return error;
        var made = await cluster.ApplyAsync(manifest.Document, cancellation: cancellation);
        // Who made the load balancer has to take it down before the service is gone.
        return made.Error is KubernetesError { IsInvalid: true } ? new Unavailable("The load balancer of before is still being taken down.", "load-balancer-going") : made;
    }

    /// <summary>
    /// What a new object of this manifest would be, by a dry run under another name: an apply leaves alone what somebody added to
    /// the one that is there, and may be refused for it.
    /// </summary>
    public static Task<Result<Written>> TryAsNewAsync(KubernetesClient cluster, JsonObject document, CancellationToken cancellation)
    {
        var other = (JsonObject)document.DeepClone();
        other["metadata"]!["name"] = document["metadata"]!["name"]!.GetValue<string>() + FreshSuffix;
        return cluster.CreateAsync(other, dryRun: true, cancellation);
    }

    /// <summary>Changes the object as it is now, once more when somebody was faster: its controller writes at just such times.</summary>
    /// <param name="live">As it was seen last; null reads it.</param>
    private static async Task<Result<Written>> ChangeAsync(
        ManifestIdentity identity, KubernetesClient cluster, Func<JsonObject, Task<Result<Written>>> change, JsonObject? live, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (live is null && (await cluster.GetAsync(identity.Type, identity.Namespace, identity.Name, cancellation)).Failed(out var error, out live)) return error;
            var changed = await change(live);
            if (changed.Error is not KubernetesError { IsConflict: true } || attempt == MaxAttempts) return changed;
            live = null;
        }
    }

    private static JsonObject WithSpec(JsonObject live, JsonNode spec)
    {
        // An autoscaler decides where the manifest does not.
        if (spec["replicas"] is null && live["spec"]?["replicas"] is { } replicas) spec["replicas"] = replicas.DeepClone();
        live["spec"] = spec;
        return live;
    }

    private static JsonObject Disowned(JsonObject live) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["resourceVersion"] = live["metadata"]!["resourceVersion"]!.DeepClone(),
            ["managedFields"] = new JsonArray([.. Owners(live).Where(o => !IsUpdate(o)).Select(o => o!.DeepClone())]),
        },
    };

    private static IEnumerable<JsonNode?> Owners(JsonObject live) => live["metadata"]?["managedFields"] as JsonArray ?? [];

    private static bool IsUpdate(JsonNode? owner) => owner is JsonObject fields && fields["subresource"] is null
        && fields["manager"]?.GetValue<string>() == KubernetesClient.FieldManager && fields["operation"]?.GetValue<string>() == "Update";
}
