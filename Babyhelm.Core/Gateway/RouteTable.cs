using System.Collections.Immutable;
using System.Threading.Channels;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Gateway;

/// <summary>Which application answers for which host label. Kept in memory, brought up to date by committed changes.</summary>
public sealed partial class RouteTable(
    IDbContextFactory<BabyhelmDbContext> contexts, ChangeListener changes, DatabaseReady database, TimeProvider time,
    ILogger<RouteTable> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private volatile ImmutableDictionary<string, AppKey> _routes = ImmutableDictionary<string, AppKey>.Empty;

    public bool TryGet(string hostLabel, out AppKey app) => _routes.TryGetValue(hostLabel, out app);

    internal void Set(ImmutableDictionary<string, AppKey> routes) => _routes = routes;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // One pending reload covers any number of changes.
        var dirty = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var subscription = changes.Subscribe(_ => dirty.Writer.TryWrite(true));
        await database.WaitAsync(stoppingToken);
        dirty.Writer.TryWrite(true);
        await foreach (var _ in dirty.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await using var db = await contexts.CreateDbContextAsync(stoppingToken);
                Set(await LoadAsync(db, stoppingToken));
            }
            catch (Exception e) when (DatabaseFault.Of(e) is { } fault)
            {
                LogKept(logger, fault.Message);
                await Task.Delay(RetryDelay, time, stoppingToken);
                dirty.Writer.TryWrite(true);
            }
        }
    }

    internal static async Task<ImmutableDictionary<string, AppKey>> LoadAsync(BabyhelmDbContext db, CancellationToken cancellation)
    {
        var rows = await db.Set<Application>().Where(a => a.DeletingSince == null && a.BehindGateway)
            .Join(db.Set<Project>(), a => a.ProjectId, p => p.Id, (a, p) => new { a.HostLabel, a.Name, p.Namespace })
            .ToListAsync(cancellation);
        return rows.ToImmutableDictionary(r => r.HostLabel, r => new AppKey(r.Namespace, r.Name));
    }

    [LoggerMessage(LogLevel.Warning, "The gateway keeps its routes: {Problem}")]
    private static partial void LogKept(ILogger logger, string problem);
}
