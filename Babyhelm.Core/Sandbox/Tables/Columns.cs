using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Tables;

/// <summary>What is printed of each type, besides the name.</summary>
internal static class Columns
{
    private static readonly Dictionary<ApiResource, Column[]> All = new()
    {
        [ApiResource.Namespaces] = [Text("Status", o => o.Str("status", "phase"))],
        [ApiResource.Nodes] =
        [
            Text("Status", o => Controllers.Conditions.Get(o["status"], "Ready").Str("status") == "True" ? "Ready" : "NotReady"),
            Text("Roles", _ => "<none>"),
            Table.AgeColumn with { Name = "Age" },
            Text("Version", o => o.Str("status", "nodeInfo", "kubeletVersion")),
        ],
        [ApiResource.Pods] = PodColumns.All,
        [ApiResource.Deployments] =
        [
            Text("Ready", o => $"{o.Int("status", "readyReplicas") ?? 0}/{o.Int("spec", "replicas") ?? 0}"),
            Number("Up-to-date", o => o.Int("status", "updatedReplicas") ?? 0), Number("Available", o => o.Int("status", "availableReplicas") ?? 0), Table.AgeColumn,
            Wide("Containers", o => Join(o.Items("spec", "template", "spec", "containers").Select(c => c.Str("name")))),
            Wide("Images", o => Join(o.Items("spec", "template", "spec", "containers").Select(c => c.Str("image")))),
            Wide("Selector", o => Selector(o.At("spec", "selector", "matchLabels"))),
        ],
        [ApiResource.ReplicaSets] =
        [
            Number("Desired", o => o.Int("spec", "replicas") ?? 0), Number("Current", o => o.Int("status", "replicas") ?? 0), Number("Ready", o => o.Int("status", "readyReplicas") ?? 0), Table.AgeColumn,
            Wide("Containers", o => Join(o.Items("spec", "template", "spec", "containers").Select(c => c.Str("name")))),
            Wide("Images", o => Join(o.Items("spec", "template", "spec", "containers").Select(c => c.Str("image")))),
            Wide("Selector", o => Selector(o.At("spec", "selector", "matchLabels"))),
        ],
        [ApiResource.Services] =
        [
            Text("Type", o => o.Str("spec", "type")), Text("Cluster-IP", o => o.Str("spec", "clusterIP") ?? "<none>"),
            Text("External-IP", o => o.Str("spec", "type") switch { "ExternalName" => o.Str("spec", "externalName"), "LoadBalancer" => "<pending>", _ => "<none>" }),
            Text("Port(s)", o => Join(o.Items("spec", "ports").Select(p => p.Int("nodePort") is { } node ? $"{p.Int("port")}:{node}/{p.Str("protocol")}" : $"{p.Int("port")}/{p.Str("protocol")}"))),
            Table.AgeColumn, Wide("Selector", o => Selector(o.At("spec", "selector"))),
        ],
        [ApiResource.Endpoints] = [Text("Endpoints", Addresses)],
        [ApiResource.EndpointSlices] =
        [
            Text("AddressType", o => o.Str("addressType")), Text("Ports", o => Join(o.Items("ports").Select(p => p.Scalar("port")))),
            Text("Endpoints", o => Join(o.Items("endpoints").SelectMany(e => e.List("addresses") ?? []).Select(a => a.Scalar()))),
        ],
        [ApiResource.Secrets] = [Text("Type", o => o.Str("type")), Number("Data", o => o.Map("data")?.Count ?? 0)],
        [ApiResource.ConfigMaps] = [Number("Data", o => (o.Map("data")?.Count ?? 0) + (o.Map("binaryData")?.Count ?? 0))],
        [ApiResource.ServiceAccounts] = [Number("Secrets", o => o.List("secrets")?.Count ?? 0)],
        [ApiResource.ResourceQuotas] = [Text("Request", o => Quota(o, limits: false)), Text("Limit", o => Quota(o, limits: true))],
        [ApiResource.LimitRanges] = [new("Created At", (o, _) => o.Str("metadata", "creationTimestamp"))],
        [ApiResource.Claims] =
        [
            Text("Status", o => o.At("metadata", "deletionTimestamp") is null ? o.Str("status", "phase") : "Terminating"), Text("Volume", o => o.Str("spec", "volumeName") ?? ""),
            Text("Capacity", o => o.Scalar("status", "capacity", "storage") ?? ""), Text("Access Modes", o => Join((o.List("status", "accessModes") ?? []).Select(m => m.Scalar() switch { "ReadWriteOnce" => "RWO", "ReadOnlyMany" => "ROX", "ReadWriteMany" => "RWX", var m1 => m1 }))),
            Text("StorageClass", o => o.Str("spec", "storageClassName") ?? ""), Table.AgeColumn, Wide("VolumeMode", o => o.Str("spec", "volumeMode")),
        ],
        [ApiResource.Jobs] =
        [
            Text("Status", o => Controllers.Conditions.Get(o["status"], "Complete") is not null ? "Complete" : Controllers.Conditions.Get(o["status"], "Failed") is not null ? "Failed" : o.Bool("spec", "suspend") == true ? "Suspended" : "Running"),
            Text("Completions", o => $"{o.Int("status", "succeeded") ?? 0}/{o.Int("spec", "completions") ?? 1}"),
            new("Duration", (o, c) => Ids.Time(o.Str("status", "startTime")) is { } start ? Table.Duration((Ids.Time(o.Str("status", "completionTime")) ?? c.Now) - start) : ""), Table.AgeColumn,
        ],
        [ApiResource.CronJobs] =
        [
            Text("Schedule", o => o.Str("spec", "schedule")), Text("Timezone", o => o.Str("spec", "timeZone") ?? "<none>"), Text("Suspend", o => o.Bool("spec", "suspend") == true ? "True" : "False"),
            Number("Active", o => o.List("status", "active")?.Count ?? 0), new("Last Schedule", (o, c) => o.Str("status", "lastScheduleTime") is { } last ? Table.Since(last, c) : "<none>"), Table.AgeColumn,
        ],
        [ApiResource.Autoscalers] =
        [
            Text("Reference", o => $"{o.Str("spec", "scaleTargetRef", "kind")}/{o.Str("spec", "scaleTargetRef", "name")}"),
            Text("Targets", o => Join(o.Items("spec", "metrics").Select(m => $"{m.Str("resource", "name")}: <unknown>/{m.Scalar("resource", "target", "averageUtilization")}%"))),
            Text("MinPods", o => o.Scalar("spec", "minReplicas") ?? "<unset>"), Number("MaxPods", o => o.Int("spec", "maxReplicas") ?? 0), Number("Replicas", o => o.Int("status", "currentReplicas") ?? 0),
        ],
        [ApiResource.Ingresses] =
        [
            Text("Class", o => o.Str("spec", "ingressClassName") ?? "<none>"), Text("Hosts", o => Join(o.Items("spec", "rules").Select(r => r.Str("host") ?? "*"))),
            Text("Address", o => Join(o.Items("status", "loadBalancer", "ingress").Select(i => i.Str("ip") ?? i.Str("hostname")))), Text("Ports", o => o.List("spec", "tls") is { Count: > 0 } ? "80, 443" : "80"),
        ],
        [ApiResource.NetworkPolicies] = [Text("Pod-Selector", o => Selector(o.At("spec", "podSelector", "matchLabels")))],
        [ApiResource.Events] =
        [
            new("Last Seen", (o, c) => Table.Since(o.Str("lastTimestamp") ?? o.Str("eventTime") ?? o.Str("metadata", "creationTimestamp"), c)), Text("Type", o => o.Str("type")), Text("Reason", o => o.Str("reason")),
            Text("Object", o => $"{o.Str("involvedObject", "kind")?.ToLowerInvariant()}/{o.Str("involvedObject", "name")}"), Text("Message", o => o.Str("message")?.Trim()),
            Wide("Name", o => o.Str("metadata", "name")), Wide("Count", o => o.Scalar("count") ?? "1"),
        ],
    };

