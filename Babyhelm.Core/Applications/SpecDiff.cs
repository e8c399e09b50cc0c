using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

/// <summary>One field that differs between two specs or manifests.</summary>
/// <param name="Path">For example <c>env[MODE].value</c>; entries of lists by their name or port.</param>
/// <param name="Before">Cut after <see cref="ObjectDiff.MaxValue"/> characters; null where the field was missing.</param>
/// <param name="After">The same; null where the field is gone.</param>
public sealed record FieldChange(string Path, string? Before, string? After)
{
    internal static FieldChange Of(FieldDifference d) => new(d.Path, d.Wanted, d.Found);

    /// <summary>A secret value that is another now; neither is told.</summary>
    internal static FieldChange OfSecret(string path) => new(path, "(hidden)", "(changed)");
}

/// <summary>Compares two app specs, field by field.</summary>
internal static class SpecDiff
{
    /// <param name="secretsBefore">Value of each secret variable.</param>
    public static IReadOnlyList<FieldChange> Between(
        AppSpec before, AppSpec after, IReadOnlyDictionary<string, string> secretsBefore, IReadOnlyDictionary<string, string> secretsAfter)
    {
        var secrets = before.Env.Where(e => e.Secret).Select(e => e.Name).Intersect(after.Env.Where(e => e.Secret).Select(e => e.Name))
            .Where(name => secretsBefore.GetValueOrDefault(name) != secretsAfter.GetValueOrDefault(name)).Select(name => FieldChange.OfSecret($"env[{name}].value"));
        return [.. ObjectDiff.Between(Json(before), Json(after)).Select(FieldChange.Of), .. secrets];
    }

    private static JsonObject Json(AppSpec spec) => JsonSerializer.SerializeToNode(spec, StoredJson.Options)!.AsObject();
}
