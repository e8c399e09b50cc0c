using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Manifests.Export;

/// <summary>A chart's values: all that a user of Babyhelm ever wrote stands here as data, and nothing of it in a template.</summary>
internal static class ChartValues
{
    /// <summary>Groups of values, each with what it is about.</summary>
    /// <param name="documents">As <see cref="PortableManifests.Of"/> gives them.</param>
    /// <param name="spec">Says what the documents do not: the bounds of an application that the cluster can not scale.</param>
    public static IReadOnlyList<(string About, JsonObject Values)> Of(IReadOnlyList<JsonObject> documents, AppSpec spec)
    {
        var workload = documents.First(d => PortableManifests.Pod(d) is not null);
        var (pod, settings) = (PortableManifests.Pod(workload)!, workload["spec"]!);
        var container = pod["containers"]![0]!;
        var groups = new List<(string, JsonObject)>
        {
            ("The image; a digest goes before the tag. Without a pull policy Kubernetes decides.", new JsonObject
            {
                ["image"] = Image((string)container["image"]!, ManifestSet.Text(container["imagePullPolicy"])),
                ["imagePullSecrets"] = Texts(PortableManifests.PullSecrets(workload)),
            }),
            ("What runs in it; empty: what the image says.", new JsonObject { ["command"] = Copy(container["command"]) ?? new JsonArray(), ["args"] = Copy(container["args"]) ?? new JsonArray() }),
            ("Variables in this order. One with secret: true has its value among the secrets.", new JsonObject { ["env"] = Env(container) }),
            ("Values of secret variables, which are left out here: set them, or name a secret with these keys as existingSecret.", new JsonObject
            {
                ["secrets"] = Secrets(documents),
                ["existingSecret"] = "",
            }),
            ("Requests and limits of each pod.", new JsonObject { ["resources"] = Copy(container["resources"]) }),
            ("Health checks; an empty one is left out. A command, a path of a port, or a port that has to accept connections.", new JsonObject
            {
                ["probes"] = new JsonObject { ["readiness"] = Probe(container["readinessProbe"]), ["startup"] = Probe(container["startupProbe"]), ["liveness"] = Probe(container["livenessProbe"]) },
            }),
            ("Volumes; existingClaim takes one that is there. More than one replica can't share them.", new JsonObject { ["volumes"] = Volumes(documents, pod, container) }),
        };
        if (PortableManifests.Kind(workload) == "CronJob")
            groups.Add(("When it runs.", new JsonObject { ["schedule"] = Copy(settings["schedule"]), ["suspend"] = Copy(settings["suspend"]) }));
        else groups.AddRange(Running(documents, settings, container, spec));
        groups.Add(("Names and accounts.", new JsonObject
        {
            ["fullnameOverride"] = "",
            ["serviceAccountName"] = ManifestSet.Text(pod["serviceAccountName"]) ?? "",
            ["podAnnotations"] = new JsonObject(),
            ["terminationGracePeriodSeconds"] = Copy(pod["terminationGracePeriodSeconds"]) ?? 30,
        }));
        return groups;
    }

    public static string ToYaml(IReadOnlyList<(string About, JsonObject Values)> groups)
    {
        var text = new StringBuilder();
        foreach (var (about, values) in groups) text.Append(text.Length == 0 ? "" : "\n").Append("# ").Append(about).Append('\n').Append(Yaml.Write(values));
        return text.ToString();
    }

    private static IEnumerable<(string, JsonObject)> Running(IReadOnlyList<JsonObject> documents, JsonNode settings, JsonNode container, AppSpec spec)
    {
        var scaler = documents.FirstOrDefault(d => PortableManifests.Kind(d) == "HorizontalPodAutoscaler")?["spec"];
        var service = documents.FirstOrDefault(d => PortableManifests.Kind(d) == "Service")?["spec"];
        var ports = service?["ports"] as JsonArray ?? [];
        yield return ("How many run, and how they are replaced.", new JsonObject
        {
            ["replicaCount"] = Copy(settings["replicas"]) ?? spec.Autoscale?.Min ?? spec.Replicas,
            ["maxSurge"] = Copy(settings["strategy"]?["rollingUpdate"]?["maxSurge"]) ?? 1,
            ["progressDeadlineSeconds"] = Copy(settings["progressDeadlineSeconds"]),
        });
        yield return ("Replicas by load, in percent of the requests, in place of replicaCount.", new JsonObject
        {
            ["autoscaling"] = new JsonObject
            {
                ["enabled"] = scaler is not null,
                ["minReplicas"] = Copy(scaler?["minReplicas"]) ?? spec.Autoscale?.Min ?? 1,
                ["maxReplicas"] = Copy(scaler?["maxReplicas"]) ?? spec.Autoscale?.Max ?? 5,
                ["cpu"] = scaler is null ? spec.Autoscale is { } wanted ? wanted.Cpu : 80 : Target(scaler, "cpu"),
                ["memory"] = scaler is null ? spec.Autoscale?.Memory : Target(scaler, "memory"),
            },
        });
        yield return ("The service: ClusterIP or LoadBalancer.", new JsonObject
        {
            ["containerPorts"] = new JsonArray([.. (container["ports"] as JsonArray ?? []).Select(p => p!["containerPort"]!.DeepClone())]),
            ["service"] = new JsonObject
            {
                ["type"] = ManifestSet.Text(service?["type"]) ?? "ClusterIP",
                ["loadBalancerClass"] = ManifestSet.Text(service?["loadBalancerClass"]) ?? "",
                ["ports"] = new JsonArray([.. ports.Select(p => new JsonObject { ["name"] = Copy(p!["name"]), ["port"] = Copy(p["port"]), ["targetPort"] = Copy(p["targetPort"]) })]),
            },
        });
        yield return ("Lets everybody in to the pods' ports, where other policies of the namespace keep them out.", new JsonObject
        {
            ["networkPolicy"] = new JsonObject { ["enabled"] = documents.Any(d => PortableManifests.Kind(d) == "NetworkPolicy") },
        });
        if (ports.Count > 0) yield return ("An address from outside.", new JsonObject { ["ingress"] = Ingress(documents.FirstOrDefault(d => PortableManifests.Kind(d) == "Ingress"), spec, ports) });
        else yield return ("An address from outside needs a port of the service first.", new JsonObject { ["ingress"] = new JsonObject { ["enabled"] = false } });
    }

