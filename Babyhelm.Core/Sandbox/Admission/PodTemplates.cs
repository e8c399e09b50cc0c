using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Admission;

/// <summary>Rules for the specification of a pod, wherever it stands.</summary>
internal static class PodTemplates
{
    public static void Check(JsonObject? spec, string field, FieldErrors errors, params string[] restartPolicies)
    {
        var volumes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (volume, at) in Indexed(spec, "volumes", field))
        {
            var name = volume.Str("name") ?? "";
            if (name.Length == 0) errors.Required($"{at}.name");
            else Names.Label(errors, $"{at}.name", name);
            if (!volumes.Add(name)) errors.Duplicate($"{at}.name", name);
            if (volume.Count == 1) errors.Required(at, "must specify a volume type");
        }
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (spec.List("containers") is not { Count: > 0 }) errors.Required($"{field}.containers");
        foreach (var (container, at) in Indexed(spec, "containers", field)) Container(container, at, names, volumes, errors);
        foreach (var (container, at) in Indexed(spec, "initContainers", field)) Container(container, at, names, volumes, errors);
        if (spec.Str("restartPolicy") is { } policy) errors.Supported($"{field}.restartPolicy", policy, restartPolicies);
        else errors.Required($"{field}.restartPolicy", $"valid values: {string.Join(", ", restartPolicies.Order(StringComparer.Ordinal).Select(p => $"\"{p}\""))}");
        errors.NotNegative($"{field}.terminationGracePeriodSeconds", spec.At("terminationGracePeriodSeconds"));
        errors.Supported($"{field}.dnsPolicy", spec.Str("dnsPolicy"), "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None");
    }

    private static void Container(JsonObject container, string at, HashSet<string> names, HashSet<string> volumes, FieldErrors errors)
    {
        var name = container.Str("name") ?? "";
        if (name.Length == 0) errors.Required($"{at}.name");
        else Names.Label(errors, $"{at}.name", name);
        if (name.Length > 0 && !names.Add(name)) errors.Duplicate($"{at}.name", name);
        var image = container.Str("image") ?? "";
        if (image.Length == 0) errors.Required($"{at}.image");
        else if (image.Trim() != image) errors.Invalid($"{at}.image", image, "must not have leading or trailing whitespace");
        errors.Supported($"{at}.imagePullPolicy", container.Str("imagePullPolicy"), "Always", "IfNotPresent", "Never");
        foreach (var (port, portAt) in Indexed(container, "ports", at))
        {
            if (port["containerPort"] is null) errors.Required($"{portAt}.containerPort");
            else errors.Port($"{portAt}.containerPort", port["containerPort"]);
            errors.Supported($"{portAt}.protocol", port.Str("protocol"), "SCTP", "TCP", "UDP");
        }
        foreach (var (variable, envAt) in Indexed(container, "env", at))
        {
            var key = variable.Str("name") ?? "";
            if (key.Length == 0) errors.Required($"{envAt}.name");
            else if (key.Any(c => c is '=' or < ' ' or > '~'))
                errors.Invalid($"{envAt}.name", key, "a valid environment variable name must consist only of printable ASCII characters other than '='");
            if (variable["valueFrom"] is not null && variable.Str("value") is { Length: > 0 })
                errors.Invalid($"{envAt}.valueFrom", "", "may not be specified when `value` is not empty");
        }
        foreach (var (mount, mountAt) in Indexed(container, "volumeMounts", at))
        {
            if (!volumes.Contains(mount.Str("name") ?? "")) errors.Missing($"{mountAt}.name", mount.Str("name") ?? "");
            if (mount.Str("mountPath") is not { Length: > 0 }) errors.Required($"{mountAt}.mountPath");
        }
        Resources(container.Map("resources"), $"{at}.resources", errors);
        foreach (var probe in new[] { "livenessProbe", "readinessProbe", "startupProbe" }) Probe(container, probe, $"{at}.{probe}", errors);
    }

    private static void Resources(JsonObject? resources, string at, FieldErrors errors)
    {
        foreach (var part in new[] { "limits", "requests" })
            foreach (var (name, amount) in resources.Map(part) ?? [])
                if (Quantity.Of(amount) < 0) errors.Invalid($"{at}.{part}[{name}]", amount.Scalar(), "must be greater than or equal to 0");
        foreach (var (name, request) in resources.Map("requests") ?? [])
            if (resources.At("limits", name) is { } limit && Quantity.Of(request) > Quantity.Of(limit))
                errors.Invalid($"{at}.requests", request.Scalar(), $"must be less than or equal to {name} limit of {limit.Scalar()}");
    }

    private static void Probe(JsonObject container, string name, string at, FieldErrors errors)
    {
        if (container.Map(name) is not { } probe) return;
        var handlers = new[] { "exec", "httpGet", "tcpSocket", "grpc" }.Where(probe.ContainsKey).ToList();
        if (handlers.Count == 0) errors.Required(at, "must specify a handler type");
        foreach (var second in handlers.Skip(1)) errors.Forbidden($"{at}.{second}", "may not specify more than 1 handler type");
        foreach (var handler in handlers.Where(h => h is "httpGet" or "tcpSocket"))
        {
            var port = probe.At(handler, "port");
            if (port.Str() is { } named && !int.TryParse(named, out _))
            {
                if (named.Length == 0) errors.Required($"{at}.{handler}.port");
            }
            else errors.Port($"{at}.{handler}.port", int.TryParse(port.Scalar(), out var number) ? number : port);
        }
        foreach (var field in new[] { "initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold", "successThreshold" }) errors.NotNegative($"{at}.{field}", probe[field]);
        if (name != "readinessProbe" && probe.Int("successThreshold") is > 1) errors.Invalid($"{at}.successThreshold", probe["successThreshold"], "must be 1");
    }

    internal static IEnumerable<(JsonObject Item, string At)> Indexed(JsonNode? node, string name, string field) =>
        node.Items(name).Select((item, i) => (item, $"{field}.{name}[{i}]"));
}
