using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Kubernetes;

/// <summary>What the client can find out of the cluster itself.</summary>
public sealed partial class KubernetesClient
{
    private const int DiscoveryParallelism = 4;

    /// <summary>The server was asked, and silent for too long.</summary>
    internal void Lost() => _transport.Pulse.Lost();

    public async Task<Result<ClusterVersion>> VersionAsync(CancellationToken cancellation = default) =>
        (await AskAsync<VersionBody>(new(HttpMethod.Get, "/version"), cancellation)).Map(v => new ClusterVersion(v.Major, v.Minor, v.GitVersion, v.Platform));

    /// <summary>
    /// Fails while the server says of itself that it is not ready: until it is, it leaves out APIs that it serves and denies what is
    /// granted. A server that does not tell, to this user or at all, counts as ready.
    /// </summary>
    public async Task<Result<Done>> ReadyAsync(CancellationToken cancellation = default)
    {
        var answer = await _transport.SendAsync(new(HttpMethod.Get, "/readyz") { Accept = "*/*" }, RequestTimeout, cancellation);
        if (answer.Ok(out var response, out var error)) response.Dispose();
        return error switch
        {
            Unavailable => error,
            KubernetesError { Status: >= 500 } => new Unavailable("The cluster is starting: its API server is not ready yet.", "cluster-starting"),
            _ => Done.Result,
        };
    }

    /// <summary>Groups, versions and resources that are served. One group that does not answer does not fail the whole.</summary>
    public async Task<Result<ClusterApis>> DiscoverAsync(CancellationToken cancellation = default)
    {
        if (!(await AskAsync<ApiVersionsBody>(new(HttpMethod.Get, "/api"), cancellation)).Ok(out var core, out var error)) return error;
        if (!(await AskAsync<ApiGroupListBody>(new(HttpMethod.Get, "/apis"), cancellation)).Ok(out var groups, out error)) return error;

        List<(string GroupVersion, string Path)> all =
        [
            .. core.Versions.Select(v => (v, $"/api/{v}")),
            .. groups.Groups.SelectMany(g => g.Versions).Select(v => (v.GroupVersion, $"/apis/{v.GroupVersion}")),
        ];
        var lists = new Result<ApiResourceListBody>?[all.Count];
        await Parallel.ForAsync(0, all.Count, new ParallelOptions { MaxDegreeOfParallelism = DiscoveryParallelism, CancellationToken = cancellation },
            async (i, token) => lists[i] = await AskAsync<ApiResourceListBody>(new(HttpMethod.Get, all[i].Path), token));

        var (resources, unanswered) = (new List<ServedResource>(), new HashSet<string>());
        for (var i = 0; i < all.Count; i++)
        {
            if (!lists[i]!.Ok(out var list, out _)) unanswered.Add(all[i].GroupVersion);
            else resources.AddRange(list.Resources.Where(r => !r.Name.Contains('/')).Select(r => new ServedResource(all[i].GroupVersion, r.Name, r.Kind, r.Namespaced, r.Verbs)));
        }
        return new ClusterApis(all.Select(v => v.GroupVersion).ToHashSet(), resources, unanswered);
    }

    /// <summary>The name that the cluster knows the own user by (SelfSubjectReview, Kubernetes 1.28 and newer).</summary>
    public async Task<Result<string>> WhoAmIAsync(CancellationToken cancellation = default)
    {
        var review = new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "SelfSubjectReview" };
        var answer = await AskAsync<SelfReviewBody>(new(HttpMethod.Post, "/apis/authentication.k8s.io/v1/selfsubjectreviews") { Body = review }, cancellation);
        return answer.Map(a => a.Status.UserInfo.Username);
    }

    /// <summary>Whether the own user may do something (SelfSubjectAccessReview).</summary>
    /// <param name="verb">For example <c>get</c>, <c>patch</c> or <c>watch</c>.</param>
    /// <param name="ns">Null asks for all namespaces.</param>
    /// <param name="subresource">For example <c>log</c>.</param>
    public async Task<Result<AccessAnswer>> CanIAsync(
        string verb, ResourceType type, string? ns = null, string? subresource = null, string? name = null, CancellationToken cancellation = default)
    {
        var attributes = new JsonObject { ["verb"] = verb, ["group"] = type.Group, ["version"] = type.Version, ["resource"] = type.Plural };
        if (ns is not null) attributes["namespace"] = ns;
        if (subresource is not null) attributes["subresource"] = subresource;
        if (name is not null) attributes["name"] = name;
        var review = new JsonObject
        {
            ["apiVersion"] = "authorization.k8s.io/v1",
            ["kind"] = "SelfSubjectAccessReview",
            ["spec"] = new JsonObject { ["resourceAttributes"] = attributes },
        };
        var answer = await AskAsync<AccessReviewBody>(new(HttpMethod.Post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews") { Body = review }, cancellation);
        return answer.Map(a => new AccessAnswer(a.Status.Allowed, string.IsNullOrEmpty(a.Status.Reason) ? a.Status.EvaluationError : a.Status.Reason));
    }
}
