using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>What is known of one container, and its part of the pod's status. Guarded by its pod.</summary>
internal sealed class ContainerState(JsonObject spec)
{
    public JsonObject Spec { get; } = spec;
    public string Name { get; } = spec.Str("name") ?? "";
    public string Image { get; } = spec.Str("image") ?? "";
    public JsonObject State { get; private set; } = new() { ["waiting"] = new JsonObject { ["reason"] = "ContainerCreating" } };
    public JsonObject LastState { get; private set; } = [];
    public bool Ready { get; set; }
    public bool Started { get; set; }
    public int Restarts { get; private set; }
    public string? Id { get; private set; }
    public bool Created => Id is not null;

    /// <summary>What the present run uses; null while none runs.</summary>
    public ContainerUsage? Usage { get; private set; }

    /// <summary>Cores; null for none.</summary>
    public double? CpuLimit => (double?)Quantity.Parse(Spec.Scalar("resources", "limits", "cpu"));

    /// <summary>Bytes; null for none.</summary>
    public decimal? MemoryLimit => Quantity.Parse(Spec.Scalar("resources", "limits", "memory"));

    private UsageReading _before;

    /// <summary>What all its runs used together; memory of the present one alone.</summary>
    public UsageReading Used()
    {
        var now = Usage?.Read() ?? default;
        return new(_before.Cpu + now.Cpu, now.Memory, _before.Received + now.Received, _before.Sent + now.Sent, _before.Written + now.Written);
    }

    /// <summary>How often the node had pulled the image when this container was given it.</summary>
    public int Pulls { get; set; } = 1;

    /// <summary>The log of the current run, or of the last one while none runs.</summary>
    public ContainerLog? Log { get; set; }
    public ContainerLog? PreviousLog { get; set; }

    /// <summary>The present run, or the last one while none runs.</summary>
    public ContainerRun? Current { get; set; }

    public bool Running => State.ContainsKey("running");
    public JsonObject? Terminated => State.Map("terminated");
    public string? WaitingReason => State.Str("waiting", "reason");

    public void Wait(string reason, string? message = null)
    {
        if (State.Map("terminated") is { } ended) LastState = new() { ["terminated"] = ended.DeepClone() };
        var waiting = new JsonObject { ["reason"] = reason };
        if (message is not null) waiting["message"] = message;
        State = new() { ["waiting"] = waiting };
        Ready = Started = false;
    }

    public void Run(string id, string now, ContainerUsage usage)
    {
        _before = Used();
        Usage = usage;
        if (State.Map("terminated") is { } ended) LastState = new() { ["terminated"] = ended.DeepClone() };
        if (Id is not null) Restarts++;
        Id = id;
        State = new() { ["running"] = new JsonObject { ["startedAt"] = now } };
        Ready = false;
        Started = Spec["startupProbe"] is null;
    }

    public void End(int exitCode, string reason, string now)
    {
        _before = Used();
        Usage = null;
        State = new()
        {
            ["terminated"] = new JsonObject
            {
                ["exitCode"] = exitCode,
                ["reason"] = reason,
                ["startedAt"] = State.Str("running", "startedAt") ?? now,
                ["finishedAt"] = now,
                ["containerID"] = Id,
            },
        };
        Ready = Started = false;
    }

    public JsonObject ToJson()
    {
        var status = new JsonObject
        {
            ["name"] = Name,
            ["state"] = State.DeepClone(),
            ["lastState"] = LastState.DeepClone(),
            ["ready"] = Ready,
            ["restartCount"] = Restarts,
            ["image"] = Created ? ImageBehavior.Normalize(Image) : Image,
            ["imageID"] = Created ? ImageBehavior.PulledAs(Image, Pulls) : "",
            ["started"] = Started,
        };
        if (Id is not null)
        {
            status["containerID"] = Id;
            if (Spec.Map("resources", "requests") is { Count: > 0 } requests) status["allocatedResources"] = requests.DeepClone();
            status["resources"] = Spec["resources"]?.DeepClone() ?? new JsonObject();
        }
        var mounts = Spec.Items("volumeMounts").Select(m => new JsonObject
        {
            ["name"] = m.Str("name"),
            ["mountPath"] = m.Str("mountPath"),
            ["readOnly"] = m.Bool("readOnly") ?? false,
            ["recursiveReadOnly"] = "Disabled",
        }).ToArray();
        if (mounts.Length > 0) status["volumeMounts"] = new JsonArray(mounts);
        return status;
    }
}
