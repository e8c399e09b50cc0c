using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

/// <summary>What of an application a release changes, for the audit log.</summary>
internal static class SpecChanges
{
    // People put secrets where they don't belong: of these it is only said that they changed.
    private static readonly string[] Untold = ["command", "args"];

    // Of a new application; all else is its first release's.
    private static readonly string[] First = ["image", "kind", "replicas"];

    /// <summary>Fields of the spec with their values, variables by name alone.</summary>
    /// <param name="before">Null for a new application.</param>
    public static IReadOnlyList<AuditChange> Between(
        AppSpec? before, AppSpec after, IReadOnlyDictionary<string, string> secretsBefore, IReadOnlyDictionary<string, string> secretsAfter)
    {
        var (old, now) = (Json(before), Json(after)!);
        var changes = new List<AuditChange>();
        foreach (var name in now.Select(p => p.Key).Union(old?.Select(p => p.Key) ?? []))
        {
            if (name is "name" or "env" || (old is null && !First.Contains(name)) || JsonNode.DeepEquals(old?[name], now[name])) continue;
            changes.Add(Untold.Contains(name) ? new AuditChange(name, null, "changed") : new AuditChange(name, Text(old?[name]), Text(now[name])));
        }
        var (variablesBefore, variablesAfter) = (Variables(before, secretsBefore), Variables(after, secretsAfter));
        foreach (var name in variablesBefore.Keys.Union(variablesAfter.Keys))
        {
            if (!variablesAfter.TryGetValue(name, out var value)) changes.Add(new AuditChange($"env {name}", "set", null));
            else if (!variablesBefore.TryGetValue(name, out var earlier)) changes.Add(new AuditChange($"env {name}", null, "set"));
            else if (value != earlier) changes.Add(new AuditChange($"env {name}", "set", "changed"));
        }
        return changes;
    }

    private static JsonObject? Json(AppSpec? spec) => JsonSerializer.SerializeToNode(spec, StoredJson.Options)?.AsObject();

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node?.ToJsonString(StoredJson.Options);

    private static Dictionary<string, (bool Secret, string? Value)> Variables(AppSpec? spec, IReadOnlyDictionary<string, string> secrets) =>
        (spec?.Env ?? []).ToDictionary(e => e.Name, e => (e.Secret, e.Secret ? secrets.GetValueOrDefault(e.Name) : e.Value));
}
