using System.Text.Json.Nodes;

namespace Babyhelm.Core.Manifests.Export;

/// <summary>
/// What the chart's templates give of each kind of object. Templates of a platform admin may have more: what stands beside known
/// fields is carried as it is (<see cref="Extra"/>), what stands in their place or is missing can't be, and is named (<see cref="Gaps"/>).
/// </summary>
internal static class ChartShape
{
    /// <summary>In the place of a field: carried by a value of the chart, whatever it is.</summary>
    private const string Any = "*";

    /// <summary>Beside fields: others than these are carried as they are.</summary>
    private const string Open = "+";

    private const string Job = """{"+":0,"backoffLimit":0,"template":{"metadata":{"labels":"*","annotations":"*"},"spec":POD}}""";

    private static readonly Dictionary<string, string> Shapes = new()
    {
        ["Deployment"] = """
            {"metadata":{"name":"*","labels":"*","annotations":"*"},"spec":{"+":0,"replicas":"*","revisionHistoryLimit":3,"progressDeadlineSeconds":"*","strategy":STRATEGY,"selector":"*",
             "template":{"metadata":{"labels":"*","annotations":"*"},"spec":POD}}}
            """,
        ["CronJob"] = """
            {"metadata":{"name":"*","labels":"*","annotations":"*"},"spec":{"+":0,"schedule":"*","suspend":"*","concurrencyPolicy":"Forbid","startingDeadlineSeconds":300,
             "successfulJobsHistoryLimit":3,"failedJobsHistoryLimit":3,"jobTemplate":{"metadata":{"labels":"*"},"spec":JOB}}}
            """,
        ["Service"] = """
            {"metadata":{"name":"*","labels":"*","annotations":"*"},"spec":{"+":0,"type":"*","loadBalancerClass":"*","selector":"*","ports":[{"name":"*","port":"*","targetPort":"*","protocol":"TCP"}]}}
            """,
        ["HorizontalPodAutoscaler"] = """
            {"metadata":{"name":"*","labels":"*"},"spec":{"+":0,"scaleTargetRef":"*","minReplicas":"*","maxReplicas":"*",
             "metrics":[{"type":"Resource","resource":{"name":"*","target":{"type":"Utilization","averageUtilization":"*"}}}]}}
            """,
        ["Ingress"] = """
            {"metadata":{"name":"*","labels":"*","annotations":"*"},"spec":{"ingressClassName":"*","tls":[{"hosts":"*","secretName":"*"},1],
             "rules":[{"host":"*","http":{"paths":[{"path":"/","pathType":"Prefix","backend":{"service":{"name":"*","port":{"number":"*"}}}},1]}},1]}}
            """,
        ["NetworkPolicy"] = """
            {"metadata":{"name":"*","labels":"*"},"spec":{"podSelector":"*","policyTypes":["Ingress"],"ingress":[{"ports":[{"port":"*","protocol":"TCP"}]},1]}}
            """,
        ["Secret"] = """{"metadata":{"name":"*","labels":"*"},"type":"Opaque","stringData":"*"}""",
        ["PersistentVolumeClaim"] = """
            {"metadata":{"name":"*","labels":"*"},"spec":{"accessModes":"*","storageClassName":"*","resources":{"requests":{"storage":"*"}}}}
            """,
    };

    private const string Pod = """
        {"+":0,"serviceAccountName":"*","automountServiceAccountToken":false,"enableServiceLinks":false,"terminationGracePeriodSeconds":"*",RESTART"imagePullSecrets":"*",
         "securityContext":{"+":0,"seccompProfile":{"type":"RuntimeDefault"}GROUP},"containers":"*","volumes":"*"}
        """;

    private const string Container = """
        {"+":0,"name":"*","image":"*","imagePullPolicy":"*","command":"*","args":"*",PORTS"env":"*","resources":"*","securityContext":{"+":0,"allowPrivilegeEscalation":false},
         "readinessProbe":"*","startupProbe":"*","livenessProbe":"*","volumeMounts":"*"}
        """;

