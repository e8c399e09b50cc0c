using System.Text.Json.Nodes;
using Babyhelm.Core.Applications.Registries;
using Babyhelm.Core.Clusters;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

/// <summary>Applies a release's manifests to the cluster, and removes objects of releases.</summary>
internal sealed class ReleaseApplier(KubernetesClient cluster, ReleaseSecrets secrets, ReleaseTransitions transitions)
{
    /// <summary>Applies every document in order; the first error ends it. Applying again changes nothing.</summary>
    public Task<Result<Done>> ApplyAsync(Release release, CancellationToken cancellation) => ApplyAsync(release, null, cancellation);

    /// <param name="only">Apply no others; null for all.</param>
    public async Task<Result<Done>> ApplyAsync(Release release, IReadOnlyCollection<ManifestIdentity>? only, CancellationToken cancellation)
    {
        if ((await secrets.FillAsync(release, cancellation)).Failed(out var error, out var manifests)) return error;
        var (mask, warnings) = (SecretMask.Of(manifests), new List<string>(release.Warnings));
        foreach (var manifest in manifests.Manifests.Where(m => only?.Contains(m.Identity) ?? true))
        {
            var (identity, applied) = (manifest.Identity, await DeploymentApply.ApplyAsync(cluster, manifest, cancellation));
            if (applied.Ok(out var written, out error)) warnings.AddRange(mask.In(written.Warnings));
            else if (error is KubernetesError { IsNotServed: true } && identity.Type == ResourceType.HorizontalPodAutoscalers)
                warnings.Add(DeployApplication.NoAutoscaling);
            else return error is KubernetesError { IsNotServed: true } ? new ApiMissing(identity.Type) : mask.In(error);
        }
        if (warnings.Count > 0) await transitions.AddWarningsAsync(release, [.. warnings.Distinct()], cancellation);
        return Done.Result;
    }

    /// <summary>Applies nothing but the credentials that the release's images are pulled with, where it has any.</summary>
    public async Task<Result<Done>> ApplyPullSecretAsync(Release release, CancellationToken cancellation)
    {
        if (release.Spec.Registry is not { } registry) return Done.Result;
        if (ReleaseManifests.Of(release).Failed(out var error, out var set)) return error;
        var name = ManifestNames.PullSecret(release.Spec.Name, registry);
        return await ApplyAsync(release, [.. set.Inventory.Where(i => i.Type == ResourceType.Secrets && i.Name == name)], cancellation);
    }

    /// <summary>
    /// Applies the release's deployment with no replicas. As an apply, not as a scale: a later apply that leaves the number to an
    /// autoscaler gives the field up, and the deployment begins with one pod again.
    /// </summary>
    public async Task<Result<Done>> ApplyWithoutPodsAsync(Release release, CancellationToken cancellation)
    {
        if (ReleaseManifests.Of(release).Failed(out var error, out var stored)) return error;
        foreach (var (identity, document) in stored.Manifests.Where(m => m.Identity.Type == ResourceType.Deployments))
        {
            var stopped = (JsonObject)document.DeepClone();
            stopped["spec"]!["replicas"] = 0;
            if ((await DeploymentApply.ApplyAsync(cluster, new(identity, stopped), cancellation)).Failed(out error, out _)) return error;
        }
        return Done.Result;
    }

    /// <summary>
    /// Deletes what the given releases' manifests made, but for what <paramref name="keep"/> has too and for volumes: the data
    /// in them goes with the application only.
    /// </summary>
    public async Task<Result<Done>> PruneAsync(IEnumerable<string> releases, string keep, CancellationToken cancellation)
    {
        if (Inventory([keep]).Failed(out var error, out var kept) || Inventory(releases).Failed(out error, out var all)) return error;
        foreach (var (type, ns, name) in all.Except(kept).Where(i => i.Type != ResourceType.PersistentVolumeClaims))
            if ((await cluster.DeleteAsync(type, ns, name, cancellation: cancellation)).Error is { } failed and not KubernetesError { IsNotServed: true })
                return failed;
        return Done.Result;
    }

    /// <summary>
    /// Deletes everything that the given releases' manifests made, with what belongs to it, volumes only where the application says
    /// so. Asks to be called again until it is gone.
    /// </summary>
    /// <returns>True when nothing is left.</returns>
    public async Task<Result<bool>> RemoveAsync(IEnumerable<string> releases, Application app, string appNamespace, CancellationToken cancellation)
    {
        if (Inventory(releases).Failed(out var error, out var all)) return error;
        var doomed = all.Where(i => i.Type != ResourceType.PersistentVolumeClaims).ToList();
        if (app.DeletesVolumes)
        {
            // By their label, not by the releases: old ones are not kept, and what they stored outlives them.
            var claims = await cluster.ListAsync<PersistentVolumeClaim>(ResourceType.PersistentVolumeClaims, appNamespace, $"{Labels.Selector},{Labels.App}={app.Name}", cancellation: cancellation);
            if (claims.Failed(out error, out var list)) return error;
            doomed.AddRange(list.Items.Select(c => new ManifestIdentity(ResourceType.PersistentVolumeClaims, appNamespace, c.Metadata.Name)));
        }
        var gone = true;
        foreach (var (type, ns, name) in doomed)
        {
            // Foreground: an object is there until its pods are gone, so that a new application of the name meets none of them.
            var deleted = await cluster.DeleteAsync(type, ns, name, DeletionPropagation.Foreground, cancellation: cancellation);
            if (deleted.Error is KubernetesError { IsNotServed: true }) continue;
            if (deleted.Failed(out error, out var deletion)) return error;
            gone &= !deletion.Found;
        }
        return gone;
    }

    /// <summary>Each identity once; what was applied last comes first.</summary>
    private static Result<IReadOnlyList<ManifestIdentity>> Inventory(IEnumerable<string> releases)
    {
        var all = new List<ManifestIdentity>();
        foreach (var manifests in releases)
        {
            if (ManifestSet.FromJson(manifests).Failed(out var error, out var set)) return error;
            all.AddRange(set.Inventory.Reverse());
        }
        return all.Distinct().ToList();
    }
}

/// <summary>The cluster does not serve what a release needs, which was not known when it was made.</summary>
internal sealed record ApiMissing(ResourceType Type) : Error("api-missing", ApiNeed.MissingText(Type));