    public static Column[] Of(ApiResource resource) => All.GetValueOrDefault(resource, []);

    internal static Column Text(string name, Func<JsonObject, string?> value) => new(name, (o, _) => value(o));

    internal static Column Wide(string name, Func<JsonObject, string?> value) => new(name, (o, _) => value(o), Priority: 1);

    private static Column Number(string name, Func<JsonObject, long> value) => new(name, (o, _) => value(o), "integer");

    private static string Join(IEnumerable<string?> parts) => string.Join(",", parts) is { Length: > 0 } text ? text : "<none>";

    private static string Selector(JsonNode? labels) => Join(Json.Strings(labels).Select(l => $"{l.Key}={l.Value}"));

    private static string Addresses(JsonObject endpoints) => Join(endpoints.Items("subsets").SelectMany(s => s.Items("addresses").SelectMany(a => s.Items("ports").Select(p => $"{a.Str("ip")}:{p.Int("port")}"))).Take(3));

    private static string Quota(JsonObject quota, bool limits) => string.Join(", ", (quota.Map("status", "hard") ?? quota.Map("spec", "hard") ?? [])
        .Where(h => h.Key.StartsWith("limits.", StringComparison.Ordinal) == limits).OrderBy(h => h.Key, StringComparer.Ordinal).Select(h => $"{h.Key}: {quota.Scalar("status", "used", h.Key) ?? "0"}/{h.Value.Scalar()}"));
}
