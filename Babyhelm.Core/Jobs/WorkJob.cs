using System.Diagnostics;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Babyhelm.Core.Jobs;

/// <summary>
/// The one Quartz job: runs the handler of a <see cref="WorkItem"/>. Its key is (id, kind), so that one item never runs
/// twice at once in the installation, and it is recovered by another process when its own one dies.
/// </summary>
[DisallowConcurrentExecution]
internal sealed partial class WorkJob(IEnumerable<IWorkHandler> handlers, QuartzWorkQueue queue, JobMetrics metrics, ILogger<WorkJob> logger) : IJob
{
    private static readonly ActivitySource Traces = new(JobServices.Traces);
    private static readonly TimeSpan RetryAfterFault = TimeSpan.FromSeconds(10);

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var item = new WorkItem(context.JobDetail.Key.Group, Guid.Parse(context.JobDetail.Key.Name));
        var handler = handlers.Single(h => h.Kind == item.Kind);
        var start = Stopwatch.GetTimestamp();
        var outcome = "failed";
        using var trace = Traces.StartActivity(item.Kind);
        trace?.SetTag("babyhelm.job.id", item.Id.ToString());
        metrics.Started(item.Kind);
        try
        {
            outcome = await RunAsync(item, handler, cancellationToken);
        }
        finally
        {
            if (outcome is "failed" or "outage") trace?.SetStatus(ActivityStatusCode.Error);
            metrics.Ended(item.Kind, outcome, Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Answers how it ended, as the metrics name it.</summary>
    private async Task<string> RunAsync(WorkItem item, IWorkHandler handler, CancellationToken cancellationToken)
    {
        TimeSpan? again;
        var outcome = "done";
        try
        {
            again = await handler.RunAsync(item.Id, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return "stopped"; // shutting down: the sweep of the next start takes it up
        }
        catch (Exception e) when (DatabaseFault.IsOutage(e))
        {
            LogOutage(logger, item.Kind, item.Id, e.Message);
            return "outage"; // nothing can be enqueued now; the sweep does it once the database is back
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A job must not die of one fault: it is logged with its stack and tried again.
            LogFault(logger, e, item.Kind, item.Id);
            (again, outcome) = (RetryAfterFault, "failed");
        }
        if (again is not { } delay) return outcome;
        await queue.ScheduleAsync(item, delay, cancellationToken);
        return outcome == "done" ? "again" : outcome;
    }

    [LoggerMessage(LogLevel.Warning, "The job {Kind} of {Id} lost the database: {Problem} It runs again when that is back.")]
    private static partial void LogOutage(ILogger logger, string kind, Guid id, string problem);

    [LoggerMessage(LogLevel.Error, "The job {Kind} of {Id} failed. It runs again in 10 s.")]
    private static partial void LogFault(ILogger logger, Exception e, string kind, Guid id);
}
