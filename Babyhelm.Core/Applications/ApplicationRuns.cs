using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Applications;

/// <summary>Runs of an application with a schedule: starts one by hand, and tells what became of them.</summary>
public sealed class ApplicationRuns
{
    /// <summary>Cron jobs have shorter names than this; a job's may have 63.</summary>
    private const int MaxName = 52;

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

    /// <summary>Starts one run now, beside the schedule; also of a stopped application. Answers the name of its job.</summary>
    public async Task<Result<string>> StartAsync(Caller caller, string projectName, string name, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        var access = await ProjectAccess.RequireAsync(db, caller, projectName, AppActions.Right(AppAction.Run), cancellation);
        if (access.Failed(out var error, out var project)) return error;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if ((await _writer.LockAsync(db, project, name, AppAction.Run, null, cancellation)).Failed(out error, out _)) return error;
        if ((await _cluster.GetAsync(ResourceType.CronJobs, project.Namespace, name, cancellation)).Failed(out error, out var cron))
            return error is KubernetesError { IsNotFound: true } ? new Conflict("The schedule is missing on the cluster. Repair the application first.", "not-live") : error;
        if (AppRun.Of(_cache.Get(project.Namespace, name)).Any(r => r.State == AppRunState.Running)) return new Conflict("A run is under way. Wait for its end.", "run-underway");
        var job = $"{(name.Length > MaxName ? name[..MaxName] : name)}-run-{RandomNumberGenerator.GetHexString(5, lowercase: true)}";
        db.Add(AuditEntry.Of(caller, "application.run", $"project/{project.Name}/app/{name}", _time, project.Id, $"job {job}"));
        await db.SaveChangesAsync(cancellation);
        if ((await _cluster.CreateAsync(Job(cron, project.Namespace, job), cancellation: cancellation)).Failed(out error, out _)) return error;
        await transaction.CommitAsync(cancellation);
        return job;
    }

    /// <summary>As the schedule would make it: it goes with the cron job, which also keeps only the last few.</summary>
    private static JsonObject Job(JsonObject cron, string ns, string name)
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
