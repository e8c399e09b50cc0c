using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Admission;

/// <summary>Values that the API fills in where a manifest is silent.</summary>
internal static class Defaults
{
    public static void Apply(ApiResource resource, JsonObject body)
    {
        var spec = body.Map("spec");
        if (resource == ApiResource.Pods && spec is not null)
        {
            Pod(spec);
            foreach (var container in spec.Items("initContainers").Concat(spec.Items("containers"))) Requests(container);
        }
        else if (resource == ApiResource.Deployments && spec is not null) Deployment(spec);
        else if (resource == ApiResource.ReplicaSets && spec is not null)
        {
            spec.Default("replicas", 1);
            Template(spec);
        }
        else if (resource == ApiResource.Services) Service(body.Make("spec"));
        else if (resource == ApiResource.Jobs && spec is not null) Job(spec);
        else if (resource == ApiResource.CronJobs && spec is not null)
        {
            spec.Default("concurrencyPolicy", "Allow");
            spec.Default("suspend", false);
            spec.Default("successfulJobsHistoryLimit", 3);
            spec.Default("failedJobsHistoryLimit", 1);
            if (spec.Map("jobTemplate", "spec") is { } job) Job(job);
        }
        else if (resource == ApiResource.Secrets) Secret(body);
        else if (resource == ApiResource.Claims && spec is not null) spec.Default("volumeMode", "Filesystem");
        else if (resource == ApiResource.Autoscalers && spec is not null) spec.Default("minReplicas", 1);
        else if (resource == ApiResource.NetworkPolicies && spec is not null && spec["policyTypes"] is null)
            spec["policyTypes"] = spec["egress"] is null ? new JsonArray("Ingress") : new JsonArray("Ingress", "Egress");
        else if (resource == ApiResource.Namespaces)
        {
            body.Make("metadata", "labels")["kubernetes.io/metadata.name"] = body.Str("metadata", "name");
            body.Make("spec").Default("finalizers", new JsonArray("kubernetes"));
        }
        else if (resource == ApiResource.LimitRanges)
            foreach (var item in spec.Items("limits")) LimitItem(item);
        else if (resource == ApiResource.Ingresses)
            foreach (var path in spec.Items("rules").SelectMany(r => r.Items("http", "paths"))) path.Default("pathType", "ImplementationSpecific");
    }

    private static void Deployment(JsonObject spec)
    {
        spec.Default("replicas", 1);
        Template(spec);
        var strategy = spec.Make("strategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Str("type") == "RollingUpdate")
        {
            var rolling = strategy.Make("rollingUpdate");
            rolling.Default("maxUnavailable", "25%");
            rolling.Default("maxSurge", "25%");
        }
        spec.Default("revisionHistoryLimit", 10);
        spec.Default("progressDeadlineSeconds", 600);
    }

    private static void Job(JsonObject spec)
    {
        if (spec["completions"] is null && spec["parallelism"] is null) spec["completions"] = 1;
        spec.Default("parallelism", 1);
        spec.Default("backoffLimit", 6);
        spec.Default("completionMode", "NonIndexed");
        spec.Default("suspend", false);
        Template(spec, "");
    }

    private static void Template(JsonObject spec, string restartPolicy = "Always")
    {
        if (spec.Map("template", "spec") is { } pod) Pod(pod, restartPolicy);
    }

    private static void Pod(JsonObject spec, string restartPolicy = "Always")
    {
        foreach (var container in spec.Items("initContainers").Concat(spec.Items("containers"))) Container(container);
        if (restartPolicy.Length > 0) spec.Default("restartPolicy", restartPolicy);
        spec.Default("terminationGracePeriodSeconds", 30);
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("securityContext", new JsonObject());
        spec.Default("schedulerName", "default-scheduler");
        if (spec.Str("serviceAccountName") is { Length: > 0 } account) spec["serviceAccount"] = account;
        else if (spec.Str("serviceAccount") is { Length: > 0 } old) spec["serviceAccountName"] = old;
        foreach (var volume in spec.Items("volumes"))
        {
            if (volume.Count == 1) volume["emptyDir"] = new JsonObject();
            foreach (var kind in new[] { "configMap", "secret", "projected", "downwardAPI" }) volume.Map(kind)?.Default("defaultMode", 420);
        }
    }

    private static void Container(JsonObject container)
    {
        foreach (var port in container.Items("ports")) port.Default("protocol", "TCP");
        container.Make("resources");
        foreach (var probe in new[] { "livenessProbe", "readinessProbe", "startupProbe" }) Probe(container.Map(probe));
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        var image = container.Str("image") ?? "";
        var latest = !image.Contains('@') && image[(image.LastIndexOf('/') + 1)..] is var last && (!last.Contains(':') || last.EndsWith(":latest", StringComparison.Ordinal));
        container.Default("imagePullPolicy", latest ? "Always" : "IfNotPresent");
        foreach (var field in container.Items("env").Select(e => e.Map("valueFrom", "fieldRef"))) field?.Default("apiVersion", "v1");
    }

    /// <summary>Requests follow the limits in pods only, never in the templates of pods.</summary>
    private static void Requests(JsonObject container)
    {
        var resources = container.Make("resources");
        foreach (var (name, limit) in resources.Map("limits") ?? [])
            resources.Make("requests").Default(name, limit?.DeepClone());
    }

    private static void Probe(JsonObject? probe)
    {
        if (probe is null) return;
        if (probe.Map("httpGet") is { } get)
        {
            get.Default("path", "/");
            get.Default("scheme", "HTTP");
        }
        probe.Default("timeoutSeconds", 1);
        probe.Default("periodSeconds", 10);
        probe.Default("successThreshold", 1);
        probe.Default("failureThreshold", 3);
    }

    private static void Service(JsonObject spec)
    {
        spec.Default("type", "ClusterIP");
        spec.Default("sessionAffinity", "None");
        foreach (var port in spec.Items("ports"))
        {
            port.Default("protocol", "TCP");
            port.Default("targetPort", port["port"]?.DeepClone());
        }
        if (spec.Str("type") == "ExternalName") return;
        spec.Default("internalTrafficPolicy", "Cluster");
        spec.Default("ipFamilies", new JsonArray("IPv4"));
        spec.Default("ipFamilyPolicy", "SingleStack");
        if (spec.Str("type") is not ("NodePort" or "LoadBalancer")) return;
        spec.Default("externalTrafficPolicy", "Cluster");
        if (spec.Str("type") == "LoadBalancer") spec.Default("allocateLoadBalancerNodePorts", true);
    }

    private static void Secret(JsonObject body)
    {
        body.Default("type", "Opaque");
        foreach (var (name, value) in body.Map("stringData") ?? [])
            body.Make("data")[name] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(value.Scalar() ?? ""));
        body.Remove("stringData");
    }

    private static void LimitItem(JsonObject item)
    {
        if (item.Str("type") != "Container") return;
        foreach (var (name, max) in item.Map("max") ?? []) item.Make("default").Default(name, max?.DeepClone());
        foreach (var (name, limit) in item.Map("default") ?? []) item.Make("defaultRequest").Default(name, limit?.DeepClone());
        foreach (var (name, min) in item.Map("min") ?? []) item.Make("defaultRequest").Default(name, min?.DeepClone());
    }
}
