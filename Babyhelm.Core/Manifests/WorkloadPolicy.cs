using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Manifests;

/// <summary>The part of the policy that looks into specs: nothing that reaches beyond the pod, its project or its owner.</summary>
internal static class WorkloadPolicy
{
    private static readonly string[] VolumeTypes = ["persistentVolumeClaim", "emptyDir", "secret", "configMap"];

    public static void Check(ResourceType type, JsonObject document, Action<string, string> fault)
    {
        var spec = document["spec"] as JsonObject;
        if (type == ResourceType.Deployments) Template(spec?["template"], "spec.template", fault);
        else if (type == ResourceType.CronJobs) Template(spec?["jobTemplate"]?["spec"]?["template"], "spec.jobTemplate.spec.template", fault);
        else if (type == ResourceType.Services) Service(spec, fault);
        else if (type == ResourceType.PersistentVolumeClaims)
        {
            if (spec?["volumeName"] is not null || spec?["dataSource"] is not null) fault("spec", "A volume must be a new one.");
        }
        else if (type == ResourceType.ServiceAccounts)
        {
            if (!IsFalse(document["automountServiceAccountToken"])) fault("automountServiceAccountToken", "It must be false.");
        }
        else if (type == ResourceType.Secrets)
        {
            var kind = ManifestSet.Text(document["type"]);
            if (kind is not ("Opaque" or ManifestSet.PullSecretType)) fault("type", "Only opaque secrets and those of registries are allowed.");
            if (kind == ManifestSet.PullSecretType && document["data"] is not JsonObject { Count: 1 }) fault("data", "A registry's secret has one key.");
            if (document["data"] is JsonObject data && data.Any(d => ManifestSet.Text(d.Value) is not { Length: 0 })) fault("data", "Values do not belong into a manifest.");
        }
    }

    private static void Service(JsonObject? spec, Action<string, string> fault)
    {
        if (ManifestSet.Text(spec?["type"]) is not ("ClusterIP" or "LoadBalancer")) fault("spec.type", "A service is ClusterIP or LoadBalancer.");
        if (spec?["selector"] is not JsonObject { Count: > 0 }) fault("spec.selector", "The service selects nothing.");
        foreach (var field in new[] { "externalIPs", "externalName", "loadBalancerIP", "clusterIP" })
            if (spec?[field] is not null) fault($"spec.{field}", "The field is not allowed.");
        foreach (var port in spec?["ports"] as JsonArray ?? [])
            if (port?["nodePort"] is not null) fault("spec.ports", "A port of the nodes cannot be asked for.");
    }

    private static void Template(JsonNode? template, string path, Action<string, string> fault)
    {
        if (template?["spec"] is not JsonObject pod)
        {
            fault(path, "There is no pod.");
            return;
        }
        path += ".spec";
        if (ManifestSet.Text(pod["serviceAccountName"]) != ManifestNames.ServiceAccount) fault($"{path}.serviceAccountName", $"It must be '{ManifestNames.ServiceAccount}'.");
        if (!IsFalse(pod["automountServiceAccountToken"])) fault($"{path}.automountServiceAccountToken", "It must be false.");
        foreach (var field in new[] { "hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace" })
            if (pod[field] is not null && !IsFalse(pod[field])) fault($"{path}.{field}", "It is not allowed.");
        foreach (var field in new[] { "serviceAccount", "nodeName", "nodeSelector", "tolerations", "affinity", "hostAliases", "runtimeClassName", "priorityClassName", "schedulerName", "ephemeralContainers" })
            if (pod[field] is not null) fault($"{path}.{field}", "The field is not allowed.");
        Security(pod["securityContext"], $"{path}.securityContext", fault);

        foreach (var volume in pod["volumes"] as JsonArray ?? [])
            foreach (var (key, _) in volume as JsonObject ?? [])
                if (key != "name" && !VolumeTypes.Contains(key)) fault($"{path}.volumes.{key}", "Volumes of this type are not allowed.");

        if (pod["containers"] is not JsonArray { Count: > 0 }) fault($"{path}.containers", "There is no container.");
        foreach (var field in new[] { "containers", "initContainers" })
            foreach (var container in pod[field] as JsonArray ?? [])
                Container(container as JsonObject, $"{path}.{field}", fault);
    }

    private static void Container(JsonObject? container, string path, Action<string, string> fault)
    {
        if (!IsFalse(container?["securityContext"]?["allowPrivilegeEscalation"])) fault($"{path}.securityContext.allowPrivilegeEscalation", "It must be false.");
        Security(container?["securityContext"], $"{path}.securityContext", fault);
        foreach (var port in container?["ports"] as JsonArray ?? [])
            if (port?["hostPort"] is not null || port?["hostIP"] is not null) fault($"{path}.ports", "A port of the node is not allowed.");
        foreach (var kind in new[] { "requests", "limits" })
            foreach (var resource in new[] { "cpu", "memory" })
                if (container?["resources"]?[kind]?[resource] is null) fault($"{path}.resources.{kind}.{resource}", "It is missing.");
        if (container?["volumeDevices"] is not null) fault($"{path}.volumeDevices", "The field is not allowed.");
    }

    private static void Security(JsonNode? context, string path, Action<string, string> fault)
    {
        if (context is null) return;
        if (context["privileged"] is not null && !IsFalse(context["privileged"])) fault($"{path}.privileged", "It is not allowed.");
        if (context["capabilities"]?["add"] is JsonArray { Count: > 0 } or JsonValue) fault($"{path}.capabilities.add", "Capabilities cannot be added.");
        if (ManifestSet.Text(context["seccompProfile"]?["type"]) is not (null or "RuntimeDefault")) fault($"{path}.seccompProfile", "It must be RuntimeDefault.");
        foreach (var field in new[] { "procMount", "sysctls", "seLinuxOptions", "appArmorProfile", "windowsOptions" })
            if (context[field] is not null) fault($"{path}.{field}", "The field is not allowed.");
    }

    private static bool IsFalse(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.False;
}
