using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox;

/// <summary>The one node, and the version the cluster gives itself.</summary>
internal static class NodeInfo
{
    public const string Name = "sandbox";
    public const string Address = "127.0.0.1";
    public const string Minor = "36";
    public const string GitVersion = "v1.36.0+babyhelm.sandbox";

    /// <summary>Bytes that a kubelet keeps back by default (eviction-hard memory.available).</summary>
    private const decimal EvictionReserve = 100 * 1024 * 1024;

    public static JsonObject Build(SandboxOptions options, string now)
    {
        JsonObject Amounts(decimal reserved = 0) => new()
        {
            ["cpu"] = options.NodeCpu,
            ["ephemeral-storage"] = "100Gi",
            ["memory"] = reserved == 0 ? options.NodeMemory : Quantity.Format((Quantity.Parse(options.NodeMemory) ?? 0) + reserved, binary: true),
            ["pods"] = options.MaxPods.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        JsonObject Condition(string type, string status, string reason, string message) => new()
        {
            ["type"] = type,
            ["status"] = status,
            ["lastHeartbeatTime"] = now,
            ["lastTransitionTime"] = now,
            ["reason"] = reason,
            ["message"] = message,
        };
        return new()
        {
            ["kind"] = "Node",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject
            {
                ["name"] = Name,
                ["uid"] = Guid.NewGuid().ToString(),
                ["creationTimestamp"] = now,
                ["labels"] = new JsonObject { ["kubernetes.io/arch"] = "amd64", ["kubernetes.io/hostname"] = Name, ["kubernetes.io/os"] = "linux" },
            },
            ["spec"] = new JsonObject(),
            ["status"] = new JsonObject
            {
                ["capacity"] = Amounts(EvictionReserve),
                ["allocatable"] = Amounts(),
                ["conditions"] = new JsonArray(
                    Condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                    Condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                    Condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                    Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status")),
                ["addresses"] = new JsonArray(
                    new JsonObject { ["type"] = "InternalIP", ["address"] = Address },
                    new JsonObject { ["type"] = "Hostname", ["address"] = Name }),
                ["nodeInfo"] = new JsonObject
                {
                    ["machineID"] = "",
                    ["systemUUID"] = "",
                    ["bootID"] = "",
                    ["kernelVersion"] = "sandbox",
                    ["osImage"] = "Babyhelm sandbox",
                    ["containerRuntimeVersion"] = "sandbox://1",
                    ["kubeletVersion"] = GitVersion,
                    ["kubeProxyVersion"] = "",
                    ["operatingSystem"] = "linux",
                    ["architecture"] = "amd64",
                },
            },
        };
    }
}
