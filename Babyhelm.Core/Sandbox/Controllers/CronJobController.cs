using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>Makes jobs when their time has come, and clears away old ones.</summary>
internal sealed class CronJobController(Registry registry, Deletion deletion, EventRecorder events, TimeProvider time) : Reconciler
{
    private const string Component = "cronjob-controller";

    public override void Observe(Change change, Action<string, string> enqueue)
    {
        if (change.Object.Resource == ApiResource.CronJobs) enqueue(change.Object.Namespace, change.Object.Name);
        else if (change.Object.Resource == ApiResource.Jobs && Ownership.Controlling(change.Object, "CronJob") is { } owner) enqueue(change.Object.Namespace, owner);
    }

    public override void Reconcile(string ns, string name)
    {
        lock (registry.Store.Gate)
        {
            if (registry.Store.Get(ApiResource.CronJobs, ns, name) is not { Deleting: false } stored) return;
            var cron = stored.Read();
            var jobs = registry.Store.Controlled(ApiResource.Jobs, ns, stored.Uid).Select(j => (Stored: j, Body: j.Read())).ToList();
            CleanUp(cron, jobs);
            var active = jobs.Where(j => Finished(j.Body) is null).ToList();
            if (cron.Bool("spec", "suspend") != true && CronSchedule.Parse(cron.Str("spec", "schedule") ?? "") is { } schedule)
            {
                var now = time.GetUtcNow();
                var since = Ids.Time(cron.Str("status", "lastScheduleTime")) ?? Ids.Time(cron.Str("metadata", "creationTimestamp")) ?? now;
                DateTimeOffset? due = null;
                // Of several missed times only the last one is made up for.
                for (var next = schedule.Next(since); next <= now; next = schedule.Next(next.Value)) due = next;
                if (due is { } at) Start(stored, cron, active, at);
                if (schedule.Next(now) is { } later) Later(ns, name, later - now);
            }
            jobs = [.. registry.Store.Controlled(ApiResource.Jobs, ns, stored.Uid).Select(j => (j, j.Read()))];
            registry.UpdateStatus(stored, status =>
            {
                var running = jobs.Where(j => Finished(j.Body) is null).Select(j => new JsonObject
                {
                    ["kind"] = "Job",
                    ["namespace"] = ns,
                    ["name"] = j.Stored.Name,
                    ["uid"] = j.Stored.Uid,
                    ["apiVersion"] = "batch/v1",
                    ["resourceVersion"] = j.Body.Str("metadata", "resourceVersion"),
                }).ToArray();
                status.SetField("active", running.Length == 0 ? null : new JsonArray(running));
                if (jobs.Select(j => j.Body.Str("status", "completionTime")).Max() is { } success) status["lastSuccessfulTime"] = success;
            });
        }
    }

    private void Start(StoredObject stored, JsonObject cron, List<(StoredObject Stored, JsonObject Body)> active, DateTimeOffset at)
    {
        registry.UpdateStatus(stored, status => status["lastScheduleTime"] = Ids.Time(at));
        var policy = cron.Str("spec", "concurrencyPolicy");
        if (policy == "Forbid" && active.Count > 0)
        {
            events.Record(stored, "Normal", "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid", Component);
            return;
        }
        if (policy == "Replace")
            foreach (var job in active) deletion.Delete(job.Stored, DeleteOptions.Background);
        var name = $"{stored.Name}-{at.ToUnixTimeSeconds() / 60}";
        var body = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = cron.At("spec", "jobTemplate", "metadata", "labels")?.DeepClone(),
                ["annotations"] = new JsonObject { ["batch.kubernetes.io/cronjob-scheduled-timestamp"] = Ids.Time(at) },
                ["ownerReferences"] = new JsonArray(Ownership.Controller(stored)),
            },
            ["spec"] = cron.At("spec", "jobTemplate", "spec")?.DeepClone(),
        };
        if (registry.Create(ApiResource.Jobs, stored.Namespace, body, WriteContext.Controller).Ok(out _, out var error)) events.Record(stored, "Normal", "SuccessfulCreate", $"Created job {name}", Component);
        else if (error.Code != "AlreadyExists") events.Record(stored, "Warning", "FailedCreate", $"Error creating job: {error.Message}", Component);
    }

    private void CleanUp(JsonObject cron, List<(StoredObject Stored, JsonObject Body)> jobs)
    {
        foreach (var (type, limit) in new[] { ("Complete", cron.Int("spec", "successfulJobsHistoryLimit") ?? 3), ("Failed", cron.Int("spec", "failedJobsHistoryLimit") ?? 1) })
            foreach (var job in jobs.Where(j => Finished(j.Body) == type && !j.Stored.Deleting).OrderByDescending(j => j.Body.Str("metadata", "creationTimestamp"), StringComparer.Ordinal).ThenByDescending(j => j.Stored.Name, StringComparer.Ordinal).Skip((int)limit))
                deletion.Delete(job.Stored, DeleteOptions.Background);
    }

    private static string? Finished(JsonObject job) => new[] { "Complete", "Failed" }.FirstOrDefault(t => Conditions.Get(job["status"], t) is not null);
}
