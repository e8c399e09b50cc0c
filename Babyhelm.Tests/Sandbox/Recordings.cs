using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Babyhelm.Tests.Sandbox;

/// <summary>Reduces objects to what two clusters must agree on: no names by chance, no times, no versions.</summary>
internal static partial class Recordings
{
    private static readonly HashSet<string> ByChance =
        ["uid", "resourceVersion", "creationTimestamp", "time", "lastUpdateTime", "lastTransitionTime", "startedAt", "finishedAt"];

    /// <summary>A status depends on how far the controllers have come; it is compared in the scenarios.</summary>
    public static string Normalize(JsonNode body)
    {
        var copy = (JsonObject)body.DeepClone();
        if (copy["kind"]?.GetValue<string>() != "Status")
        {
            copy.Remove("status");
            // Where the first apply recorded them they are compared, in the others they were left out.
            if (copy["metadata"]?["generation"]?.GetValue<long>() != 1) (copy["metadata"] as JsonObject)?.Remove("managedFields");
            (copy["metadata"] as JsonObject)?.Remove("annotations");
            if (copy["kind"]?.GetValue<string>() == "HorizontalPodAutoscaler") (copy["metadata"] as JsonObject)?.Remove("managedFields");
        }
        return Sorted(copy)!.ToJsonString();
    }

    /// <summary>Names made by chance become fixed words.</summary>
    public static string Words(string? text)
    {
        var result = Uids().Replace(text ?? "", "UID");
        result = PodNames().Replace(result, "web-HASH-POD");
        result = SetNames().Replace(result, "web-HASH");
        result = Addresses().Replace(result, "IP");
        result = Namespaces().Replace(result, "NS");
        return result.Replace("node1", "sandbox", StringComparison.Ordinal);
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Where(p => !ByChance.Contains(p.Key)).OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uids();

    [GeneratedRegex(@"\bweb-[a-z0-9]{7,10}-[a-z0-9]{5}(?![a-z0-9-])")]
    private static partial Regex PodNames();

    [GeneratedRegex(@"\bweb-[a-z0-9]{7,10}(?![a-z0-9-])")]
    private static partial Regex SetNames();

    [GeneratedRegex(@"\b(10\.88|127)(\.[0-9]+){2,3}\b")]
    private static partial Regex Addresses();

    [GeneratedRegex(@"\brec-[a-z]+\b")]
    private static partial Regex Namespaces();
}
