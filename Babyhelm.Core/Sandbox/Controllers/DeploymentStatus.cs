using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>The status of deployments: counts, and the conditions Available, Progressing and ReplicaFailure.</summary>
internal sealed class DeploymentStatus(Registry registry, SandboxOptions options, TimeProvider time)
{
    private const string Progressing = "Progressing";

    /// <summary>When each deployment last got on; finer than the whole seconds of the condition.</summary>
    private readonly Dictionary<string, DateTimeOffset> _progress = new(StringComparer.Ordinal);

    public void Forget(string ns, string name) => _progress.Remove($"{ns}/{name}");

    /// <summary>Notes the current revision and that its replica set is new, or was found.</summary>
    public void NoteNew(StoredObject stored, long revision, string set, bool found)
    {
        registry.Mutate(stored, body =>
        {
            body.Make("metadata", "annotations")[ReplicaSetView.Revision] = revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
            var status = body.Make("status");
            if (found && Conditions.Get(status, Progressing) is not null) return;
            _progress[$"{stored.Namespace}/{stored.Name}"] = time.GetUtcNow();
            Conditions.Set(status, Progressing, "True", found ? "FoundNewReplicaSet" : "NewReplicaSetCreated",
                found ? $"Found new replica set \"{set}\"" : $"Created new replica set \"{set}\"", registry.Now);
        }, Registry.Whole);
    }

    public void NoteFailedCreate(StoredObject stored, string message) =>
        registry.UpdateStatus(stored, status => Conditions.Set(status, Progressing, "False", "ReplicaSetCreateError", $"Failed to create new replica set: {message}", registry.Now));

    public void NotePause(StoredObject stored, JsonObject deployment)
    {
        var reason = Conditions.Get(deployment["status"], Progressing).Str("reason");
        var paused = deployment.Bool("spec", "paused") == true;
        if (reason == "ProgressDeadlineExceeded" || paused == (reason == "DeploymentPaused")) return;
        _progress[$"{stored.Namespace}/{stored.Name}"] = time.GetUtcNow();
        registry.UpdateStatus(stored, status => Conditions.Set(status, Progressing, "Unknown",
            paused ? "DeploymentPaused" : "DeploymentResumed", paused ? "Deployment is paused" : "Deployment is resumed", registry.Now));
    }

    public static bool Complete(JsonObject deployment) => Complete(deployment, deployment.Map("status") ?? []);

    /// <summary>Brings the status up to date; answers when to look again for the deadline, or null.</summary>
    public TimeSpan? Sync(StoredObject stored, List<ReplicaSetView> sets, ReplicaSetView? newest)
    {
        var deployment = stored.Read();
        var before = deployment.Map("status") ?? [];
        TimeSpan? wait = null;
        registry.UpdateStatus(stored, status =>
        {
            Count(deployment, status, sets, newest);
            // A paused one makes no progress, and its condition says so; the two would overwrite each other without end.
            if (deployment.Bool("spec", "paused") != true) wait = Progress(stored, deployment, before, status, newest);
            var failure = sets.Where(s => newest is null || s.Name == newest.Name).Select(s => Conditions.Get(s.Body["status"], "ReplicaFailure")).FirstOrDefault(c => c is not null);
            if (failure is not null) Conditions.Set(status, "ReplicaFailure", failure.Str("status")!, failure.Str("reason")!, failure.Str("message")!, registry.Now);
            else Conditions.Remove(status, "ReplicaFailure");
        });
        return wait;
    }

    private void Count(JsonObject deployment, JsonObject status, List<ReplicaSetView> sets, ReplicaSetView? newest)
    {
        var available = sets.Sum(s => s.Available);
        status["observedGeneration"] = deployment.Int("metadata", "generation");
        status.SetOrRemove("replicas", sets.Sum(s => s.Actual));
        status.SetOrRemove("updatedReplicas", newest?.Actual ?? 0);
        status.SetOrRemove("readyReplicas", sets.Sum(s => s.Ready));
        status.SetOrRemove("availableReplicas", available);
        status.SetOrRemove("unavailableReplicas", Math.Max(0, sets.Sum(s => s.Wanted) - available));
        status["terminatingReplicas"] = sets.Sum(s => s.Terminating);
        if (available >= RolloutMath.Wanted(deployment) - RolloutMath.MaxUnavailable(deployment))
            Conditions.Set(status, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", registry.Now);
        else Conditions.Set(status, "Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", registry.Now);
    }

    private TimeSpan? Progress(StoredObject stored, JsonObject deployment, JsonObject before, JsonObject status, ReplicaSetView? newest)
    {
        var deadline = deployment.Int("spec", "progressDeadlineSeconds");
        // The largest number stands for none at all.
        if (deadline is null or int.MaxValue)
        {
            Conditions.Remove(status, Progressing);
            return null;
        }
        var key = $"{stored.Namespace}/{stored.Name}";
        var current = Conditions.Get(before, Progressing);
        var subject = newest is null ? $"Deployment \"{stored.Name}\"" : $"ReplicaSet \"{newest.Name}\"";
        if (current.Str("reason") == "NewReplicaSetAvailable" && Number(status, "replicas") == Number(status, "updatedReplicas")) return null;
        if (Complete(deployment, status))
        {
            _progress[key] = time.GetUtcNow();
            Conditions.Set(status, Progressing, "True", "NewReplicaSetAvailable", $"{subject} has successfully progressed.", registry.Now);
            return null;
        }
        if (GotOn(before, status))
        {
            _progress[key] = time.GetUtcNow();
            var since = current.Str("status") == "True" ? current.Str("lastTransitionTime") : null;
            Conditions.Remove(status, Progressing);
            Conditions.Set(status, Progressing, "True", "ReplicaSetUpdated", $"{subject} is progressing.", registry.Now);
            if (since is not null) Conditions.Get(status, Progressing)!["lastTransitionTime"] = since;
            return options.Second * deadline.Value;
        }
        if (current is null || current.Str("reason") is "NewReplicaSetAvailable" or "ProgressDeadlineExceeded" || deployment.Bool("spec", "paused") == true) return null;
        if (!_progress.TryGetValue(key, out var last)) _progress[key] = last = Ids.Time(current.Str("lastUpdateTime")) ?? time.GetUtcNow();
        var left = last + options.Second * deadline.Value - time.GetUtcNow();
        if (left > TimeSpan.Zero) return left;
        Conditions.Set(status, Progressing, "False", "ProgressDeadlineExceeded", $"{subject} has timed out progressing.", registry.Now);
        return null;
    }

    private static bool GotOn(JsonObject before, JsonObject status) =>
        Number(status, "updatedReplicas") > Number(before, "updatedReplicas")
        || Number(status, "replicas") - Number(status, "updatedReplicas") < Number(before, "replicas") - Number(before, "updatedReplicas")
        || Number(status, "readyReplicas") > Number(before, "readyReplicas")
        || Number(status, "availableReplicas") > Number(before, "availableReplicas");

    private static bool Complete(JsonObject deployment, JsonObject status)
    {
        var wanted = RolloutMath.Wanted(deployment);
        return Number(status, "updatedReplicas") == wanted && Number(status, "replicas") == wanted && Number(status, "availableReplicas") == wanted
            && Number(status, "observedGeneration") >= deployment.Int("metadata", "generation");
    }

    private static long Number(JsonObject status, string name) => status.Int(name) ?? 0;
}
