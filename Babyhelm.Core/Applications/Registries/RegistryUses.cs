using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications.Registries;

/// <summary>Which applications pull with a registry: by their settings, and by the releases that run or are on their way.</summary>
internal static class RegistryUses
{
    public static async Task<ILookup<string, string>> OfProjectAsync(BabyhelmDbContext db, Guid projectId, CancellationToken cancellation) =>
        (await AllAsync(db, projectId, cancellation)).ToLookup(u => u.Registry, u => u.App);

    /// <summary>Names of the applications, in order.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(BabyhelmDbContext db, Guid projectId, string registry, CancellationToken cancellation) =>
        [.. (await OfProjectAsync(db, projectId, cancellation))[registry]];

    /// <summary>
    /// Has the objects of all that pull with the registry applied again: counted with the release, as a restart is, so that it
    /// happens whatever dies. Answers the applications, to be looked at after the commit.
    /// </summary>
    public static async Task<IReadOnlyList<Guid>> ApplyAgainAsync(BabyhelmDbContext db, Guid projectId, string registry, CancellationToken cancellation) =>
        await db.Database.SqlQuery<Guid>($"""
            UPDATE releases r SET operation = r.operation + 1
            FROM applications a
            WHERE a.id = r.application_id AND a.project_id = {projectId} AND r.spec ->> 'registry' = {registry}
              AND (r.number = a.latest_release OR r.state IN ('Live', 'Stopped'))
            RETURNING r.application_id AS "Value"
            """).ToListAsync(cancellation);

    /// <summary>
    /// Null when the spec can pull with the registry that it names, or names none; the registry is kept from being changed and
    /// removed until the end of the transaction. Else an <see cref="Invalid"/> on <c>registry</c>.
    /// </summary>
    public static async Task<Invalid?> ProblemAsync(BabyhelmDbContext db, Guid projectId, AppSpec spec, CancellationToken cancellation)
    {
        if (spec.Registry is not { } name) return null;
        var registry = await db.Set<Registry>().FromSql($"SELECT * FROM registries WHERE project_id = {projectId} AND name = {name} FOR SHARE")
            .AsNoTracking().FirstOrDefaultAsync(cancellation);
        if (registry is null) return new Invalid("registry", $"The project has no registry '{name}'. Add it to the project's registries, or choose one that is there.");
        var host = ImageReference.Parse(spec.Image) is { Error: null } image ? image.Value.Registry : null;
        return host == registry.Host ? null
            : new Invalid("registry", $"The registry '{name}' is for images of {registry.Host}, but this image comes from {host}. Choose its registry, or none.");
    }

    private sealed record Use(string Registry, string App);

    private static async Task<List<Use>> AllAsync(BabyhelmDbContext db, Guid projectId, CancellationToken cancellation) =>
        await db.Database.SqlQuery<Use>($"""
            SELECT a.spec ->> 'registry' AS "Registry", a.name AS "App" FROM applications a
            WHERE a.project_id = {projectId} AND a.spec ->> 'registry' IS NOT NULL
            UNION
            SELECT r.spec ->> 'registry', a.name FROM releases r JOIN applications a ON a.id = r.application_id
            WHERE a.project_id = {projectId} AND r.spec ->> 'registry' IS NOT NULL AND r.state IN ('Live', 'Stopped', 'Pending', 'Applying', 'RollingOut')
            ORDER BY 1, 2
            """).ToListAsync(cancellation);
}
