namespace Babyhelm.Core.Kubernetes;

/// <summary>What a cluster serves.</summary>
/// <param name="GroupVersions">For example <c>v1</c> and <c>apps/v1</c>.</param>
/// <param name="Resources">Resources of those, subresources left out.</param>
/// <param name="Unanswered">Groups whose server did not answer, for example a broken metrics server.</param>
public sealed record ClusterApis(
    IReadOnlySet<string> GroupVersions, IReadOnlyList<ServedResource> Resources, IReadOnlySet<string> Unanswered)
{
    /// <summary>Whether the cluster has this resource in this very version.</summary>
    public bool Serves(ResourceType type) => Resources.Any(r => r.GroupVersion == type.ApiVersion && r.Plural == type.Plural);
}

/// <param name="Verbs">For example <c>list</c> and <c>watch</c>.</param>
public sealed record ServedResource(string GroupVersion, string Plural, string Kind, bool Namespaced, IReadOnlyList<string> Verbs);
