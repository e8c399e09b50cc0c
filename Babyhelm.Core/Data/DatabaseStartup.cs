using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Data;

/// <summary>Migrates the database at start and sees to what it has to hold; while it does not answer, tries again and says so.</summary>
internal sealed partial class DatabaseStartup(
    IDbContextFactory<BabyhelmDbContext> contexts, IEnumerable<IDatabaseStep> steps, DatabaseReady ready, TimeProvider time, ILogger<DatabaseStartup> logger)
    : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await using var db = await contexts.CreateDbContextAsync(stoppingToken);
                // Migrating compares whole models before it finds that nothing is to be done.
                if ((await db.Database.GetPendingMigrationsAsync(stoppingToken)).Any()) await db.Database.MigrateAsync(stoppingToken);
                foreach (var step in steps) await step.EnsureAsync(db, stoppingToken);
                ready.Set();
                return;
            }
            catch (Exception e) when (DatabaseFault.Of(e) is { } fault && !stoppingToken.IsCancellationRequested)
            {
                var problem = $"The database does not take work: {fault.Message}";
                if (problem != ready.Problem) LogNotReady(logger, problem);
                ready.SetProblem(problem);
            }
            await Task.Delay(RetryDelay, time, stoppingToken);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Problem} Trying again every 2 s.")]
    private static partial void LogNotReady(ILogger logger, string problem);
}
