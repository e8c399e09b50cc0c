using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications.Registries;

/// <summary>
/// Fills in what no release holds in the clear, as manifests go to the cluster: values of secret variables, as they were
/// deployed, and credentials of the registry, as they are now.
/// </summary>
public sealed class ReleaseSecrets(IDbContextFactory<BabyhelmDbContext> contexts, SecretValues secrets, RegistryPasswords passwords)
{
    /// <summary>The release's manifests as the cluster gets them. <see cref="Invalid"/> for credentials that can't be read any more.</summary>
    public async Task<Result<ManifestSet>> FillAsync(Release release, CancellationToken cancellation)
    {
        if (ReleaseManifests.Of(release).Failed(out var error, out var set)) return error;
        var values = secrets.Unprotect(release.ProtectedSecrets);
        if (release.Spec.Registry is null) return set.WithSecrets(values);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var project = await db.Set<Application>().Where(a => a.Id == release.ApplicationId).Select(a => a.ProjectId).FirstOrDefaultAsync(cancellation);
        return await FillAsync(db, set, project, release.Spec.Registry, values, cancellation);
    }

    /// <param name="values">Value of each secret variable.</param>
    public async Task<Result<ManifestSet>> FillAsync(
        BabyhelmDbContext db, ManifestSet set, Guid projectId, string? registryName, IReadOnlyDictionary<string, string> values, CancellationToken cancellation)
    {
        if (registryName is null || !set.HasPullSecret) return set.WithSecrets(values);
        var registry = await db.Set<Registry>().AsNoTracking().FirstOrDefaultAsync(r => r.ProjectId == projectId && r.Name == registryName, cancellation);
        // Only what was deployed before projects had registries names one that is not there: it pulls as it did then.
        if (registry is null) return set.WithoutPullSecret().WithSecrets(values);
        return passwords.PullConfig(registry) is { } config
            ? set.WithSecrets(values, config)
            : new Invalid("registry", $"The password of the registry '{registryName}' can't be read any more: give it again.");
    }
}
