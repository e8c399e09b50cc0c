using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>Keeps as many pods of a replica set as it wants, and its status.</summary>
internal sealed class ReplicaSetController(Registry registry, Deletion deletion, EventRecorder events, SandboxOptions options, TimeProvider time) : Reconciler
{
    private const string Component = "replicaset-controller";
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);

    private sealed record Member(StoredObject Stored, JsonObject Body);

    public override void Observe(Change change, Action<string, string> enqueue)
    {
        if (change.Object.Resource == ApiResource.ReplicaSets) enqueue(change.Object.Namespace, change.Object.Name);
        else if (change.Object.Resource == ApiResource.Pods && change.Object.ControllerUid is not null && Ownership.Controlling(change.Object, "ReplicaSet") is { } owner)
            enqueue(change.Object.Namespace, owner);
    }

    public override void Reconcile(string ns, string name)
    {
        lock (registry.Store.Gate)
        {
            if (registry.Store.Get(ApiResource.ReplicaSets, ns, name) is not { } stored)
            {
                _failures.Remove($"{ns}/{name}");
                return;
            }
            var set = stored.Read();
            var pods = registry.Store.Controlled(ApiResource.Pods, ns, stored.Uid).Select(p => new Member(p, p.Read())).ToList();
            var active = pods.Where(p => PodFacts.Active(p.Stored, p.Body)).ToList();
            var failure = stored.Deleting ? null : Scale(stored, set, active);
            UpdateStatus(stored, set, pods, active, failure);
            Retry(ns, name, failure is not null);
        }
    }

    /// <summary>Creates or deletes pods; answers why it could not, or null.</summary>
    private (string Reason, string Message)? Scale(StoredObject stored, JsonObject set, List<Member> active)
    {
        var missing = (int)(set.Int("spec", "replicas") ?? 1) - active.Count;
        if (missing < 0)
        {
            foreach (var pod in active.OrderBy(Expendable).ThenByDescending(p => p.Body.Str("metadata", "creationTimestamp")).ThenByDescending(p => p.Stored.Version).Take(-missing).ToList())
            {
                deletion.Delete(pod.Stored, DeleteOptions.Background);
                events.Record(stored, "Normal", "SuccessfulDelete", $"Deleted pod: {pod.Stored.Name}", Component);
                active.Remove(pod);
            }
            return null;
        }
        // Batches of 1, 2, 4 and so on, so that a refusal does not repeat for every pod.
        for (var batch = 1; missing > 0; batch *= 2)
        {
            (string, string)? failed = null;
            for (var i = Math.Min(batch, missing); i > 0; i--, missing--)
                if (CreatePod(stored, set) is { } message) failed ??= ("FailedCreate", message);
            if (failed is not null) return failed;
        }
        return null;
    }

    private string? CreatePod(StoredObject stored, JsonObject set)
    {
        var template = set.Map("spec", "template");
        var meta = (JsonObject?)template.Map("metadata")?.DeepClone() ?? [];
        meta["generateName"] = $"{stored.Name}-";
        meta["ownerReferences"] = new JsonArray(Ownership.Controller(stored));
        var pod = new JsonObject { ["metadata"] = meta, ["spec"] = template.At("spec")?.DeepClone() };
        if (registry.Create(ApiResource.Pods, stored.Namespace, pod, WriteContext.Controller).Ok(out var created, out var error))
        {
            events.Record(stored, "Normal", "SuccessfulCreate", $"Created pod: {created.Str("metadata", "name")}", Component);
            return null;
        }
        events.Record(stored, "Warning", "FailedCreate", $"Error creating: {error.Message}", Component);
        return error.Message;
    }

    private void UpdateStatus(StoredObject stored, JsonObject set, List<Member> pods, List<Member> active, (string Reason, string Message)? failure)
    {
        var labels = LabelSelector.OfMap(set.At("spec", "template", "metadata", "labels"));
        var minReady = options.Second * (set.Int("spec", "minReadySeconds") ?? 0);
        var now = time.GetUtcNow();
        var ready = active.Where(p => PodFacts.Ready(p.Body)).ToList();
        // Times have whole seconds, so up to one is waited longer than asked.
        var waits = ready.Select(p => PodFacts.ReadySince(p.Body)!.Value + minReady - now).Where(w => minReady > TimeSpan.Zero && w > TimeSpan.Zero).ToList();
        if (waits.Count > 0) Later(stored.Namespace, stored.Name, waits.Min());
        registry.UpdateStatus(stored, status =>
        {
            status["replicas"] = active.Count;
            status.SetOrRemove("fullyLabeledReplicas", active.Count(p => labels.Matches(p.Stored.Labels)));
            status.SetOrRemove("readyReplicas", ready.Count);
            status.SetOrRemove("availableReplicas", ready.Count - waits.Count);
            status["terminatingReplicas"] = pods.Count(p => p.Stored.Deleting && !PodFacts.Ended(p.Body));
            status["observedGeneration"] = set.Int("metadata", "generation");
            if (failure is var (reason, message)) Conditions.Set(status, "ReplicaFailure", "True", reason, message, Ids.Time(now), updateTime: false);
            else Conditions.Remove(status, "ReplicaFailure");
        });
    }

    private void Retry(string ns, string name, bool failed)
    {
        if (!failed)
        {
            _failures.Remove($"{ns}/{name}");
            return;
        }
        var times = _failures[$"{ns}/{name}"] = Math.Min(_failures.GetValueOrDefault($"{ns}/{name}") + 1, 20);
        var wait = TimeSpan.FromMilliseconds(5 << (times - 1));
        Later(ns, name, wait < LongestRetry ? wait : LongestRetry);
    }

    /// <summary>Pods to lose first: without a node, pending, not ready.</summary>
    private static int Expendable(Member pod) =>
        pod.Body.Str("spec", "nodeName") is not { Length: > 0 } ? 0
        : pod.Body.Str("status", "phase") == "Pending" ? 1
        : !PodFacts.Ready(pod.Body) ? 2 : 3;

}
