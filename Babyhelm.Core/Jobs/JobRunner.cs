using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Babyhelm.Core.Jobs;

/// <summary>
/// Starts the scheduler once the database is ready, and sweeps: at start and every 30 s it enqueues what the stored
/// state asks for and nobody is doing. Nothing depends on one enqueue arriving.
/// </summary>
internal sealed partial class JobRunner(
    ISchedulerFactory schedulers, QuartzWorkQueue queue, IEnumerable<IWorkSource> sources, DatabaseReady database,
    TimeProvider time, ILogger<JobRunner> logger) : BackgroundService
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    // At the first sweep the cluster cache is rarely complete: what vanished from the cluster is not known yet.
    private static readonly TimeSpan SecondSweep = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await database.WaitAsync(stoppingToken);
        var scheduler = await StartSchedulerAsync(stoppingToken);
        using var timer = new PeriodicTimer(SweepInterval, time);
        try
        {
            await SweepAsync(stoppingToken);
            await Task.Delay(SecondSweep, time, stoppingToken);
            do await SweepAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            await ShutdownAsync(scheduler);
        }
    }

    /// <summary>Bounded: with the database away, the scheduler would wait for it. What it leaves behind is recovered.</summary>
    private async Task ShutdownAsync(IScheduler scheduler)
    {
        using var limit = new CancellationTokenSource(ShutdownLimit, time);
        try
        {
            await scheduler.Shutdown(waitForJobsToComplete: false, limit.Token).AsTask().WaitAsync(limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SchedulerException || DatabaseFault.Of(e) is not null)
        {
            LogShutdown(logger, e.Message);
        }
    }

    /// <summary>The database may go away again at any moment: tries until the scheduler runs.</summary>
    private async Task<IScheduler> StartSchedulerAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                var scheduler = await schedulers.GetScheduler(cancellation);
                await scheduler.Start(cancellation);
                return scheduler;
            }
            catch (Exception e) when (e is SchedulerException || DatabaseFault.Of(e) is not null)
            {
                LogNotStarted(logger, e.Message);
            }
            await Task.Delay(RetryDelay, time, cancellation);
        }
    }

    private async Task SweepAsync(CancellationToken cancellation)
    {
        try
        {
            foreach (var source in sources)
                foreach (var item in await source.DueAsync(cancellation))
                    if (!await queue.HasAsync(item, cancellation))
                        await queue.EnqueueAsync(item, cancellation);
        }
        catch (Exception e) when (e is SchedulerException || DatabaseFault.Of(e) is not null)
        {
            LogSweepFailed(logger, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The job scheduler did not stop in good order: {Problem}")]
    private static partial void LogShutdown(ILogger logger, string problem);

    [LoggerMessage(LogLevel.Warning, "The job scheduler did not start: {Problem} Trying again in 1 s.")]
    private static partial void LogNotStarted(ILogger logger, string problem);

    [LoggerMessage(LogLevel.Warning, "The sweep did not run: {Problem} It runs again in 30 s.")]
    private static partial void LogSweepFailed(ILogger logger, string problem);
}
