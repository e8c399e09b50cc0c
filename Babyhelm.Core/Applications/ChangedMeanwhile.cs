using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>Somebody else changed the application after the state that the caller decided from. Nothing was done.</summary>
/// <param name="Changes">What is another now, secrets without their values; empty where the state that was expected is not known any more.</param>
/// <param name="Spec">As it is now, without secret values.</param>
public sealed record ChangedMeanwhile(string By, int Release, int Version, AppSpec Spec, IReadOnlyList<FieldChange> Changes)
    : Error(CodeOf, $"Changed meanwhile by {By}: the latest release is {Release} now. Reload to see it, then decide anew.")
{
    public const string CodeOf = "changed-meanwhile";

    /// <summary>The caller gave the version that it expects, not the release.</summary>
    public bool ByVersion { get; init; }

    internal static async Task<ChangedMeanwhile> FindAsync(ReleaseGround ground, Expected expected, SecretValues secrets, CancellationToken cancellation)
    {
        var (app, latest) = (ground.App, ground.Latest);
        // The newest that the caller can have seen. It may have been scaled since: then that shows as a change, too.
        var seen = await ground.Db.Set<Release>().AsNoTracking()
            .Where(r => r.ApplicationId == app.Id && r.Number <= (expected.Release ?? int.MaxValue) && r.Version <= (expected.Version ?? int.MaxValue))
            .OrderByDescending(r => r.Number).FirstOrDefaultAsync(cancellation);
        var none = new Dictionary<string, string>();
        var changes = seen is null ? [] : SpecDiff.Between(
            seen.Spec, app.Spec, secrets.TryUnprotect(seen.ProtectedSecrets) ?? none, secrets.TryUnprotect(latest.ProtectedSecrets) ?? none);
        return new ChangedMeanwhile(app.ChangedBy ?? latest.CreatedBy, app.LatestRelease, app.Version, app.Spec, changes) { ByVersion = expected.Version is not null };
    }
}
