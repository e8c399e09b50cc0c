namespace Babyhelm.Core.Clusters;

/// <summary>A preflight in one line of a log.</summary>
internal static class PreflightSummary
{
    /// <returns>Bad when the cluster does not answer, or something that everything needs is missing.</returns>
    public static (string Text, bool Bad) Of(ClusterFacts facts, Uri server, string source)
    {
        var where = $"{server.GetLeftPart(UriPartial.Path).TrimEnd('/')} ({source})";
        if (facts.Problem is { } problem)
            return ($"The cluster {where} could not be checked: {problem.Message.TrimEnd('.')}; trying again", true);

        var parts = new List<string>();
        var denied = facts.Permissions.Where(p => p.Granted == false).ToList();
        var apis = ApiNeed.All.Where(a => a.StateOn(facts.Apis) is not ApiState.Served).ToList();
        if (facts.Nodes is { } nodes) parts.Add($"{nodes.Nodes.Count(n => n.Ready)} of {nodes.Nodes.Count} nodes ready");
        else if (facts.NodesProblem is { } unread) parts.Add($"nodes not read: {unread.Message.TrimEnd('.')}");
        parts.Add(denied.Count == 0
            ? $"all {facts.Permissions.Count} permissions granted"
            : $"{denied.Count} of {facts.Permissions.Count} permissions missing: {string.Join(", ", denied)}");
        if (apis.Count > 0) parts.Add($"not served: {string.Join(", ", apis.Select(a => $"{a.Api} {a.Resources}"))}");
        if (facts.PodSecurity == PodSecurityState.Off) parts.Add("Pod Security is not enforced");
        var bad = denied.Any(p => p.Permission.Required) || apis.Any(a => a.Required) || facts.Nodes is { } all && !all.Nodes.Any(n => n.Ready);
        return ($"Cluster {facts.Version?.GitVersion ?? "of unknown version"} at {where}: {string.Join("; ", parts)}", bad);
    }
}
