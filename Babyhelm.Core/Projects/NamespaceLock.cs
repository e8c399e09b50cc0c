using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Projects;

/// <summary>
/// Keeps a project's namespace from being made while the project is removed. Makers hold the lock together and look at the
/// project once they have it; the removal holds it alone. A transaction carries it: it ends with that, or with the process.
/// </summary>
internal static class NamespaceLock
{
    // Advisory locks share one space per database; the second half is a hash, and a collision only means a wait.
    private const int Space = 0x62686E73;

    /// <summary>Waits while the project is being removed.</summary>
    public static Task ShareAsync(BabyhelmDbContext db, Guid projectId, CancellationToken cancellation) =>
        db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock_shared({Space}, hashtext({projectId.ToString()}))", cancellation);

    /// <summary>False while somebody makes the namespace.</summary>
    public static Task<bool> TryTakeAsync(BabyhelmDbContext db, Guid projectId, CancellationToken cancellation) =>
        db.Database.SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock({Space}, hashtext({projectId.ToString()})) AS \"Value\"").SingleAsync(cancellation);
}