    private static JsonObject Ingress(JsonObject? ingress, AppSpec spec, JsonArray ports) => new()
    {
        ["enabled"] = ingress is not null,
        ["className"] = ManifestSet.Text(ingress?["spec"]?["ingressClassName"]) ?? "",
        ["annotations"] = Copy(ingress?["metadata"]?["annotations"]) ?? new JsonObject(),
        ["host"] = ManifestSet.Text(ingress?["spec"]?["rules"]?[0]?["host"]) ?? $"{spec.Name}.example.com",
        ["servicePort"] = Copy(ports[0]!["port"]),
        ["tls"] = new JsonObject { ["enabled"] = ingress?["spec"]?["tls"] is not null, ["secretName"] = ManifestSet.Text(ingress?["spec"]?["tls"]?[0]?["secretName"]) is { } name && name != $"{spec.Name}-tls" ? name : "" },
    };

    private static JsonObject Image(string image, string? policy)
    {
        var at = image.IndexOf('@', StringComparison.Ordinal);
        var (name, digest) = at < 0 ? (image, "") : (image[..at], image[(at + 1)..]);
        var colon = name.IndexOf(':', name.LastIndexOf('/') + 1);
        return new JsonObject { ["repository"] = colon < 0 ? name : name[..colon], ["tag"] = colon < 0 ? "" : name[(colon + 1)..], ["digest"] = digest, ["pullPolicy"] = policy ?? "" };
    }

    // What a platform admin's template takes from elsewhere, such as a field of the pod, is not in a chart.
    private static JsonArray Env(JsonNode container) => new([.. (container["env"] as JsonArray ?? []).Where(e => e?["valueFrom"] is null || e["valueFrom"]!["secretKeyRef"] is not null).Select(e => e!["valueFrom"] is null
        ? new JsonObject { ["name"] = Copy(e["name"]), ["value"] = Copy(e["value"]) }
        : new JsonObject { ["name"] = Copy(e["name"]), ["secret"] = true })]);

    private static JsonObject Secrets(IReadOnlyList<JsonObject> documents)
    {
        var names = new JsonObject();
        foreach (var (name, _) in documents.FirstOrDefault(d => PortableManifests.Kind(d) == "Secret")?["stringData"] as JsonObject ?? []) names[name] = "";
        return names;
    }

    private static JsonObject Probe(JsonNode? probe)
    {
        var (command, http, tcp) = (probe?["exec"]?["command"], probe?["httpGet"], probe?["tcpSocket"]);
        var values = new JsonObject();
        if (command is not null) values["command"] = Copy(command);
        else if (http is not null) (values["path"], values["port"]) = (Copy(http["path"]), Copy(http["port"]));
        else if (tcp is not null) values["port"] = Copy(tcp["port"]);
        else return [];
        foreach (var field in new[] { "periodSeconds", "timeoutSeconds", "failureThreshold" }) values[field] = Copy(probe![field]);
        return values;
    }

    private static JsonArray Volumes(IReadOnlyList<JsonObject> documents, JsonObject pod, JsonNode container)
    {
        var list = new JsonArray();
        foreach (var volume in pod["volumes"] as JsonArray ?? [])
        {
            if (ManifestSet.Text(volume?["persistentVolumeClaim"]?["claimName"]) is not { } claim) continue;
            var wanted = documents.FirstOrDefault(d => PortableManifests.Kind(d) == "PersistentVolumeClaim" && (string?)d["metadata"]!["name"] == claim)?["spec"];
            var mount = (container["volumeMounts"] as JsonArray ?? []).FirstOrDefault(m => ManifestSet.Text(m?["name"]) == ManifestSet.Text(volume!["name"]));
            if (wanted is null || mount is null) continue;
            list.Add(new JsonObject
            {
                ["name"] = Copy(volume!["name"]),
                ["mountPath"] = Copy(mount["mountPath"]),
                ["size"] = Copy(wanted["resources"]?["requests"]?["storage"]),
                ["storageClass"] = ManifestSet.Text(wanted["storageClassName"]) ?? "",
                ["existingClaim"] = "",
            });
        }
        return list;
    }

    private static JsonNode? Target(JsonNode scaler, string resource) => Copy((scaler["metrics"] as JsonArray ?? [])
        .FirstOrDefault(m => ManifestSet.Text(m?["resource"]?["name"]) == resource)?["resource"]?["target"]?["averageUtilization"]);

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static JsonNode? Copy(JsonNode? node) => node?.DeepClone();
}
