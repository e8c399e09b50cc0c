using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>Runs the pods of a job until enough have succeeded or too many have failed.</summary>
internal sealed class JobController(Registry registry, Deletion deletion, EventRecorder events, SandboxOptions options, TimeProvider time) : Reconciler
{
    private const string Component = "job-controller";

    public override void Observe(Change change, Action<string, string> enqueue)
    {
        if (change.Object.Resource == ApiResource.Jobs) enqueue(change.Object.Namespace, change.Object.Name);
        else if (change.Object.Resource == ApiResource.Pods && Ownership.Controlling(change.Object, "Job") is { } owner) enqueue(change.Object.Namespace, owner);
    }

    public override void Reconcile(string ns, string name)
    {
        lock (registry.Store.Gate)
        {
            if (registry.Store.Get(ApiResource.Jobs, ns, name) is not { Deleting: false } stored) return;
            var job = stored.Read();
            if (Label(stored, job)) return;
            var pods = registry.Store.Controlled(ApiResource.Pods, ns, stored.Uid).Select(p => (Stored: p, Body: p.Read())).ToList();
            var active = pods.Where(p => PodFacts.Active(p.Stored, p.Body)).ToList();
            var succeeded = pods.Count(p => p.Body.Str("status", "phase") == "Succeeded");
            var failed = pods.Count(p => p.Body.Str("status", "phase") == "Failed");
            UpdateStatus(stored, pods, succeeded, failed);
            var finished = Ended(job) is not null;
            if (!finished && job.Bool("spec", "suspend") != true)
            {
                if (failed + Restarts(pods) > (job.Int("spec", "backoffLimit") ?? 6)) finished = Finish(stored, active, "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit");
                else if (succeeded >= (job.Int("spec", "completions") ?? 1)) finished = Finish(stored, active, "Complete", "CompletionsReached", "Reached expected number of succeeded pods");
                else if (Overdue(job) is { } left)
                {
                    if (left <= TimeSpan.Zero) finished = Finish(stored, active, "Failed", "DeadlineExceeded", "Job was active longer than specified deadline");
                    else Later(ns, name, left);
                }
            }
            if (!finished && job.Bool("spec", "suspend") != true) Fill(stored, job, active.Count, succeeded, failed);
            pods = [.. registry.Store.Controlled(ApiResource.Pods, ns, stored.Uid).Select(p => (p, p.Read()))];
            UpdateStatus(stored, pods, succeeded, failed);
            if (finished) Expire(registry.Store.Get(ApiResource.Jobs, ns, name));
        }
    }

