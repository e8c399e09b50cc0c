using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Admission;

/// <summary>The Pod Security levels baseline and restricted, in the wording of the real admission.</summary>
internal static class PodSecurity
{
    private const string Prefix = "pod-security.kubernetes.io/";

    private static readonly HashSet<string> DefaultCapabilities = new(StringComparer.Ordinal)
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    };

    private static readonly string[] RestrictedVolumes =
        ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

    /// <summary>Levels that a namespace's labels name must exist; on update only where they change.</summary>
    public static void CheckLabels(JsonObject ns, JsonObject? before, FieldErrors errors)
    {
        foreach (var mode in new[] { "enforce", "audit", "warn" })
        {
            var level = ns.Str("metadata", "labels", Prefix + mode);
            if (level is null or "privileged" or "baseline" or "restricted" || level == before.Str("metadata", "labels", Prefix + mode)) continue;
            errors.Invalid($"metadata.labels[{Prefix}{mode}]", level, "must be one of privileged, baseline, restricted");
        }
    }

    /// <summary>Why the namespace's enforced level refuses the pod, or null.</summary>
    public static string? Refusal(IReadOnlyDictionary<string, string> labels, JsonObject? spec) =>
        Judge(labels.GetValueOrDefault(Prefix + "enforce"), labels.GetValueOrDefault(Prefix + "enforce-version"), spec) is { } why ? $"violates PodSecurity {why}" : null;

    /// <summary>What the namespace warns of; without a warn level the enforced one counts.</summary>
    public static string? Warning(IReadOnlyDictionary<string, string> labels, JsonObject? spec)
    {
        var level = labels.GetValueOrDefault(Prefix + "warn");
        var version = labels.GetValueOrDefault(Prefix + "warn-version");
        if (level is null) (level, version) = (labels.GetValueOrDefault(Prefix + "enforce"), version ?? labels.GetValueOrDefault(Prefix + "enforce-version"));
        return Judge(level, version, spec) is { } why ? $"would violate PodSecurity {why}" : null;
    }

    private static string? Judge(string? level, string? version, JsonObject? spec)
    {
        if (spec is null || level is not ("baseline" or "restricted")) return null;
        var faults = Faults(spec, level == "restricted").ToList();
        return faults.Count == 0 ? null : $"\"{level}:{version ?? "latest"}\": {string.Join(", ", faults)}";
    }

    /// <summary>In the order of the names of the checks.</summary>
    private static IEnumerable<string> Faults(JsonObject spec, bool restricted)
    {
        var all = spec.Items("initContainers").Concat(spec.Items("containers")).ToList();
        if (restricted && Named(all, c => c.Bool("securityContext", "allowPrivilegeEscalation") != false) is { } escalation)
            yield return $"allowPrivilegeEscalation != false ({escalation} must set securityContext.allowPrivilegeEscalation=false)";
        if (restricted)
        {
            if (Named(all, c => !Texts(c, "drop").Contains("ALL")) is { } undropped)
                yield return $"unrestricted capabilities ({undropped} must set securityContext.capabilities.drop=[\"ALL\"])";
            else if (Named(all, c => Texts(c, "add").Any(a => a != "NET_BIND_SERVICE")) is { } added)
                yield return $"unrestricted capabilities ({added} must not include {Quoted(all, a => a != "NET_BIND_SERVICE")} in securityContext.capabilities.add)";
        }
        else if (Named(all, c => Texts(c, "add").Any(a => !DefaultCapabilities.Contains(a))) is { } extra)
            yield return $"non-default capabilities ({extra} must not include {Quoted(all, a => !DefaultCapabilities.Contains(a))} in securityContext.capabilities.add)";
        var host = new[] { "hostNetwork", "hostPID", "hostIPC" }.Where(h => spec.Bool(h) == true).Select(h => $"{h}=true").ToList();
        if (host.Count > 0) yield return $"host namespaces ({string.Join(", ", host)})";
        var paths = spec.Items("volumes").Where(v => v.ContainsKey("hostPath")).Select(v => $"\"{v.Str("name")}\"").ToList();
        if (paths.Count > 0) yield return $"hostPath volumes ({(paths.Count == 1 ? "volume" : "volumes")} {string.Join(", ", paths)})";
        var ports = all.SelectMany(c => c.Items("ports")).Select(p => p.Int("hostPort") ?? 0).Where(p => p > 0).ToList();
        if (ports.Count > 0 && Named(all, c => c.Items("ports").Any(p => p.Int("hostPort") > 0)) is { } using_)
            yield return $"hostPort ({using_} {(using_.StartsWith("containers", StringComparison.Ordinal) ? "use" : "uses")} {(ports.Count == 1 ? "hostPort" : "hostPorts")} {string.Join(", ", ports)})";
        if (Named(all, c => c.Bool("securityContext", "privileged") == true) is { } privileged)
            yield return $"privileged ({privileged} must not set securityContext.privileged=true)";
        if (Named(all, c => c.Str("securityContext", "procMount") is { } m && m != "Default") is { } proc)
            yield return $"procMount ({proc} must not set securityContext.procMount to \"Unmasked\")";
        if (restricted)
            foreach (var fault in Restricted(spec, all)) yield return fault;
        else if (Unconfined(spec, all) is { } seccomp) yield return seccomp;
    }

    private static IEnumerable<string> Restricted(JsonObject spec, List<JsonObject> all)
    {
        var volumes = spec.Items("volumes").Where(v => v.Any(p => p.Key != "name" && !RestrictedVolumes.Contains(p.Key))).ToList();
        if (volumes.Count > 0)
            yield return $"restricted volume types ({(volumes.Count == 1 ? "volume" : "volumes")} {string.Join(", ", volumes.Select(v => $"\"{v.Str("name")}\""))} {(volumes.Count == 1 ? "uses restricted volume type" : "use restricted volume types")} {string.Join(", ", volumes.Select(v => $"\"{v.First(p => p.Key != "name").Key}\"").Distinct())})";
        var podNonRoot = spec.Bool("securityContext", "runAsNonRoot");
        if (Named(all, c => (c.Bool("securityContext", "runAsNonRoot") ?? podNonRoot) != true) is { } root)
            yield return $"runAsNonRoot != true (pod or {root} must set securityContext.runAsNonRoot=true)";
        if (spec.Int("securityContext", "runAsUser") == 0) yield return "runAsUser=0 (pod must not set runAsUser=0)";
        else if (Named(all, c => c.Int("securityContext", "runAsUser") == 0) is { } user) yield return $"runAsUser=0 ({user} must not set runAsUser=0)";
        var pod = spec.Str("securityContext", "seccompProfile", "type");
        if (Named(all, c => (c.Str("securityContext", "seccompProfile", "type") ?? pod) is not ("RuntimeDefault" or "Localhost")) is { } seccomp)
            yield return $"seccompProfile (pod or {seccomp} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")";
    }

    private static string? Unconfined(JsonObject spec, List<JsonObject> all)
    {
        if (spec.Str("securityContext", "seccompProfile", "type") == "Unconfined")
            return "seccompProfile (pod must not set securityContext.seccompProfile.type to \"Unconfined\")";
        return Named(all, c => c.Str("securityContext", "seccompProfile", "type") == "Unconfined") is { } containers
            ? $"seccompProfile ({containers} must not set securityContext.seccompProfile.type to \"Unconfined\")"
            : null;
    }

    private static string? Named(List<JsonObject> containers, Func<JsonObject, bool> bad)
    {
        var names = containers.Where(bad).Select(c => $"\"{c.Str("name")}\"").ToList();
        return names.Count switch { 0 => null, 1 => $"container {names[0]}", _ => $"containers {string.Join(", ", names)}" };
    }

    private static List<string> Texts(JsonObject container, string list) =>
        [.. (container.List("securityContext", "capabilities", list) ?? []).Select(c => c.Scalar() ?? "")];

    private static string Quoted(List<JsonObject> containers, Func<string, bool> bad) =>
        string.Join(", ", containers.SelectMany(c => Texts(c, "add")).Where(bad).Distinct().Order(StringComparer.Ordinal).Select(a => $"\"{a}\""));
}
