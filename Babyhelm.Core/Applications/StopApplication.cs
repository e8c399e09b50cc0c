using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>
/// Stops an application and starts it again, and cancels a deploy. Each is a release, so that it survives a crash, ends where a
/// deploy would, and can be read in the history.
/// </summary>
public sealed class StopApplication
{
    private readonly ReleaseWriter _writer;
    private readonly ReleaseOperations _operations;
    private readonly SecretValues _secrets;

    internal StopApplication(ReleaseWriter writer, ReleaseOperations operations, SecretValues secrets) =>
        (_writer, _operations, _secrets) = (writer, operations, secrets);

    /// <summary>Ends its pods, or its schedule; the number of replicas, settings and volumes stay. What is under way is superseded.</summary>
    public Task<Result<Deployed>> StopAsync(Caller caller, string project, string app, CancellationToken cancellation) =>
        _writer.AddAsync(caller, project, app, AppAction.Stop, "application.stop", null, ground => Made(ground, caller, "Stopped", stopped: true), cancellation);

    /// <summary>Runs it again, with as many replicas as before.</summary>
    public Task<Result<Deployed>> StartAsync(Caller caller, string project, string app, CancellationToken cancellation) =>
        _writer.AddAsync(caller, project, app, AppAction.Start, "application.start", null, ground => Made(ground, caller, "Started", stopped: false), cancellation);

    /// <summary>
    /// Ends the deploy that is under way. The release that was live is deployed once more, as a rollback does it; where none ever
    /// was, what the deploy made is removed.
    /// </summary>
    /// <param name="expected">Of which release: a newer one is not cancelled, but told. Null for whichever is under way.</param>
    public async Task<Result<Deployed>> CancelAsync(Caller caller, string project, string app, Expected? expected, CancellationToken cancellation)
    {
        var alone = false;
        // Between the look and the release that goes back, somebody may deploy again.
        var seen = expected;
        var cancelled = await _operations.ChangeAsync(caller, project, app, AppAction.Cancel, "application.cancel", expected, async ground =>
        {
            seen = (expected ?? new Expected()) with { Release = ground.Latest.Number };
            if (ground.InForce is not null) return null;
            alone = true;
            await ground.Db.Set<Release>().Where(r => r.Id == ground.Latest.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, ReleaseState.Cancelled).SetProperty(r => r.FinishedAt, _operations.Now), cancellation);
            return $"release {ground.Latest.Number}";
        }, cancellation);
        return alone || cancelled.Error is not null ? cancelled : await _writer.AddAsync(caller, project, app, AppAction.Cancel, "application.cancel", seen,
            ground => ground.InForce is not { } live ? Task.FromResult<Result<ReleasePlan>>(new Conflict("The release that was live is gone.", "not-live"))
                : Plan(ReleasePlan.Repeat(live, _secrets.Unprotect(live.ProtectedSecrets), caller.UserId, caller.Email) with
                {
                    Message = $"Release {ground.Latest.Number} was cancelled: back to release {live.Number}",
                    Cancels = true,
                }), cancellation);
    }

    /// <summary>Of a release that failed or was cancelled, the one before it counts, where there is one.</summary>
    private Task<Result<ReleasePlan>> Made(ReleaseGround ground, Caller caller, string message, bool stopped)
    {
        var counts = ground.Standing.Underway || ground.InForce is null || ground.InForce.Number == ground.Latest.Number ? ground.Latest : ground.InForce;
        var spec = counts.Number == ground.Latest.Number ? ground.App.Spec : ReleasePlan.Repeat(counts, new Dictionary<string, string>(), null, "").Spec;
        return Plan(new ReleasePlan(spec, _secrets.Unprotect(counts.ProtectedSecrets), caller.UserId, caller.Email) { Message = message, Stopped = stopped, PullsAlways = counts.PullsAlways });
    }

    private static Task<Result<ReleasePlan>> Plan(ReleasePlan plan) => Task.FromResult<Result<ReleasePlan>>(plan);
}
