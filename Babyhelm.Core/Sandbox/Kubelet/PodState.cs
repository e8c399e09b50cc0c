using System.Net;
using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>What the kubelet knows of one pod, and how it tells it: the pod's status, written whenever it changed.</summary>
internal sealed class PodState
{
    private readonly Registry _registry;
    private readonly Dictionary<string, (string Status, string Since)> _conditions = new(StringComparer.Ordinal);
    private readonly string _startTime;

    public PodState(StoredObject stored, Registry registry)
    {
        (Stored, _registry) = (stored, registry);
        Body = stored.Read();
        _startTime = registry.Now;
        StartedAt = DateTimeOffset.Parse(_startTime, System.Globalization.CultureInfo.InvariantCulture);
        Containers = [.. Body.Items("spec", "containers").Select(c => new ContainerState(c))];
        InitContainers = [.. Body.Items("spec", "initContainers").Select(c => new ContainerState(c))];
        if (InitContainers.Count > 0)
            foreach (var container in Containers.Concat(InitContainers)) container.Wait("PodInitializing");
        var scheduled = Controllers.Conditions.Get(Body["status"], "PodScheduled");
        _conditions["PodScheduled"] = ("True", scheduled.Str("lastTransitionTime") ?? _startTime);
    }

    public StoredObject Stored { get; }

    /// <summary>When the node took it up.</summary>
    public DateTimeOffset StartedAt { get; }
    public JsonObject Body { get; }
    public Lock Gate { get; } = new();
    public IReadOnlyList<ContainerState> Containers { get; }
    public IReadOnlyList<ContainerState> InitContainers { get; }
    public IPAddress? Address { get; set; }
    public bool SandboxReady { get; set; }
    public bool Initialized { get; set; }

    /// <summary>All processes have ended for good.</summary>
    public bool Finished { get; set; }

    public string RestartPolicy => Body.Str("spec", "restartPolicy") ?? "Always";

    /// <summary>As messages name a pod.</summary>
    public string Described => $"{Stored.Name}_{Stored.Namespace}({Stored.Uid})";

    /// <summary>Changes what is known and writes the status that follows.</summary>
    public void Change(Action change)
    {
        lock (_registry.Store.Gate)
            lock (Gate)
            {
                change();
                Write();
            }
    }

    public ContainerState? Find(string name) => Containers.Concat(InitContainers).FirstOrDefault(c => c.Name == name);

    private void Write()
    {
        if (_registry.Store.Get(ApiResource.Pods, Stored.Namespace, Stored.Name) is not { } current || current.Uid != Stored.Uid) return;
        var generation = current.Read().Int("metadata", "generation");
        var phase = Phase();
        _registry.UpdateStatus(current, status =>
        {
            status["observedGeneration"] = generation;
            status["phase"] = phase;
            status["conditions"] = ConditionList(phase, generation);
            status["hostIP"] = NodeInfo.Address;
            status["hostIPs"] = new JsonArray(new JsonObject { ["ip"] = NodeInfo.Address });
            status["startTime"] = _startTime;
            if (Address is not null)
            {
                status["podIP"] = Address.ToString();
                status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = Address.ToString() });
            }
            if (InitContainers.Count > 0) status["initContainerStatuses"] = new JsonArray([.. InitContainers.Select(c => c.ToJson())]);
            status["containerStatuses"] = new JsonArray([.. Containers.Select(c => c.ToJson())]);
        });
    }

    private string Phase()
    {
        if (Finished)
            return Containers.Any(c => c.Terminated is null) || Containers.Concat(InitContainers).Any(c => c.Terminated.Int("exitCode") is not (null or 0)) ? "Failed" : "Succeeded";
        return Containers.Any(c => c.Running || c.Terminated is not null || c.LastState.Count > 0) ? "Running" : "Pending";
    }

    private JsonArray ConditionList(string phase, long? generation)
    {
        var unready = Containers.Where(c => !c.Ready).Select(c => c.Name).ToList();
        var uninitialized = InitContainers.Where(c => c.Terminated.Int("exitCode") != 0).Select(c => c.Name).ToList();
        var ended = phase switch { "Failed" => "PodFailed", "Succeeded" => "PodCompleted", _ => null };
        JsonObject Condition(string type, bool holds, string? reason = null, string? message = null)
        {
            var status = holds ? "True" : "False";
            if (!_conditions.TryGetValue(type, out var known) || known.Status != status) _conditions[type] = known = (status, _registry.Now);
            var condition = new JsonObject { ["type"] = type, ["observedGeneration"] = generation, ["status"] = status, ["lastProbeTime"] = null, ["lastTransitionTime"] = known.Since };
            if (!holds && reason is not null) condition["reason"] = reason;
            if (!holds && message is not null) condition["message"] = message;
            return condition;
        }
        JsonObject Ready(string type) => ended is null
            ? Condition(type, unready.Count == 0, "ContainersNotReady", $"containers with unready status: [{string.Join(' ', unready)}]")
            : Condition(type, false, ended);
        return
        [
            Condition("PodReadyToStartContainers", SandboxReady && !Finished),
            Condition("Initialized", Initialized || InitContainers.Count == 0, "ContainersNotInitialized", $"containers with incomplete status: [{string.Join(' ', uninitialized)}]"),
            Ready("Ready"),
            Ready("ContainersReady"),
            Condition("PodScheduled", true),
        ];
    }
}
