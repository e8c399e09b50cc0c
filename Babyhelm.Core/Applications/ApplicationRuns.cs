using System.Globalization;
using System.Text.Json.Nodes;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>Runs of an application with a schedule: starts one by hand, and tells what became of them.</summary>
public sealed class ApplicationRuns
{
    /// <summary>How many others, who start one at the same moment where that is allowed, one gives way to.</summary>
    private const int MaxTries = 20;

    private readonly IDbContextFactory<BabyhelmDbContext> _contexts;
    private readonly ReleaseWriter _writer;
    private readonly KubernetesClient _cluster;
    private readonly ClusterCache _cache;
    private readonly TimeProvider _time;

    internal ApplicationRuns(IDbContextFactory<BabyhelmDbContext> contexts, ReleaseWriter writer, KubernetesClient cluster, ClusterCache cache, TimeProvider time) =>
        (_contexts, _writer, _cluster, _cache, _time) = (contexts, writer, cluster, cache, time);

    /// <summary>Those that the cluster still knows, newest first.</summary>
    public async Task<Result<IReadOnlyList<AppRun>>> ListAsync(Caller caller, string project, string app, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        var access = await ApplicationAccess.RequireAsync(db, caller, project, app, ProjectAction.View, cancellation);
        return access.Map<IReadOnlyList<AppRun>>(found => AppRun.Of(_cache.Get(found.Project.Namespace, app)));
    }

    /// <summary>
    /// Starts one run now, beside the schedule; also of a stopped application. Answers the name of its job. Where the cron job
    /// allows no two runs at once, <see cref="Conflict"/> while one is under way. The cluster decides between people who start one
    /// at the same moment: runs are numbered, and of two jobs of one name it takes one. Nothing is locked while it is asked.
    /// </summary>
    public async Task<Result<string>> StartAsync(Caller caller, string projectName, string name, CancellationToken cancellation)
    {
        if ((await AllowedAsync(caller, projectName, name, cancellation)).Failed(out var error, out var project)) return error;
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if ((await NextAsync(project.Namespace, name, cancellation)).Failed(out error, out var job)) return error;
            var run = job["metadata"]!["name"]!.GetValue<string>();
            // Before it is made: whether a cluster that falls silent has made it, nobody knows.
            await NoteAsync(caller, project, name, $"job {run}", cancellation);
            var made = await _cluster.CreateAsync(job, cancellation: cancellation);
            if (made.Error is null) return run;
            error = made.Error;
            if (error is KubernetesError) await NoteAsync(caller, project, name, $"job {run} was not made: {error.Code}", CancellationToken.None);
            if (error is Unavailable) return new Unavailable("The cluster did not answer. Whether the run has begun shows among the runs once the cluster is back.");
            if (error is not KubernetesError { IsAlreadyExists: true }) return error;
        }
        return new Conflict("Others start runs of it at the same moment. Try again.", "run-underway");
    }

    /// <summary>The project, if a run may be started in it now.</summary>
    private async Task<Result<ProjectView>> AllowedAsync(Caller caller, string projectName, string name, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        var access = await ProjectAccess.RequireAsync(db, caller, projectName, AppActions.Right(AppAction.Run), cancellation);
        if (access.Failed(out var error, out var project)) return error;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        return (await _writer.LockAsync(db, project, name, AppAction.Run, null, cancellation)).Map(_ => project);
    }

    /// <summary>The job of the next run, as the cluster has it now; not from the cache, which may be behind.</summary>
    private async Task<Result<JsonObject>> NextAsync(string ns, string name, CancellationToken cancellation)
    {
        if ((await _cluster.GetAsync(ResourceType.CronJobs, ns, name, cancellation)).Failed(out var error, out var cron))
            return error is KubernetesError { IsNotFound: true } ? new Conflict("The schedule is missing on the cluster. Repair the application first.", "not-live") : error;
        if ((await _cluster.ListAsync<Job>(ResourceType.Jobs, ns, $"{Labels.Selector},{Labels.App}={name}", cancellation: cancellation)).Failed(out error, out var jobs)) return error;
        var runs = jobs.Items.Select(AppRun.Of).ToList();
        // Replace is for the schedule alone: nobody ends a run by starting one.
        if (cron["spec"]?["concurrencyPolicy"]?.GetValue<string>() is not (null or "Allow") && runs.Any(r => r.State == AppRunState.Running))
            return new Conflict("A run is under way. Wait for its end.", "run-underway");
        var prefix = $"{name}-run-";
        var last = runs.Where(r => r.Manual && r.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(r => int.TryParse(r.Name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).DefaultIfEmpty().Max();
        return Make(cron, ns, $"{prefix}{(last + 1L).ToString(CultureInfo.InvariantCulture)}");
    }

    private async Task NoteAsync(Caller caller, ProjectView project, string name, string detail, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        db.Add(AuditEntry.Of(caller, "application.run", $"project/{project.Name}/app/{name}", _time, project.Id, detail));
        await db.SaveChangesAsync(cancellation);
    }

    /// <summary>As the schedule would make it: it goes with the cron job, which also keeps only the last few.</summary>
    private static JsonObject Make(JsonObject cron, string ns, string name)
    {
        var template = (JsonObject)cron["spec"]!["jobTemplate"]!.DeepClone();
        var metadata = template["metadata"] as JsonObject ?? [];
        metadata.Remove("creationTimestamp");
        (metadata["name"], metadata["namespace"]) = (name, ns);
        if (metadata["labels"] is not JsonObject labels) metadata["labels"] = labels = [];
        labels[Labels.Run] = Labels.ManualRun;
        metadata["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = ResourceType.CronJobs.ApiVersion,
            ["kind"] = ResourceType.CronJobs.Kind,
            ["name"] = cron["metadata"]!["name"]!.DeepClone(),
            ["uid"] = cron["metadata"]!["uid"]!.DeepClone(),
            ["controller"] = true,
            ["blockOwnerDeletion"] = true,
        });
        return new JsonObject
        {
            ["apiVersion"] = ResourceType.Jobs.ApiVersion,
            ["kind"] = ResourceType.Jobs.Kind,
            ["metadata"] = metadata.Parent is null ? metadata : metadata.DeepClone(),
            ["spec"] = template["spec"]!.DeepClone(),
        };
    }
}
