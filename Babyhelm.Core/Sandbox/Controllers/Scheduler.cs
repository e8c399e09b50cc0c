using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Admission;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>Puts pods on the one node while its capacity lasts, and says which resource is short when it does not.</summary>
internal sealed class Scheduler(Registry registry, EventRecorder events, SandboxOptions options) : Reconciler
{
    private const string Component = "default-scheduler";

    private readonly Dictionary<string, (decimal Cpu, decimal Memory)> _bound = new(StringComparer.Ordinal);
    private readonly HashSet<(string Namespace, string Name)> _waiting = [];
    private readonly decimal _cpu = Quantity.Parse(options.NodeCpu) ?? 0;
    private readonly decimal _memory = Quantity.Parse(options.NodeMemory) ?? 0;
    private decimal _usedCpu;
    private decimal _usedMemory;

    public override void Observe(Change change, Action<string, string> enqueue)
    {
        if (change.Object.Resource == ApiResource.Pods) enqueue(change.Object.Namespace, change.Object.Name);
        else if (change.Object.Resource == ApiResource.Claims || change.Object.Resource == ApiResource.Nodes)
            foreach (var (ns, name) in _waiting) enqueue(ns, name);
    }

    public override void Reconcile(string ns, string name)
    {
        lock (registry.Store.Gate)
        {
            var stored = registry.Store.Get(ApiResource.Pods, ns, name);
            var pod = stored?.Read();
            if (stored is null || pod is null || PodFacts.Ended(pod))
            {
                _waiting.Remove((ns, name));
                if (_bound.Remove($"{ns}/{name}", out var freed)) Free(freed);
                return;
            }
            var amount = (Quotas.PodAmount(pod.Map("spec"), "requests", "cpu"), Quotas.PodAmount(pod.Map("spec"), "requests", "memory"));
            if (pod.Str("spec", "nodeName") is { Length: > 0 }) Bind(ns, name, amount);
            else if (stored.Deleting) _waiting.Remove((ns, name));
            else if (pod.Str("spec", "schedulerName") is not (null or "" or Component)) return; // another one's, who is not here
            else if (Obstacle(ns, pod, amount) is { } why) Refuse(stored, why);
            else
            {
                _waiting.Remove((ns, name));
                Bind(ns, name, amount);
                Assign(stored);
            }
        }
    }

    private void Assign(StoredObject stored)
    {
        var body = stored.Read();
        body.Make("spec")["nodeName"] = NodeInfo.Name;
        var status = body.Make("status");
        Conditions.Remove(status, "PodScheduled");
        status.MakeList("conditions").Add(new JsonObject { ["type"] = "PodScheduled", ["status"] = "True", ["lastProbeTime"] = null, ["lastTransitionTime"] = registry.Now });
        registry.Store.Put(ApiResource.Pods, body);
        events.RecordAction(stored, "Normal", "Scheduled", $"Successfully assigned {stored.Namespace}/{stored.Name} to {NodeInfo.Name}", Component, "Binding");
    }

    private void Refuse(StoredObject stored, string why)
    {
        _waiting.Add((stored.Namespace, stored.Name));
        if (Conditions.Get(stored.Read()["status"], "PodScheduled").Str("message") == why) return;
        events.RecordAction(stored, "Warning", "FailedScheduling", why, Component, "Scheduling");
        registry.UpdateStatus(stored, status =>
        {
            var since = Conditions.Get(status, "PodScheduled").Str("lastTransitionTime") ?? registry.Now;
            Conditions.Remove(status, "PodScheduled");
            status.MakeList("conditions").Add(new JsonObject
            {
                ["type"] = "PodScheduled",
                ["observedGeneration"] = stored.Read().Int("metadata", "generation"),
                ["status"] = "False",
                ["lastProbeTime"] = null,
                ["lastTransitionTime"] = since,
                ["reason"] = "Unschedulable",
                ["message"] = why,
            });
        });
    }

    private string? Obstacle(string ns, JsonObject pod, (decimal Cpu, decimal Memory) amount)
    {
        foreach (var claim in pod.Items("spec", "volumes").Select(v => v.Str("persistentVolumeClaim", "claimName")).OfType<string>())
        {
            if (registry.Store.Get(ApiResource.Claims, ns, claim)?.Read() is not { } found) return $"0/1 nodes are available: persistentvolumeclaim \"{claim}\" not found. not found";
            if (found.Str("status", "phase") != "Bound")
                return "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found";
        }
        var selector = pod.Map("spec", "nodeSelector");
        if (selector is not null && registry.Store.Get(ApiResource.Nodes, null, NodeInfo.Name) is { } node && !LabelSelector.OfMap(selector).Matches(node.Labels))
            return Helpless("1 node(s) didn't match Pod's node affinity/selector.");
        var shorts = new List<string>();
        if (_usedCpu + amount.Cpu > _cpu) shorts.Add("1 Insufficient cpu");
        if (_usedMemory + amount.Memory > _memory) shorts.Add("1 Insufficient memory");
        if (_bound.Count >= options.MaxPods) shorts.Add("1 Too many pods");
        return shorts.Count == 0 ? null : Helpless(string.Join(", ", shorts) + ".");
    }

    private static string Helpless(string why) =>
        $"0/1 nodes are available: {why} no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";

    private void Bind(string ns, string name, (decimal Cpu, decimal Memory) amount)
    {
        if (!_bound.TryAdd($"{ns}/{name}", amount)) return;
        _usedCpu += amount.Cpu;
        _usedMemory += amount.Memory;
    }

    private void Free((decimal Cpu, decimal Memory) amount)
    {
        _usedCpu -= amount.Cpu;
        _usedMemory -= amount.Memory;
        foreach (var (ns, name) in _waiting) Later(ns, name, TimeSpan.Zero);
    }
}
