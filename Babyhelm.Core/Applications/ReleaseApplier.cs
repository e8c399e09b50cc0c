using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

/// <summary>Applies a release's manifests to the cluster, and removes objects of releases.</summary>
internal sealed class ReleaseApplier(KubernetesClient cluster, SecretValues secrets, ReleaseTransitions transitions)
{
    /// <summary>Applies every document in order; the first error ends it. Applying again changes nothing.</summary>
    public Task<Result<Done>> ApplyAsync(Release release, CancellationToken cancellation) => ApplyAsync(release, null, cancellation);

    /// <param name="only">Apply no others; null for all.</param>
    public async Task<Result<Done>> ApplyAsync(Release release, IReadOnlyCollection<ManifestIdentity>? only, CancellationToken cancellation)
    {
        if (ManifestSet.FromJson(release.Manifests).Failed(out var error, out var stored)) return error;
        if (stored.WithSecrets(secrets.Unprotect(release.ProtectedSecrets)).Failed(out error, out var manifests)) return error;
        var warnings = new List<string>(release.Warnings);
        foreach (var (identity, document) in manifests.Manifests.Where(m => only?.Contains(m.Identity) ?? true))
        {
            var applied = await cluster.ApplyAsync(document, cancellation: cancellation);
            if (applied.Ok(out var written, out error)) warnings.AddRange(written.Warnings);
            else if (error is KubernetesError { IsNotServed: true } && identity.Type == ResourceType.HorizontalPodAutoscalers)
                warnings.Add(DeployApplication.NoAutoscaling);
            else return error;
        }
        if (warnings.Count > 0) await transitions.AddWarningsAsync(release, [.. warnings.Distinct()], cancellation);
        return Done.Result;
    }

    /// <summary>Deletes what the given releases' manifests made, but for what <paramref name="keep"/> has too.</summary>
    public async Task<Result<Done>> RemoveAsync(IEnumerable<string> releases, string? keep, CancellationToken cancellation)
    {
        var kept = new HashSet<ManifestIdentity>();
        if (keep is not null)
        {
            if (ManifestSet.FromJson(keep).Failed(out var error, out var set)) return error;
            kept.UnionWith(set.Inventory);
        }
        foreach (var manifests in releases)
        {
            if (ManifestSet.FromJson(manifests).Failed(out var error, out var set)) return error;
            // Each identity once; what was applied last goes first.
            foreach (var (type, ns, name) in set.Inventory.Reverse().Where(kept.Add))
                if ((await cluster.DeleteAsync(type, ns, name, cancellation: cancellation)).Error is { } failed and not KubernetesError { IsNotServed: true })
                    return failed;
        }
        return Done.Result;
    }
}
