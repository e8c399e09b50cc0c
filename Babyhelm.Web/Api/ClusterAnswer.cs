using Babyhelm.Core.Clusters;

namespace Babyhelm.Web.Api;

/// <summary>The cluster as Babyhelm knows it. While it does not answer, all but the first three fields are the last known values.</summary>
/// <param name="StaleSince">Since when nothing is heard; null while it answers.</param>
/// <param name="Problem">Why it does not answer, or could not be checked.</param>
/// <param name="Source">What the configuration was read from.</param>
/// <param name="Account">The name the cluster knows Babyhelm by; null before Kubernetes 1.28.</param>
/// <param name="CheckedAt">When everything was asked last.</param>
internal sealed record ClusterAnswer(
    bool Reachable, DateTimeOffset? StaleSince, string? Problem, string Server, string Source, bool Sandbox, string? Version, string? Platform,
    string? Account, DateTimeOffset? LastContact, DateTimeOffset? CheckedAt, LatencyAnswer Latency, IReadOnlyList<ClusterCheck> Checks,
    IReadOnlyList<PermissionAnswer> Permissions, IReadOnlyList<ApiAnswer> Apis, IReadOnlyList<string> ServedApis, NodesAnswer Nodes)
{
    public static ClusterAnswer Of(ClusterReport report, bool sandbox)
    {
        var (facts, pulse) = (report.Facts, report.Pulse);
        return new ClusterAnswer(
            report.Reachable, report.Cache.StaleSince, pulse.Silence?.Message ?? report.Cache.Cause ?? facts.Problem?.Message,
            report.Server, report.Source, sandbox, facts.Version?.GitVersion, facts.Version?.Platform, facts.Account, pulse.LastContact, facts.CheckedAt,
            new LatencyAnswer(Milliseconds(pulse.Latency), [.. pulse.Samples.Select(s => new LatencySampleAnswer(s.At, Milliseconds(s.Took)))]),
            report.Checks,
            [.. facts.Permissions.Select(p => new PermissionAnswer(p.Verb, p.Permission.Type.Group, p.Permission.Resource, p.Permission.Purpose, p.Permission.Required, p.Granted, p.Reason))],
            [.. ApiNeed.All.Select(a => new ApiAnswer(a.Api, [.. a.Types.Select(t => t.Plural)], a.Required, a.StateOn(facts.Apis), a.Without))],
            [.. facts.Apis?.GroupVersions.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>()],
            new NodesAnswer(facts.Nodes?.ReadAt, facts.NodesProblem?.Message ?? facts.Nodes?.PodsProblem, facts.Nodes?.WaitingPods ?? 0, facts.Nodes?.Nodes ?? []));
    }

    private static double? Milliseconds(TimeSpan? time) => time is { } taken ? Math.Round(taken.TotalMilliseconds, 2) : null;
}

/// <param name="MedianMs">Of the last answers; null before the first.</param>
/// <param name="Samples">Of the last ten minutes, oldest first.</param>
internal sealed record LatencyAnswer(double? MedianMs, IReadOnlyList<LatencySampleAnswer> Samples);

/// <param name="Ms">Null where no answer came.</param>
internal sealed record LatencySampleAnswer(DateTimeOffset At, double? Ms);

/// <param name="Purpose">What Babyhelm needs it for: goes on from "to".</param>
/// <param name="Required">Without it nothing can be deployed.</param>
/// <param name="Granted">Null while it is not known.</param>
/// <param name="Reason">What the cluster said.</param>
internal sealed record PermissionAnswer(string Verb, string Group, string Resource, string Purpose, bool Required, bool? Granted, string? Reason);

/// <param name="State">Null while it is not known.</param>
/// <param name="Without">What a missing one switches off.</param>
internal sealed record ApiAnswer(string Api, IReadOnlyList<string> Resources, bool Required, ApiState? State, string Without);

/// <param name="Problem">Why the nodes, or the pods on them, could not be read last.</param>
/// <param name="WaitingPods">Pods that no node has taken.</param>
/// <param name="Items">CPU in cores, memory in bytes.</param>
internal sealed record NodesAnswer(DateTimeOffset? ReadAt, string? Problem, int WaitingPods, IReadOnlyList<NodeState> Items);
