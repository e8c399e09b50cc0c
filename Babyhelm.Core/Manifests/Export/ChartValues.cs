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
        var container = ChartShape.Own(pod, spec.Name);
        var volumes = Volumes(documents, pod, container);
        var own = volumes["volumes"]!.AsArray();
        var extra = ChartShape.Extra(documents, spec.Name, own.Count > 0);
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
            ("Health checks as Kubernetes has them; an empty one is left out.", new JsonObject
            {
                ["probes"] = new JsonObject { ["readiness"] = Copy(container["readinessProbe"]) ?? new JsonObject(), ["startup"] = Copy(container["startupProbe"]) ?? new JsonObject(), ["liveness"] = Copy(container["livenessProbe"]) ?? new JsonObject() },
            }),
            ("Volumes; existingClaim takes one that is there. More than one replica can't share them. Extra ones are of other kinds, as Kubernetes has them.", volumes),
        };
        if (PortableManifests.Kind(workload) == "CronJob")
            groups.Add(("When it runs.", new JsonObject { ["schedule"] = Copy(settings["schedule"]), ["suspend"] = Copy(settings["suspend"]) }));
        else groups.AddRange(Running(documents, settings, container, spec));
        groups.Add(("Names and accounts.", new JsonObject
        {
            ["fullnameOverride"] = "",
            ["serviceAccountName"] = ManifestSet.Text(pod["serviceAccountName"]) ?? "",
            ["podAnnotations"] = Copy(PortableManifests.PodAnnotations(workload)) ?? new JsonObject(),
            ["terminationGracePeriodSeconds"] = Copy(pod["terminationGracePeriodSeconds"]) ?? 30,
        }));
        groups.Add(("What the templates of the installation had beyond Babyhelm's own: it goes into the objects as it stands here.", new JsonObject { ["extra"] = extra }));
        var claims = own.Select(v => $"{spec.Name}--{v!["name"]}").ToHashSet();
        groups.Add(("What they had otherwise, and this chart does not give.", new JsonObject { ["notCarried"] = Texts(ChartShape.Gaps(documents, spec.Name, claims, extra)) }));
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

    // What a platform admin's template takes from elsewhere, such as a field of the pod, stays as it is.
    private static JsonArray Env(JsonNode container) => new([.. (container["env"] as JsonArray ?? []).Select(e => e!["valueFrom"] switch
    {
        null => new JsonObject { ["name"] = Copy(e["name"]), ["value"] = Copy(e["value"]) },
        var from when from["secretKeyRef"] is not null => new JsonObject { ["name"] = Copy(e["name"]), ["secret"] = true },
        var from => new JsonObject { ["name"] = Copy(e["name"]), ["valueFrom"] = Copy(from) },
    })]);

    private static JsonObject Secrets(IReadOnlyList<JsonObject> documents)
    {
        var names = new JsonObject();
        foreach (var (name, _) in documents.FirstOrDefault(d => PortableManifests.Kind(d) == "Secret")?["stringData"] as JsonObject ?? []) names[name] = "";
        return names;
    }

    /// <summary>Those that the chart makes claims for, and all others as they are: nothing is dropped.</summary>
    private static JsonObject Volumes(IReadOnlyList<JsonObject> documents, JsonObject pod, JsonNode container)
    {
        var (own, extra, mounts) = (new JsonArray(), new JsonArray(), (container["volumeMounts"] as JsonArray ?? []).OfType<JsonObject>().ToList());
        foreach (var volume in (pod["volumes"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var name = ManifestSet.Text(volume["name"]);
            var claim = ManifestSet.Text(volume["persistentVolumeClaim"]?["claimName"]);
            var wanted = claim is null ? null : documents.FirstOrDefault(d => PortableManifests.Kind(d) == "PersistentVolumeClaim" && ManifestSet.Text(d["metadata"]?["name"]) == claim)?["spec"];
            var mount = mounts.Find(m => ManifestSet.Text(m["name"]) == name && m.Count == 2);
            if (wanted is null || mount is null)
            {
                extra.Add(Copy(volume));
                continue;
            }
            mounts.Remove(mount);
            own.Add(new JsonObject
            {
                ["name"] = name,
                ["mountPath"] = Copy(mount["mountPath"]),
                ["size"] = Copy(wanted["resources"]?["requests"]?["storage"]),
                ["storageClass"] = ManifestSet.Text(wanted["storageClassName"]) ?? "",
                ["accessModes"] = Copy(wanted["accessModes"]),
                ["existingClaim"] = "",
            });
        }
        return new JsonObject { ["volumes"] = own, ["extraVolumes"] = extra, ["extraVolumeMounts"] = new JsonArray([.. mounts.Select(Copy)]) };
    }

    private static JsonNode? Target(JsonNode scaler, string resource) => Copy((scaler["metrics"] as JsonArray ?? [])
        .FirstOrDefault(m => ManifestSet.Text(m?["resource"]?["name"]) == resource)?["resource"]?["target"]?["averageUtilization"]);

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static JsonNode? Copy(JsonNode? node) => node?.DeepClone();
}