    /// <summary>The application's own container; others of the pod stand beside it.</summary>
    public static JsonObject Own(JsonObject pod, string app)
    {
        var all = (pod["containers"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        return all.Find(c => ManifestSet.Text(c["name"]) == app) ?? all[0];
    }

    /// <summary>What templates have beyond the chart's own, as Kubernetes has it.</summary>
    /// <param name="volumes">The chart makes claims.</param>
    public static JsonObject Extra(IReadOnlyList<JsonObject> documents, string app, bool volumes)
    {
        var workload = documents.First(d => PortableManifests.Pod(d) is not null);
        var (pod, cron) = (PortableManifests.Pod(workload)!, PortableManifests.Kind(workload) == "CronJob");
        var (container, podShape, containerShape) = (Own(pod, app), PodShape(cron, volumes), ContainerShape(cron));
        var (shape, service, scaler) = (ShapeOf(PortableManifests.Kind(workload)!, volumes)!, One("Service"), One("HorizontalPodAutoscaler"));
        return new JsonObject
        {
            ["annotations"] = workload["metadata"]?["annotations"]?.DeepClone() ?? new JsonObject(),
            ["workload"] = Beyond(workload["spec"], shape["spec"]!),
            ["job"] = cron ? Beyond(workload["spec"]?["jobTemplate"]?["spec"], shape["spec"]!["jobTemplate"]!["spec"]!) : new JsonObject(),
            ["pod"] = Beyond(pod, podShape),
            ["podSecurityContext"] = Beyond(pod["securityContext"], podShape["securityContext"]!),
            ["container"] = Beyond(container, containerShape),
            ["securityContext"] = Beyond(container["securityContext"], containerShape["securityContext"]!),
            ["containers"] = new JsonArray([.. (pod["containers"] as JsonArray ?? []).Where(c => !ReferenceEquals(c, container)).Select(c => c!.DeepClone())]),
            ["serviceAnnotations"] = service?["metadata"]?["annotations"]?.DeepClone() ?? new JsonObject(),
            ["service"] = Beyond(service?["spec"], ShapeOf("Service", volumes)!["spec"]!),
            ["autoscaler"] = Beyond(scaler?["spec"], ShapeOf("HorizontalPodAutoscaler", volumes)!["spec"]!),
        };

        JsonObject? One(string kind) => documents.FirstOrDefault(d => PortableManifests.Kind(d) == kind);
    }

    /// <summary>What the chart does not give as the documents have it, one line each; nothing for built-in templates.</summary>
    public static IReadOnlyList<string> Gaps(IReadOnlyList<JsonObject> documents, string app, IReadOnlyCollection<string> claims, JsonObject extra)
    {
        var (gaps, seen) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var document in documents)
        {
            var (kind, name) = (PortableManifests.Kind(document) ?? "", ManifestSet.Text(document["metadata"]?["name"]) ?? "");
            var what = $"{kind} {name}";
            var isClaim = kind == "PersistentVolumeClaim";
            if (ShapeOf(kind, claims.Count > 0) is not { } shape || (isClaim ? !claims.Contains(name) : !seen.Add(kind)))
            {
                gaps.Add($"{what}: the whole object");
                continue;
            }
            var found = new List<string>();
            foreach (var field in new[] { "metadata", "spec", "type", "stringData" }) Compare(document[field], shape[field], field, found);
            if (PortableManifests.Pod(document) is { } pod)
            {
                var container = Own(pod, app);
                Compare(container, ContainerShape(kind == "CronJob"), $"containers[{app}]", found);
                if (ManifestSet.Text(container["name"]) != app) found.Add($"containers[{app}].name");
                found.AddRange((container["env"] as JsonArray ?? []).Where(e => e?["valueFrom"]?["secretKeyRef"] is JsonObject key && (ManifestSet.Text(key["key"]) != ManifestSet.Text(e["name"]) || key.Count > 2))
                    .Select(e => $"containers[{app}].env[{e!["name"]}]"));
            }
            gaps.AddRange(found.Select(field => $"{what}: {field}"));
        }
        if (extra.ToJsonString() is var text && (text.Contains("\"secretKeyRef\"", StringComparison.Ordinal) || text.Contains("\"secretRef\"", StringComparison.Ordinal)))
            gaps.Add("values under \"extra\" read a secret by its name: make it, and where it is the application's own, name it as existingSecret");
        return gaps;
    }

    private static JsonObject? ShapeOf(string kind, bool volumes) => Shapes.TryGetValue(kind, out var shape)
        ? Parsed(shape.Replace("JOB", Job, StringComparison.Ordinal).Replace("POD", PodText(kind == "CronJob", volumes), StringComparison.Ordinal)
            .Replace("STRATEGY", volumes ? """{"type":"Recreate"}""" : """{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":0,"maxSurge":"*"}}""", StringComparison.Ordinal)) : null;

    private static string PodText(bool cron, bool volumes) => Pod.Replace("RESTART", cron ? "\"restartPolicy\":\"Never\"," : "", StringComparison.Ordinal)
        .Replace("GROUP", volumes ? ",\"fsGroup\":1000,\"fsGroupChangePolicy\":\"OnRootMismatch\"" : "", StringComparison.Ordinal);

    private static JsonObject PodShape(bool cron, bool volumes) => Parsed(PodText(cron, volumes));

    private static JsonObject ContainerShape(bool cron) => Parsed(Container.Replace("PORTS", cron ? "" : "\"ports\":[{\"containerPort\":\"*\",\"protocol\":\"TCP\"}],", StringComparison.Ordinal));

    private static JsonObject Parsed(string text) => (JsonObject)JsonNode.Parse(text)!;

    private static JsonObject Beyond(JsonNode? actual, JsonNode shape) =>
        new((actual as JsonObject ?? []).Where(f => shape[f.Key] is null).Select(f => KeyValuePair.Create(f.Key, f.Value?.DeepClone())));

    private static void Compare(JsonNode? actual, JsonNode? shape, string path, List<string> gaps)
    {
        if (shape is null)
        {
            if (actual is not null) gaps.Add(path);
            return;
        }
        if (ManifestSet.Text(shape) == Any) return;
        if (shape is JsonObject fields && actual is JsonObject given)
        {
            foreach (var (name, value) in given)
                if (fields.ContainsKey(name) || !fields.ContainsKey(Open)) Compare(value, fields[name], $"{path}.{name}", gaps);
            gaps.AddRange(fields.Where(f => f.Key != Open && !given.ContainsKey(f.Key) && IsFixed(f.Value)).Select(f => $"{path}.{f.Key}"));
        }
        else if (shape is JsonArray { Count: > 0 } items && items[0] is JsonObject each && actual is JsonArray list)
        {
            var most = items.Count > 1 ? items[1]!.GetValue<int>() : int.MaxValue;
            for (var i = 0; i < list.Count; i++)
                if (i < most) Compare(list[i], each, $"{path}[{i}]", gaps);
                else gaps.Add($"{path}[{i}]");
        }
        else if (actual is not null && !JsonNode.DeepEquals(actual, shape)) gaps.Add(path);
    }

    /// <summary>The chart always gives it.</summary>
    private static bool IsFixed(JsonNode? shape) => shape switch
    {
        JsonObject fields => fields.Any(f => f.Key != Open && IsFixed(f.Value)),
        JsonArray => false,
        _ => ManifestSet.Text(shape) != Any,
    };
}
