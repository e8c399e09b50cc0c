using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Babyhelm.Core.Sandbox.Api;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Admission;

/// <summary>The essential rules of each type, on create and on update.</summary>
internal static partial class Validation
{
    /// <param name="before">Null on create.</param>
    public static StatusError? Check(ApiResource resource, JsonObject body, JsonObject? before)
    {
        var errors = new FieldErrors();
        Names.Check(resource, body, errors);
        var spec = body.Map("spec");
        if (resource == ApiResource.Pods) PodTemplates.Check(spec, "spec", errors, "Always", "Never", "OnFailure");
        else if (resource == ApiResource.Deployments || resource == ApiResource.ReplicaSets) Workload(resource, spec, before.Map("spec"), errors);
        else if (resource == ApiResource.Services) Service(spec, before.Map("spec"), errors);
        else if (resource == ApiResource.Jobs) Job(spec, before.Map("spec"), "spec", errors);
        else if (resource == ApiResource.CronJobs) CronJob(spec, errors);
        else if (resource == ApiResource.ConfigMaps || resource == ApiResource.Secrets) Data(resource, body, before, errors);
        else if (resource == ApiResource.Autoscalers) Autoscaler(spec, errors);
        else if (resource == ApiResource.Claims) Claim(spec, before.Map("spec"), errors);
        else if (resource == ApiResource.Ingresses) Ingress(spec, errors);
        else if (resource == ApiResource.LimitRanges) Limits(spec, errors);
        else if (resource == ApiResource.Namespaces) PodSecurity.CheckLabels(body, before, errors);
        if (resource == ApiResource.Pods && before is not null) PodUpdate(body, before, errors);
        return errors.Any ? errors.ToStatus(resource, body.Str("metadata", "name") ?? "") : null;
    }

    private static void Workload(ApiResource resource, JsonObject? spec, JsonObject? before, FieldErrors errors)
    {
        errors.NotNegative("spec.replicas", spec.At("replicas"));
        errors.NotNegative("spec.minReadySeconds", spec.At("minReadySeconds"));
        var labels = spec.At("template", "metadata", "labels");
        var selector = spec.Map("selector");
        if (selector is null) errors.Required("spec.selector");
        else if (selector.Map("matchLabels") is not { Count: > 0 } && selector.List("matchExpressions") is not { Count: > 0 })
            errors.Invalid("spec.selector", selector, "empty selector is invalid for deployment");
        Names.CheckLabels(selector.At("matchLabels"), "spec.selector.matchLabels", errors);
        if (selector is null || !LabelSelector.Of(selector).Matches(Json.Strings(labels)))
            errors.Invalid("spec.template.metadata.labels", labels?.DeepClone() ?? new JsonObject(), "`selector` does not match template `labels`");
        Names.CheckLabels(labels, "spec.template.labels", errors);
        PodTemplates.Check(spec.Map("template", "spec"), "spec.template.spec", errors, "Always");
        if (resource == ApiResource.Deployments) Strategy(spec, errors);
        if (before is not null && !Json.Same(selector, before["selector"])) errors.Immutable("spec.selector", selector);
    }

