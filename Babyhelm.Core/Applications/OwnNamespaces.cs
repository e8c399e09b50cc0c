using System.Collections.Immutable;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Tells the cache whose objects it may show: those in namespaces of ready projects. A project that is not ready may be named like
/// a namespace of somebody else on the cluster, even of another Babyhelm, whose pods, logs and shells are none of its business.
/// </summary>
internal sealed partial class OwnNamespaces : DatabaseMirror
{
    private readonly ClusterCache _cache;
    private readonly ILogger<OwnNamespaces> _logger;

    public OwnNamespaces(
        ClusterCache cache, IDbContextFactory<BabyhelmDbContext> contexts, ChangeListener changes, DatabaseReady database, TimeProvider time, ILogger<OwnNamespaces> logger)
        : base(contexts, changes, database, time)
    {
        (_cache, _logger) = (cache, logger);
        cache.Limit();
    }

    protected override bool Concerns(ChangeOf change) => change is ChangeOf.Project or ChangeOf.Unknown;

    protected override async Task LoadAsync(BabyhelmDbContext db, CancellationToken cancellation) =>
        _cache.Show((await db.Set<Project>().Where(p => p.State == ProjectState.Ready).Select(p => p.Namespace).ToListAsync(cancellation)).ToImmutableHashSet(StringComparer.Ordinal));

    protected override void NoteFault(string problem) => LogKept(_logger, problem);

    [LoggerMessage(LogLevel.Warning, "The cluster's objects are shown for the projects that were known before: {Problem}")]
    private static partial void LogKept(ILogger logger, string problem);
}
