using System.Collections.Immutable;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Gateway;

/// <summary>Which application answers for which host label. Kept in memory, brought up to date by committed changes.</summary>
public sealed partial class RouteTable(
    IDbContextFactory<BabyhelmDbContext> contexts, ChangeListener changes, DatabaseReady database, TimeProvider time,
    ILogger<RouteTable> logger) : DatabaseMirror(contexts, changes, database, time)
{
    private volatile ImmutableDictionary<string, AppKey> _routes = ImmutableDictionary<string, AppKey>.Empty;

    public bool TryGet(string hostLabel, out AppKey app) => _routes.TryGetValue(hostLabel, out app);

    internal void Set(ImmutableDictionary<string, AppKey> routes) => _routes = routes;

    protected override bool Concerns(ChangeOf change) => change is not (ChangeOf.Template or ChangeOf.Alert);

    protected override async Task LoadAsync(BabyhelmDbContext db, CancellationToken cancellation) => Set(await ReadAsync(db, cancellation));

    protected override void NoteFault(string problem) => LogKept(logger, problem);

    internal static async Task<ImmutableDictionary<string, AppKey>> ReadAsync(BabyhelmDbContext db, CancellationToken cancellation)
    {
        var rows = await db.Set<Application>().Where(a => a.DeletingSince == null && a.BehindGateway)
            .Join(db.Set<Project>(), a => a.ProjectId, p => p.Id, (a, p) => new { a.HostLabel, a.Name, p.Namespace })
            .ToListAsync(cancellation);
        return rows.ToImmutableDictionary(r => r.HostLabel, r => new AppKey(r.Namespace, r.Name));
    }

    [LoggerMessage(LogLevel.Warning, "The gateway keeps its routes: {Problem}")]
    private static partial void LogKept(ILogger logger, string problem);
}
