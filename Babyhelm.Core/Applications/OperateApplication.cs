using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications.Quotas;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;

namespace Babyhelm.Core.Applications;

/// <summary>Restarts, scales, pauses, resumes and repairs: the release stays the same, its manifests are applied with what was asked.</summary>
public sealed class OperateApplication
{
    private readonly ReleaseOperations _operations;
    private readonly ReleaseWriter _writer;
    private readonly SecretValues _secrets;
    private readonly QuotaGuard _quota;

    internal OperateApplication(ReleaseOperations operations, ReleaseWriter writer, SecretValues secrets, QuotaGuard quota) =>
        (_operations, _writer, _secrets, _quota) = (operations, writer, secrets, quota);

    /// <summary>Replaces all pods by new ones of the same release, as a deploy does it.</summary>
    public async Task<Result<Deployed>> RestartAsync(Caller caller, string project, string app, CancellationToken cancellation)
    {
        Error? over = null;
        var restarted = await _operations.ChangeAsync(caller, project, app, AppAction.Restart, "application.restart", null, async ground =>
        {
            over = await QuotaAsync(ground, ground.App.Spec, AppAction.Restart, cancellation);
            if (over is not null) return null;
            // The tag may have moved: what the new pods run is stored once one of them is ready.
            await SetAsync(ground, set => set.SetProperty(r => r.RestartedAt, _operations.Now).SetProperty(r => r.Digest, (string?)null), cancellation);
            return $"release {ground.Latest.Number}";
        }, cancellation);
        return over is null ? restarted : over;
    }

    /// <summary>Halts the rollout that is under way: pods that run go on, no more are replaced.</summary>
    public Task<Result<Deployed>> PauseAsync(Caller caller, string project, string app, CancellationToken cancellation) =>
        PausedAsync(caller, project, app, AppAction.Pause, "application.pause", true, cancellation);

    /// <summary>Lets a paused rollout go on, with its whole time before it.</summary>
    public Task<Result<Deployed>> ResumeAsync(Caller caller, string project, string app, CancellationToken cancellation) =>
        PausedAsync(caller, project, app, AppAction.Resume, "application.resume", false, cancellation);

    /// <summary>
    /// Runs another number of replicas, at once and without replacing those that run. An application that was deployed with none
    /// gets a release for it.
    /// </summary>
    /// <param name="replicas">1 to 100, within what the settings allow.</param>
    public async Task<Result<Deployed>> ScaleAsync(Caller caller, string project, string app, int replicas, CancellationToken cancellation)
    {
        if (replicas < 1) return new Invalid("replicas", "Use 1 to 100. To run nothing, stop the application.");
        Error? invalid = null;
        var deploys = false;
        var scaled = await _operations.ChangeAsync(caller, project, app, AppAction.Scale, "application.scale", null, async ground =>
        {
            var spec = ground.App.Spec with { Replicas = replicas };
            invalid = AppSpecValidator.Validate(spec).Error;
            deploys = ground.Latest.State == ReleaseState.Stopped;
            if (invalid is null && !deploys && spec.Replicas > ground.App.Spec.Replicas) invalid = await QuotaAsync(ground, spec, AppAction.Scale, cancellation);
            if (invalid is not null || deploys || spec.Replicas == ground.App.Spec.Replicas) return null;
            var before = ground.App.Spec.Replicas;
            (ground.App.Spec, ground.App.Version, ground.App.UpdatedAt, ground.App.ChangedBy) = (spec, ground.App.Version + 1, _operations.Now, caller.Email);
            await SetAsync(ground, set => set.SetProperty(r => r.ScaledTo, replicas), cancellation);
            return $"from {before} to {replicas} replicas";
        }, cancellation);
        if (invalid is not null) return invalid;
        return !deploys || scaled.Error is not null ? scaled : await _writer.AddAsync(caller, project, app, AppAction.Scale, "application.scale", null,
            ground => Task.FromResult(GivenSpec.Read(ground.App.Spec with { Replicas = replicas }, _secrets.Unprotect(ground.Latest.ProtectedSecrets))
                .Map(given => new ReleasePlan(given.Spec, given.Secrets, caller.UserId, caller.Email) { Message = $"Scaled to {replicas}", PullsAlways = ground.Latest.PullsAlways })), cancellation);
    }

    /// <summary>Puts the live release back onto the cluster as it was deployed.</summary>
    public Task<Result<Deployed>> RepairAsync(Caller caller, string project, string app, CancellationToken cancellation) =>
        _operations.ChangeAsync(caller, project, app, AppAction.Repair, "application.repair", null, ground =>
        {
            ground.App.RepairRequestedAt = _operations.Now;
            return Task.FromResult<string?>(ground.App.Drift is { } drift ? drift.Summarize() : "nothing known to be wrong");
        }, cancellation);

    private Task<Result<Deployed>> PausedAsync(Caller caller, string project, string app, AppAction action, string audited, bool paused, CancellationToken cancellation) =>
        _operations.ChangeAsync(caller, project, app, action, audited, null, async ground =>
        {
            await SetAsync(ground, set => set.SetProperty(r => r.Paused, paused), cancellation);
            return $"release {ground.Latest.Number}";
        }, cancellation);

    private async Task<Error?> QuotaAsync(ReleaseGround ground, AppSpec spec, AppAction action, CancellationToken cancellation)
    {
        var ns = await ground.Db.Set<Project>().Where(p => p.Id == ground.App.ProjectId).Select(p => p.Namespace).FirstAsync(cancellation);
        return await _quota.ProblemAsync(ground.Db, ground.App.ProjectId, ns, ground.App.Id, spec, stopped: false, null, action, cancellation);
    }

    private static Task SetAsync(ReleaseGround ground, Action<UpdateSettersBuilder<Release>> set, CancellationToken cancellation) =>
        ground.Db.Set<Release>().Where(r => r.Id == ground.Latest.Id).ExecuteUpdateAsync(update =>
        {
            set(update);
            update.SetProperty(r => r.Operation, r => r.Operation + 1);
        }, cancellation);
}
