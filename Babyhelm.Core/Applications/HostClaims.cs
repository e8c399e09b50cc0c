using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Which host names an application may have at the cluster's ingress: none of Babyhelm's own, and none that another application
/// of the installation has by its settings or by a release that runs or is on its way.
/// </summary>
internal static class HostClaims
{
    /// <summary>Null where the spec may have its host, or has none; of two who ask for one host at once, the second waits for the end of the first's transaction.</summary>
    /// <param name="appId">Null for a new application. What it has already it keeps.</param>
    /// <returns><see cref="Invalid"/> on <c>expose.host</c> for one of Babyhelm's own, <see cref="Conflict"/> for one that is taken: by whom is not said.</returns>
    public static async Task<Error?> ProblemAsync(BabyhelmDbContext db, PublicUrls urls, Guid? appId, AppSpec spec, CancellationToken cancellation)
    {
        if (spec.Expose is not { Type: ExposeType.Ingress, Host: { } host }) return null;
        if (urls.IsOwn(host)) return new Invalid("expose.host", $"Babyhelm itself answers at {host}, or gives out the names below it. Choose another host name.");
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended('expose.host/' || {host}, 0))", cancellation);
        var holders = await db.Database.SqlQuery<Guid>($"""
            SELECT a.id AS "Value" FROM applications a
            WHERE a.spec -> 'expose' ->> 'type' = 'ingress' AND a.spec -> 'expose' ->> 'host' = {host}
            UNION
            SELECT r.application_id FROM releases r
            WHERE r.state IN ('Live', 'Stopped', 'Pending', 'Applying', 'RollingOut') AND r.spec -> 'expose' ->> 'type' = 'ingress' AND r.spec -> 'expose' ->> 'host' = {host}
            """).ToListAsync(cancellation);
        return holders.Count == 0 || holders.Any(id => id == appId) ? null
            : new Conflict($"The host name {host} is taken by another application. Choose another one.", "host-taken");
    }
}
