using System.Globalization;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Clusters;

/// <summary>Judges what is known of the cluster. Pure.</summary>
internal static class ClusterChecks
{
    /// <summary>The oldest minor version of Kubernetes 1 that Babyhelm works with.</summary>
    public const int OldestMinor = 20;

    /// <summary>Above it, people notice.</summary>
    public static readonly TimeSpan SlowLatency = TimeSpan.FromMilliseconds(250);

    /// <summary>Of all that nodes have to give.</summary>
    private const double LittleRoom = 0.9;

    /// <summary>In the order to show: what everything depends on first.</summary>
    public static IReadOnlyList<ClusterCheck> Of(ClusterFacts facts, CacheStatus cache, PulseStatus pulse, string source, bool checksCertificate) =>
    [
        Answers(facts, cache, pulse, source),
        Version(facts.Version),
        Certificate(checksCertificate),
        PermissionsGranted(facts),
        .. Apis(facts.Apis),
        PodSecurity(facts),
        Nodes(facts),
        Latency(pulse),
    ];

    private static ClusterCheck Answers(ClusterFacts facts, CacheStatus cache, PulseStatus pulse, string source)
    {
        const string Meaning = "What runs goes on running and visitors are served. Deploys are accepted and wait; what pages show is as it was then.";
        if (cache.StaleSince is not null && cache.Refused)
            return new("answers", CheckStatus.Fail, "The cluster does not let Babyhelm look", cache.Cause ?? "", Meaning,
                "Grant the permissions that are missing below, or renew the credentials. Babyhelm goes on by itself.");
        if (cache.StaleSince is not null || pulse.Silence is not null)
            return new("answers", CheckStatus.Fail, "The cluster does not answer", pulse.Silence?.Message ?? cache.Cause ?? "", Meaning,
                $"Look at the API server, the network between, and the address in the {(source == "in-cluster" ? "pod's environment" : source)}. Babyhelm goes on by itself as soon as it is back.");
        if (facts.Problem is { } problem)
            return new("answers", CheckStatus.Fail, "The cluster could not be checked", problem.Message, "What stands below is from an earlier check, or not known.",
                "Babyhelm tries again by itself. If it stays like this, check the credentials in the configuration.");
        return pulse.LastContact is null
            ? new("answers", CheckStatus.Unknown, "The cluster has not been asked yet", "")
            : new("answers", CheckStatus.Ok, "The cluster answers", facts.Account is { } account ? $"and knows Babyhelm as {account}" : "");
    }

    private static ClusterCheck Version(ClusterVersion? version)
    {
        if (version is null) return new("version", CheckStatus.Unknown, "Version not known", "");
        // Some vendors add a sign: 27+.
        if (!int.TryParse(version.Major, out var major) || !int.TryParse(version.Minor.AsSpan().TrimEnd('+'), NumberStyles.None, CultureInfo.InvariantCulture, out var minor))
            return new("version", CheckStatus.Unknown, "Version not understood", version.GitVersion);
        return major > 1 || (major == 1 && minor >= OldestMinor)
            ? new("version", CheckStatus.Ok, "Version", version.GitVersion)
            : new("version", CheckStatus.Fail, "The cluster is too old", version.GitVersion,
                $"Babyhelm is made for Kubernetes 1.{OldestMinor} and newer; deploys can fail in ways that it can't explain.", $"Upgrade the cluster to 1.{OldestMinor} or newer.");
    }

    private static ClusterCheck Certificate(bool isChecked) => isChecked
        ? new("certificate", CheckStatus.Ok, "Certificate of the server", "checked")
        : new("certificate", CheckStatus.Warn, "The server's certificate is not checked", "insecure-skip-tls-verify, or no TLS",
            "Whoever can get in between Babyhelm and the cluster can read its credentials and take the cluster over.",
            "Put an https address and the cluster's CA (certificate-authority-data) into the kubeconfig, and remove Kubernetes:AllowInsecure.");

    private static ClusterCheck PermissionsGranted(ClusterFacts facts)
    {
        var all = facts.Permissions;
        var missing = all.Where(p => p.Granted == false).ToList();
        if (missing.Count > 0)
            return new("permissions", missing.Any(p => p.Permission.Required) ? CheckStatus.Fail : CheckStatus.Warn,
                missing.Count == 1 ? "A permission is missing" : $"{missing.Count} permissions are missing", string.Join(", ", missing),
                $"Babyhelm can't {string.Join("; or ", missing.Select(p => p.Permission.Purpose).Distinct())}.",
                "Give Babyhelm's account the role that stands under Permissions below.");
        return all.Count == 0 || all.Any(p => p.Granted is null)
            ? new("permissions", CheckStatus.Unknown, "Permissions not known", all.FirstOrDefault(p => p.Granted is null)?.Reason ?? "")
            : new("permissions", CheckStatus.Ok, "Permissions", $"all {all.Count} granted");
    }

    private static IEnumerable<ClusterCheck> Apis(ClusterApis? apis)
    {
        if (apis is null)
        {
            yield return new("apis", CheckStatus.Unknown, "APIs not known", "");
            yield break;
        }
        if (ApiNeed.All.Where(a => a.Required).All(a => a.StateOn(apis) == ApiState.Served))
            yield return new("apis", CheckStatus.Ok, "APIs", "all that deploys need are served");
        foreach (var need in ApiNeed.All)
        {
            var state = need.StateOn(apis);
            if (state == ApiState.Served) continue;
            yield return new($"api:{need.Api}/{need.Types[0].Plural}", need.Required ? CheckStatus.Fail : CheckStatus.Warn,
                $"No {need.Name}", $"{need.Api} {(state == ApiState.Silent ? "does not answer" : "is not served")}", need.Without,
                state == ApiState.Silent ? "The cluster knows this API, but the server behind it does not answer: look at its APIService and pods." : need.Remedy);
        }
    }

    private static ClusterCheck PodSecurity(ClusterFacts facts) => facts.PodSecurity switch
    {
        PodSecurityState.On => new("pod-security", CheckStatus.Ok, "Pod Security", "enforced"),
        PodSecurityState.Off => new("pod-security", CheckStatus.Warn, "Pod Security is not enforced", "",
            "The cluster ignores the level that Babyhelm sets on each project. Babyhelm's own rules for manifests still hold, but pods that others put into a project are not held back.",
            "Upgrade to Kubernetes 1.25 or newer, or enable the PodSecurity admission plugin."),
        _ => new("pod-security", CheckStatus.Unknown, "Pod Security not known", facts.PodSecurityProblem ?? ""),
    };

    private static ClusterCheck Nodes(ClusterFacts facts)
    {
        if (facts.Nodes is not { Nodes: var nodes } report)
            return new("nodes", CheckStatus.Unknown, "Nodes not known", facts.NodesProblem?.Message ?? "");
        var ready = nodes.Count(n => n.Ready);
        var found = $"{ready} of {nodes.Count} ready";
        if (ready == 0)
            return new("nodes", CheckStatus.Fail, "No node is ready", found, "New pods find no place, and what runs may be gone.", "Look at the nodes below, and at their kubelets.");
        var troubled = nodes.Where(n => !n.IsWell).ToList();
        if (troubled.Count > 0)
            return new("nodes", CheckStatus.Warn, troubled.Count == 1 ? "A node needs attention" : $"{troubled.Count} nodes need attention", $"{found}; {string.Join(", ", troubled.Take(5).Select(n => n.Name))}{(troubled.Count > 5 ? ", …" : "")}",
                "The others take the pods as long as they have room.", "Look at the nodes below.");
        var full = new[] { ("cpu", NodeAmount.Sum(nodes.Select(n => n.Cpu))), ("memory", NodeAmount.Sum(nodes.Select(n => n.Memory))), ("pods", NodeAmount.Sum(nodes.Select(n => n.Pods))) }
            .Where(r => r.Item2.Share > LittleRoom).Select(r => r.Item1).ToList();
        if (full.Count > 0)
            return new("nodes", CheckStatus.Warn, "The nodes are nearly full", $"{found}; little left of {string.Join(" and ", full)}",
                "New pods may find no place: their rollouts wait.", "Add a node, or stop what is not needed.");
        return report.WaitingPods > 0
            ? new("nodes", CheckStatus.Warn, report.WaitingPods == 1 ? "A pod waits for a node" : $"{report.WaitingPods} pods wait for a node", found,
                "They have been created, but no node takes them now.", "The events of the pods say why: kubectl get events -A --field-selector reason=FailedScheduling")
            : new("nodes", CheckStatus.Ok, "Nodes", found);
    }

    private static ClusterCheck Latency(PulseStatus pulse)
    {
        if (pulse.Latency is not { } latency) return new("latency", CheckStatus.Unknown, "Latency not known", "");
        var found = LatencyText.Of(latency);
        return latency <= SlowLatency
            ? new("latency", CheckStatus.Ok, "Latency", found)
            : new("latency", CheckStatus.Warn, "The cluster answers slowly", found,
                "A deploy takes a dozen requests, one after the other; deploys and this interface feel slow.", "Run Babyhelm nearer to the cluster, or see what keeps the API server busy.");
    }
}