    /// <summary>A new job gets a selector and labels of its own.</summary>
    private bool Label(StoredObject stored, JsonObject job)
    {
        if (job.At("spec", "selector") is not null) return false;
        // The template may not change later, so this bypasses the rules for users.
        var labels = job.Make("spec", "template", "metadata", "labels");
        labels["batch.kubernetes.io/controller-uid"] = stored.Uid;
        labels["batch.kubernetes.io/job-name"] = stored.Name;
        labels["controller-uid"] = stored.Uid;
        labels["job-name"] = stored.Name;
        job.Make("spec")["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["batch.kubernetes.io/controller-uid"] = stored.Uid } };
        registry.Store.Put(ApiResource.Jobs, job);
        return true;
    }

    private void Fill(StoredObject stored, JsonObject job, int active, int succeeded, int failed)
    {
        var wanted = Math.Min(job.Int("spec", "parallelism") ?? 1, (job.Int("spec", "completions") ?? 1) - succeeded) - active;
        if (wanted <= 0) return;
        if (failed > 0 && NextTry(stored, failed) is { } wait)
        {
            Later(stored.Namespace, stored.Name, wait);
            return;
        }
        for (; wanted > 0; wanted--)
        {
            var meta = (JsonObject?)job.At("spec", "template", "metadata")?.DeepClone() ?? [];
            meta["generateName"] = $"{stored.Name}-";
            meta["ownerReferences"] = new JsonArray(Ownership.Controller(stored));
            var pod = new JsonObject { ["metadata"] = meta, ["spec"] = job.At("spec", "template", "spec")?.DeepClone() };
            if (registry.Create(ApiResource.Pods, stored.Namespace, pod, WriteContext.Controller).Ok(out var created, out var error))
                events.Record(stored, "Normal", "SuccessfulCreate", $"Created pod: {created.Str("metadata", "name")}", Component);
            else
            {
                events.Record(stored, "Warning", "FailedCreate", $"Error creating: {error.Message}", Component);
                Later(stored.Namespace, stored.Name, options.BackOff);
                return;
            }
        }
    }

    /// <summary>After each failed pod the next one waits twice as long.</summary>
    private TimeSpan? NextTry(StoredObject stored, int failed)
    {
        var last = registry.Store.Controlled(ApiResource.Pods, stored.Namespace, stored.Uid).Select(p => p.Read()).Where(p => p.Str("status", "phase") == "Failed")
            .SelectMany(p => p.Items("status", "containerStatuses")).Select(c => Ids.Time(c.Str("state", "terminated", "finishedAt"))).Max();
        var left = last + options.BackOff * (1 << Math.Min(failed - 1, 5)) - time.GetUtcNow();
        return left > TimeSpan.Zero ? left : null;
    }

    private bool Finish(StoredObject stored, List<(StoredObject Stored, JsonObject Body)> active, string type, string reason, string message)
    {
        foreach (var pod in active)
        {
            deletion.Delete(pod.Stored, DeleteOptions.Background);
            events.Record(stored, "Normal", "SuccessfulDelete", $"Deleted pod: {pod.Stored.Name}", Component);
        }
        registry.UpdateStatus(stored, status =>
        {
            Conditions.Set(status, type, "True", reason, message, registry.Now, updateTime: false);
            if (type == "Complete") status["completionTime"] = registry.Now;
        });
        events.Record(stored, type == "Complete" ? "Normal" : "Warning", type == "Complete" ? "Completed" : reason, type == "Complete" ? "Job completed" : message, Component);
        return true;
    }

    private void UpdateStatus(StoredObject stored, List<(StoredObject Stored, JsonObject Body)> pods, int succeeded, int failed) => registry.UpdateStatus(stored, status =>
    {
        status.Default("startTime", registry.Now);
        status.SetOrRemove("active", pods.Count(p => PodFacts.Active(p.Stored, p.Body)));
        status.SetOrRemove("ready", pods.Count(p => PodFacts.Active(p.Stored, p.Body) && PodFacts.Ready(p.Body)));
        status.SetOrRemove("succeeded", Math.Max(succeeded, status.Int("succeeded") ?? 0));
        status.SetOrRemove("failed", Math.Max(failed, status.Int("failed") ?? 0));
    });

    private void Expire(StoredObject? stored)
    {
        if (stored?.Read() is not { } job || job.Int("spec", "ttlSecondsAfterFinished") is not { } seconds) return;
        var end = Ids.Time(Ended(job).Str("lastTransitionTime"));
        var left = end + options.Second * seconds - time.GetUtcNow();
        if (left > TimeSpan.Zero) Later(stored.Namespace, stored.Name, left.Value);
        else deletion.Delete(stored, DeleteOptions.Background);
    }

    private TimeSpan? Overdue(JsonObject job) =>
        job.Int("spec", "activeDeadlineSeconds") is { } seconds && Ids.Time(job.Str("status", "startTime")) is { } start ? start + options.Second * seconds - time.GetUtcNow() : null;

    private static JsonObject? Ended(JsonObject job) => Conditions.Get(job["status"], "Complete") ?? Conditions.Get(job["status"], "Failed");

    private static long Restarts(List<(StoredObject Stored, JsonObject Body)> pods) =>
        pods.Where(p => p.Body.Str("spec", "restartPolicy") == "OnFailure").SelectMany(p => p.Body.Items("status", "containerStatuses")).Sum(c => c.Int("restartCount") ?? 0);
}
