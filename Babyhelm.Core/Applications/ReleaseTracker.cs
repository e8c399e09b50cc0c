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
    RolloutFeed feed, ReleaseEnding ending, DatabaseReady database, TimeProvider time, ILogger<ReleaseTracker> logger) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await database.WaitAsync(stoppingToken);
        await foreach (var (release, seen) in feed.OutcomesAsync(stoppingToken))
        {
            while (!await StoreAsync(release, seen, stoppingToken)) await Task.Delay(Retry, time, stoppingToken);
        }
    }

    private async Task<bool> StoreAsync(ReleaseInfo release, RolloutState state, CancellationToken cancellation)
    {
        try
        {
            if (await ending.StoreAsync(release, state, cancellation))
                LogEnded(logger, release.Key, release.Number, state.State, state.Diagnosis?.Code);
            return true;
        }
        catch (Exception e) when (DatabaseFault.IsOutage(e))
        {
            LogRetry(logger, release.Key, release.Number, e.Message);
            return false;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One release that can't be stored must not hold up those of others; the sweep tries it again.
            LogFault(logger, e, release.Key, release.Number);
            return true;
        }
    }

    [LoggerMessage(LogLevel.Information, "{App} release {Number} is {State} {Diagnosis}")]
    private static partial void LogEnded(ILogger logger, AppKey app, int number, ReleaseState state, string? diagnosis);

    [LoggerMessage(LogLevel.Error, "The end of {App} release {Number} could not be written. The sweep tries it again.")]
    private static partial void LogFault(ILogger logger, Exception e, AppKey app, int number);

    [LoggerMessage(LogLevel.Warning, "The end of {App} release {Number} was not written yet: {Problem}")]
    private static partial void LogRetry(ILogger logger, AppKey app, int number, string problem);
}
