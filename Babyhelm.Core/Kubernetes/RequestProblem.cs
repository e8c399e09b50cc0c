using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Kubernetes;

/// <summary>Requests that would reach something else than meant: an empty name would address the whole collection.</summary>
internal static class RequestProblem
{
    internal sealed record Target(ResourceType Type, string? Namespace, string Name);

    internal static Invalid? Of(ResourceType type, string? ns) =>
        type.Namespaced && ns is not null && !IsSegment(ns) ? new Invalid("namespace", $"'{ns}' is no name of a namespace.") : null;

    internal static Invalid? Of(ResourceType type, string? ns, string name, string? subresource = null)
    {
        if (type.Namespaced && ns is null) return new Invalid("namespace", $"A {type.Kind} is addressed by its namespace and name; the namespace is missing.");
        if (Of(type, ns) is { } problem) return problem;
        if (!IsSegment(name)) return new Invalid("name", $"'{name}' is no name of a {type.Kind}.");
        return subresource is null || IsSegment(subresource) ? null : new Invalid("subresource", $"'{subresource}' is no subresource.");
    }

    /// <summary>Where a manifest belongs.</summary>
    internal static Result<Target> Read(JsonObject manifest)
    {
        var (apiVersion, kind) = (Text(manifest, "apiVersion"), Text(manifest, "kind"));
        if (ResourceType.Find(apiVersion, kind) is not { } type) return new Invalid("kind", $"Babyhelm does not handle the kind {apiVersion} {kind}.");
        var metadata = manifest["metadata"] as JsonObject;
        var (ns, name) = (Text(metadata, "namespace"), Text(metadata, "name") ?? "");
        return Of(type, ns, name) is { } problem ? problem : new Target(type, type.Namespaced ? ns : null, name);
    }

    private static string? Text(JsonObject? fields, string key) =>
        fields?[key] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    /// <summary>The rule of the API server for names in paths.</summary>
    private static bool IsSegment(string text) =>
        text.Length is > 0 and <= 253 && text is not ("." or "..") && !text.Any(c => c is '/' or '%' or '?' or '#' or '\\' || char.IsControl(c));
}
