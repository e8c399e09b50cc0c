using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>What the later of two releases has otherwise than the earlier.</summary>
/// <param name="Spec">What was asked for, secrets without their values.</param>
/// <param name="Manifests">What that meant on the cluster.</param>
public sealed record ReleaseDifference(int From, int To, IReadOnlyList<FieldChange> Spec, IReadOnlyList<ManifestChange> Manifests);

/// <summary>Compares any two releases of an application as they were run last.</summary>
public sealed class ReleaseComparison(IDbContextFactory<BabyhelmDbContext> contexts, SecretValues secrets)
{
    public async Task<Result<ReleaseDifference>> CompareAsync(Caller caller, string project, string app, int from, int to, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var access = await ApplicationAccess.RequireAsync(db, caller, project, app, ProjectAction.View, cancellation);
        if (access.Failed(out var error, out var found)) return error;
        var both = await db.Set<Release>().AsNoTracking().Where(r => r.ApplicationId == found.Id && (r.Number == from || r.Number == to)).ToListAsync(cancellation);
        foreach (var number in new[] { from, to })
            if (both.All(r => r.Number != number)) return new NotFound($"There is no release {number} of '{app}'.");
        return Between(both.First(r => r.Number == from), both.First(r => r.Number == to), app);
    }

    private Result<ReleaseDifference> Between(Release before, Release after, string app)
    {
        if (Side(before, app).Failed(out var error, out var old) || Side(after, app).Failed(out error, out var now)) return error;
        return new ReleaseDifference(before.Number, after.Number, SpecDiff.Between(AsRun(before), AsRun(after), old.Secrets, now.Secrets), ManifestDiff.Between(old, now));
    }

    internal Result<ManifestDiff.Side> Side(Release release, string app) => ReleaseManifests.Of(release)
        .Map(set => new ManifestDiff.Side(set, app, release.Number, secrets.TryUnprotect(release.ProtectedSecrets) ?? new Dictionary<string, string>()));

    private static Manifests.AppSpec AsRun(Release release) => release.ScaledTo is { } replicas ? release.Spec with { Replicas = replicas } : release.Spec;
}