    private static void Strategy(JsonObject? spec, FieldErrors errors)
    {
        errors.Supported("spec.strategy", spec.Str("strategy", "type"), "Recreate", "RollingUpdate");
        if (spec.Str("strategy", "type") == "Recreate" && spec.At("strategy", "rollingUpdate") is not null)
            errors.Forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
        foreach (var field in new[] { "maxUnavailable", "maxSurge" })
        {
            var value = spec.At("strategy", "rollingUpdate", field);
            if (value.Int() < 0) errors.Invalid($"spec.strategy.rollingUpdate.{field}", value, "must be greater than or equal to 0");
            if (value.Str() is { } text && !Percent().IsMatch(text))
                errors.Invalid($"spec.strategy.rollingUpdate.{field}", text, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')");
        }
        if (spec.At("strategy", "rollingUpdate", "maxUnavailable").Scalar() is "0" or "0%" && spec.At("strategy", "rollingUpdate", "maxSurge").Scalar() is "0" or "0%")
            errors.Invalid("spec.strategy.rollingUpdate.maxUnavailable", 0, "may not be 0 when `maxSurge` is 0");
        errors.NotNegative("spec.revisionHistoryLimit", spec.At("revisionHistoryLimit"));
        errors.NotNegative("spec.progressDeadlineSeconds", spec.At("progressDeadlineSeconds"));
        if (spec.Int("progressDeadlineSeconds") <= (spec.Int("minReadySeconds") ?? 0))
            errors.Invalid("spec.progressDeadlineSeconds", spec.At("progressDeadlineSeconds"), "must be greater than minReadySeconds");
    }

    private static void Service(JsonObject? spec, JsonObject? before, FieldErrors errors)
    {
        errors.Supported("spec.type", spec.Str("type"), "ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
        var ports = PodTemplates.Indexed(spec, "ports", "spec").ToList();
        if (ports.Count == 0 && spec.Str("clusterIP") != "None" && spec.Str("type") != "ExternalName") errors.Required("spec.ports");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (port, at) in ports)
        {
            var name = port.Str("name") ?? "";
            if (ports.Count > 1 && name.Length == 0) errors.Required($"{at}.name");
            else if (name.Length > 0)
            {
                Names.Label(errors, $"{at}.name", name);
                if (!names.Add(name)) errors.Duplicate($"{at}.name", name);
            }
            errors.Port($"{at}.port", port["port"]);
            if (port["targetPort"].Int() is not null) errors.Port($"{at}.targetPort", port["targetPort"]);
            errors.Supported($"{at}.protocol", port.Str("protocol"), "SCTP", "TCP", "UDP");
        }
        Names.CheckLabels(spec.At("selector"), "spec.selector", errors);
        if (before.Str("clusterIP") is { Length: > 0 } ip && spec.Str("clusterIP") != ip && spec.Str("type") != "ExternalName")
            errors.Immutable("spec.clusterIPs[0]", spec.Str("clusterIP"));
        if (before.Str("type") == "LoadBalancer" && spec.Str("type") == "LoadBalancer" && before.Str("loadBalancerClass") != spec.Str("loadBalancerClass"))
            errors.Invalid("spec.loadBalancerClass", spec.Str("loadBalancerClass"), "may not change once set");
    }

    private static void Job(JsonObject? spec, JsonObject? before, string field, FieldErrors errors)
    {
        foreach (var name in new[] { "parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished" })
            errors.NotNegative($"{field}.{name}", spec.At(name));
        PodTemplates.Check(spec.Map("template", "spec"), $"{field}.template.spec", errors, "Never", "OnFailure");
        if (before is not null && !Json.Same(spec.At("template"), before["template"])) errors.Immutable($"{field}.template", spec.At("template"));
    }

    private static void CronJob(JsonObject? spec, FieldErrors errors)
    {
        if (spec.Str("schedule") is not { Length: > 0 } schedule) errors.Required("spec.schedule");
        else if (Controllers.CronSchedule.Parse(schedule) is null) errors.Invalid("spec.schedule", schedule, $"expected exactly 5 fields in range, found {schedule.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length}: [{schedule}]");
        errors.Supported("spec.concurrencyPolicy", spec.Str("concurrencyPolicy"), "Allow", "Forbid", "Replace");
        Job(spec.Map("jobTemplate", "spec"), null, "spec.jobTemplate.spec", errors);
    }

    private static void Data(ApiResource resource, JsonObject body, JsonObject? before, FieldErrors errors)
    {
        var size = 0;
        foreach (var (key, value) in Json.Strings(body["data"]).Concat(Json.Strings(body["binaryData"])))
        {
            if (!ConfigKey().IsMatch(key) || key.Length > 253)
                errors.Invalid($"data[{key}]", key, "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')");
            size += value.Length;
        }
        if (size > 1024 * 1024) errors.Invalid(resource == ApiResource.Secrets ? "data" : "", "", "must have at most 1048576 bytes");
        if (before.Bool("immutable") == true && !Json.Same(body["data"], before.At("data")))
            errors.Forbidden("data", "field is immutable when `immutable` is set");
        if (resource == ApiResource.Secrets && before.Str("type") is { } type && type != body.Str("type")) errors.Immutable("type", body.Str("type"));
    }

    private static void Autoscaler(JsonObject? spec, FieldErrors errors)
    {
        if (spec.Str("scaleTargetRef", "kind") is not { Length: > 0 }) errors.Required("spec.scaleTargetRef.kind");
        if (spec.Str("scaleTargetRef", "name") is not { Length: > 0 }) errors.Required("spec.scaleTargetRef.name");
        if (spec.Int("minReplicas") is < 1) errors.Invalid("spec.minReplicas", spec.At("minReplicas"), "must be greater than or equal to 1");
        if (spec.Int("maxReplicas") is null or < 1) errors.Invalid("spec.maxReplicas", spec.At("maxReplicas") ?? 0, "must be greater than 0");
        else if (spec.Int("maxReplicas") < spec.Int("minReplicas"))
            errors.Invalid("spec.maxReplicas", spec.At("maxReplicas"), "must be greater than or equal to `minReplicas`");
    }

    private static void Claim(JsonObject? spec, JsonObject? before, FieldErrors errors)
    {
        if (spec.List("accessModes") is not { Count: > 0 }) errors.Required("spec.accessModes", "at least 1 access mode is required");
        foreach (var mode in spec.List("accessModes") ?? [])
            errors.Supported("spec.accessModes", mode.Scalar(), "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod");
        if (spec.At("resources", "requests", "storage") is not { } size) errors.Required("spec.resources[storage]");
        else if (Quantity.Of(size) <= 0) errors.Invalid("spec.resources[storage]", size.Scalar(), "must be greater than zero");
        else if (Quantity.Of(size) < Quantity.Of(before.At("resources", "requests", "storage"))) errors.Forbidden("spec.resources.requests.storage", "field can not be less than previous value");
    }

    private static void Ingress(JsonObject? spec, FieldErrors errors)
    {
        if (spec.List("rules") is not { Count: > 0 } && spec.At("defaultBackend") is null)
            errors.Invalid("spec", new JsonObject(), "either `defaultBackend` or `rules` must be specified");
        foreach (var (path, at) in PodTemplates.Indexed(spec, "rules", "spec").SelectMany(r => PodTemplates.Indexed(r.Item["http"], "paths", $"{r.At}.http")))
        {
            errors.Supported($"{at}.pathType", path.Str("pathType"), "Exact", "ImplementationSpecific", "Prefix");
            if (path.Str("pathType") != "ImplementationSpecific" && path.Str("path") is not ['/', ..])
                errors.Invalid($"{at}.path", path.Str("path") ?? "", "must be an absolute path");
        }
    }

    private static void Limits(JsonObject? spec, FieldErrors errors)
    {
        foreach (var (item, at) in PodTemplates.Indexed(spec, "limits", "spec"))
            foreach (var (name, request) in item.Map("defaultRequest") ?? [])
                if (item.At("default", name) is { } limit && Quantity.Of(request) > Quantity.Of(limit))
                    errors.Invalid($"{at}.defaultRequest[{name}]", request.Scalar(), $"default request value {request.Scalar()} is greater than default limit value {limit.Scalar()}");
    }

    private static void PodUpdate(JsonObject body, JsonObject before, FieldErrors errors)
    {
        var (old, now) = ((JsonObject)before["spec"]!.DeepClone(), (JsonObject)body["spec"]!.DeepClone());
        foreach (var spec in new[] { old, now })
        {
            foreach (var container in spec.Items("containers").Concat(spec.Items("initContainers"))) container.Remove("image");
            foreach (var field in new[] { "activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds" }) spec.Remove(field);
        }
        if (!Json.Same(old, now))
            errors.Forbidden("spec", "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)");
    }

    [GeneratedRegex(@"\A[0-9]+%\z")]
    private static partial Regex Percent();

    [GeneratedRegex(@"\A[-._a-zA-Z0-9]+\z")]
    private static partial Regex ConfigKey();
}
