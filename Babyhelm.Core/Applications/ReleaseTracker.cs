using Babyhelm.Core.Data;
using Babyhelm.Core.Rollouts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Writes the end of rollouts as the feed sees it, with the same eyes as people. Every process does it, and one write
/// wins; the sweep stands behind it.
/// </summary>
internal sealed partial class ReleaseTracker(
    RolloutFeed feed, ClusterCache cache, ReleaseBoard board, CrashLogs crashes, ReleaseTransitions transitions, DatabaseReady database,
    TimeProvider time, ILogger<ReleaseTracker> logger) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await database.WaitAsync(stoppingToken);
        await foreach (var (release, seen) in feed.OutcomesAsync(stoppingToken))
        {
            var state = seen.State == ReleaseState.Failed ? await WithLogsAsync(release, seen, stoppingToken) : seen;
            while (!await StoreAsync(release, state, stoppingToken))
                await Task.Delay(Retry, time, stoppingToken);
        }
    }

    /// <summary>The same failure with the last log lines of crashed containers, which are gone once the pods are.</summary>
    private async Task<RolloutState> WithLogsAsync(ReleaseInfo release, RolloutState seen, CancellationToken cancellation)
    {
        await crashes.CollectAsync(release.Key, cancellation);
        if (board.Get(release.Key) is not { } now || now.ReleaseId != release.ReleaseId || now.State.IsFinal()) return seen;
        var again = RolloutReducer.Reduce(now, cache.Get(release.Key), time.GetUtcNow());
        return again.State == seen.State ? again : seen;
    }

    private async Task<bool> StoreAsync(ReleaseInfo release, RolloutState state, CancellationToken cancellation)
    {
        try
        {
            if (await transitions.FinishAsync(release, state, cancellation))
                LogEnded(logger, release.Key, release.Number, state.State, state.Diagnosis?.Code);
            return true;
        }
        catch (Exception e) when (DatabaseFault.Of(e) is { } fault)
        {
            LogRetry(logger, release.Key, release.Number, fault.Message);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Information, "{App} release {Number} is {State} {Diagnosis}")]
    private static partial void LogEnded(ILogger logger, AppKey app, int number, ReleaseState state, string? diagnosis);

    [LoggerMessage(LogLevel.Warning, "The end of {App} release {Number} was not written yet: {Problem}")]
    private static partial void LogRetry(ILogger logger, AppKey app, int number, string problem);
}
