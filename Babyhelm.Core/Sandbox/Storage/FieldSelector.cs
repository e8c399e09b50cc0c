using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Storage;

/// <summary>Field requirements that all must hold: the fields a real server offers for the type, and no others.</summary>
internal sealed class FieldSelector
{
    public static readonly FieldSelector Everything = new([]);

    private readonly IReadOnlyList<(string Field, bool Equal, string Value)> _terms;

    private FieldSelector(IReadOnlyList<(string, bool, string)> terms) => _terms = terms;

    public bool Empty => _terms.Count == 0;

    public bool Matches(StoredObject stored)
    {
        JsonObject? body = null;
        foreach (var (field, equal, value) in _terms)
        {
            var actual = field switch
            {
                "metadata.name" => stored.Name,
                "metadata.namespace" => stored.Namespace,
                _ => (body ??= stored.Read()).Scalar(field == "source" ? ["source", "component"] : field.Split('.')) ?? "",
            };
            if (actual == value != equal) return false;
        }
        return true;
    }

    /// <exception cref="FormatException">The text is no selector, or the type has no such field.</exception>
    public static FieldSelector Parse(ApiResource resource, string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return Everything;
        var terms = new List<(string, bool, string)>();
        foreach (var term in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equal = !term.Contains("!=", StringComparison.Ordinal);
            var parts = term.Split(equal ? term.Contains("==", StringComparison.Ordinal) ? "==" : "=" : "!=", 2);
            if (parts.Length != 2) throw new FormatException($"invalid selector: '{term}'; can't understand '{term}'");
            if (!Known(resource, parts[0])) throw new FormatException($"field label not supported: {parts[0]}");
            terms.Add((parts[0], equal, parts[1]));
        }
        return new(terms);
    }

    private static bool Known(ApiResource resource, string field) => field switch
    {
        "metadata.name" => true,
        "metadata.namespace" => resource.Namespaced,
        "status.phase" => resource == ApiResource.Pods || resource == ApiResource.Namespaces,
        "spec.nodeName" or "status.podIP" or "spec.restartPolicy" or "spec.schedulerName" or "spec.serviceAccountName" => resource == ApiResource.Pods,
        "type" => resource == ApiResource.Events || resource == ApiResource.Secrets,
        "status.successful" => resource == ApiResource.Jobs,
        "status.replicas" => resource == ApiResource.ReplicaSets,
        "spec.unschedulable" => resource == ApiResource.Nodes,
        "reason" or "source" or "reportingComponent" => resource == ApiResource.Events,
        _ => resource == ApiResource.Events && field.StartsWith("involvedObject.", StringComparison.Ordinal),
    };
}
