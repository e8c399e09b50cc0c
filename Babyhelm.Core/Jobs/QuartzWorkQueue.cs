using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Babyhelm.Core.Jobs;

/// <summary>Keeps work in Quartz' tables, so that it survives the process.</summary>
internal sealed partial class QuartzWorkQueue(
    ISchedulerFactory schedulers, DatabaseReady database, TimeProvider time, ILogger<QuartzWorkQueue> logger) : IWorkQueue
{
    /// <summary>What it is about is committed already: a failure here only delays the work until the next sweep.</summary>
    public async Task EnqueueAsync(WorkItem item, CancellationToken cancellation)
    {
        try
        {
            await ScheduleAsync(item, TimeSpan.Zero, cancellation);
        }
        catch (Exception e) when (e is SchedulerException || DatabaseFault.Of(e) is not null)
        {
            LogLeft(logger, item.Kind, item.Id, e.Message);
        }
    }

    public async Task ScheduleAsync(WorkItem item, TimeSpan delay, CancellationToken cancellation)
    {
        await database.WaitAsync(cancellation);
        var scheduler = await schedulers.GetScheduler(cancellation);
        var job = JobBuilder.Create<WorkJob>().WithIdentity(Key(item)).RequestRecovery(true).Build();
        // Each enqueue has a trigger of its own: one that arrives while the job runs makes it run once more afterwards. Retries
        // share one: runs that all fail must not each start a chain of their own.
        var name = delay > TimeSpan.Zero ? $"retry-{item.Id:N}" : Guid.CreateVersion7().ToString("N");
        var trigger = TriggerBuilder.Create()
            .WithIdentity(name, item.Kind)
            .StartAt(time.GetUtcNow() + delay)
            .Build();
        await scheduler.ScheduleJob(job, [trigger], new ScheduleJobOptions { Replace = true }, cancellation);
    }

    /// <summary>True while the item is waiting, running, or waiting to be recovered.</summary>
    public async Task<bool> HasAsync(WorkItem item, CancellationToken cancellation)
    {
        var scheduler = await schedulers.GetScheduler(cancellation);
        return await scheduler.Exists(Key(item), cancellation);
    }

    [LoggerMessage(LogLevel.Warning, "The job {Kind} of {Id} was not enqueued: {Problem} The next sweep does it.")]
    private static partial void LogLeft(ILogger logger, string kind, Guid id, string problem);

    private static JobKey Key(WorkItem item) => new(item.Id.ToString("N"), item.Kind);
}
