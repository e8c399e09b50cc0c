using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Clusters;

/// <summary>Asks a cluster everything that <see cref="ClusterFacts"/> holds. About 60 small requests, a few at a time; changes nothing.</summary>
internal sealed class Preflight(KubernetesClient client, ClusterPulse pulse, TimeProvider time)
{
    private const int Parallelism = 4;

    /// <summary>Requests that the latency of a check is the median of.</summary>
    private const int Beats = 5;

    /// <param name="before">Its values stay where nothing newer can be learned.</param>
    public async Task<ClusterFacts> RunAsync(ClusterFacts before, CancellationToken cancellation)
    {
        Result<ClusterVersion> version = await pulse.BeatAsync(cancellation);
        for (var i = 1; i < Beats && version.Error is null; i++) version = await pulse.BeatAsync(cancellation);
        if (version.Error is Unavailable silent) return before with { Problem = silent };

        var facts = version.Ok(out var found, out _) ? before with { Version = found } : before;
        // A starting server knows only a part of what it serves and grants.
        if ((await client.ReadyAsync(cancellation)).Failed(out var error, out _)) return facts with { Problem = error };
        if ((await client.DiscoverAsync(cancellation)).Failed(out error, out var apis)) return facts with { Problem = error };
        facts = facts with { Apis = apis };
        if (apis.Resources.Any(r => r is { GroupVersion: "authentication.k8s.io/v1", Plural: "selfsubjectreviews" }))
            facts = facts with { Account = (await client.WhoAmIAsync(cancellation)).Ok(out var name, out _) ? name : facts.Account };
        var (permissions, unasked) = await AskPermissionsAsync(cancellation);
        facts = facts with { Permissions = permissions };
        var (podSecurity, why) = await PodSecurityProbe.AskAsync(client, cancellation);
        facts = facts with { PodSecurity = podSecurity, PodSecurityProblem = why };
        facts = await ReadNodesAsync(facts, cancellation);
        // A server that went away halfway leaves holes; the next check fills them.
        var lost = unasked ?? facts.NodesProblem as Unavailable;
        return facts with { Problem = lost, CheckedAt = lost is null ? time.GetUtcNow() : before.CheckedAt };
    }

    public async Task<ClusterFacts> ReadNodesAsync(ClusterFacts before, CancellationToken cancellation) =>
        (await NodeReader.ReadAsync(client, time, cancellation)).Ok(out var nodes, out var error)
            ? before with { Nodes = nodes, NodesProblem = null }
            : before with { NodesProblem = error };

    private async Task<(IReadOnlyList<PermissionCheck> Answers, Unavailable? Lost)> AskPermissionsAsync(CancellationToken cancellation)
    {
        Unavailable? lost = null;
        var asked = Permissions.All.SelectMany(p => p.Verbs, (permission, verb) => (permission, verb)).ToList();
        var answers = new PermissionCheck[asked.Count];
        await Parallel.ForAsync(0, asked.Count, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellation }, async (i, token) =>
        {
            var (permission, verb) = asked[i];
            var answer = await client.CanIAsync(verb, permission.Type, subresource: permission.Subresource, cancellation: token);
            answers[i] = answer.Ok(out var access, out var error)
                ? new PermissionCheck(permission, verb, access.Allowed, access.Reason)
                : new PermissionCheck(permission, verb, null, error.Message);
            if (error is Unavailable silent) Volatile.Write(ref lost, silent);
        });
        return (answers, lost);
    }
}
