using System.Collections.Immutable;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Templates;

/// <summary>What people know a version of the templates by.</summary>
public sealed class TemplateNames
{
    private volatile ImmutableDictionary<string, int> _revisions = ImmutableDictionary<string, int>.Empty;

    /// <summary>For example <c>the built-in templates</c>.</summary>
    public string Of(string version) =>
        version == ManifestTemplates.BuiltIn.Version ? "the built-in templates"
        : _revisions.TryGetValue(version, out var number) ? $"the templates of revision {number}"
        : "templates of another version of Babyhelm";

    /// <param name="revisions">The last revision that each version came to be with.</param>
    internal void Use(ImmutableDictionary<string, int> revisions) => _revisions = revisions;
}
