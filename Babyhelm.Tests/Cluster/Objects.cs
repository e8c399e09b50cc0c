using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Cluster;

/// <summary>Manifests of the suite.</summary>
internal static class Objects
{
    public static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    public static JsonObject Namespace(string name, params (string Key, string Value)[] labels)
    {
        var map = new JsonObject();
        foreach (var (key, value) in labels) map[key] = value;
        return new() { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = map } };
    }

    public static JsonObject ConfigMap(string ns, string name, params (string Key, string Value)[] data)
    {
        var map = new JsonObject();
        foreach (var (key, value) in data) map[key] = value;
        return new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns },
            ["data"] = map,
        };
    }

    /// <summary>With labels, as selectors want them.</summary>
    public static JsonObject Labelled(this JsonObject manifest, params (string Key, string Value)[] labels)
    {
        var map = new JsonObject();
        foreach (var (key, value) in labels) map[key] = value;
        manifest["metadata"]!["labels"] = map;
        return manifest;
    }

    /// <param name="spec">More fields of the deployment's spec, as JSON with a comma at the end.</param>
    /// <param name="pod">More fields of the pod's spec, likewise.</param>
    /// <param name="container">More fields of the container, likewise.</param>
    public static JsonObject Deployment(string ns, string name, string image = "demo/hello:1", int? replicas = 1, string spec = "", string pod = "", string container = "") => Parse($$$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"{{{name}}}","namespace":"{{{ns}}}","labels":{"app":"{{{name}}}"}},
         "spec":{{{{spec}}} {{{(replicas is { } n ? $"\"replicas\":{n}," : "")}}} "selector":{"matchLabels":{"app":"{{{name}}}"}},
                 "template":{"metadata":{"labels":{"app":"{{{name}}}"}},
                             "spec":{{{{pod}}} "terminationGracePeriodSeconds":1,
                                     "containers":[{{{{container}}} "name":"main","image":"{{{image}}}"}] } } } }
        """);

    public static JsonObject Pod(string ns, string name, string image = "demo/hello:1", string spec = "", string container = "") => Parse($$$"""
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}","namespace":"{{{ns}}}","labels":{"app":"{{{name}}}"}},
         "spec":{{{{spec}}} "terminationGracePeriodSeconds":1,"containers":[{{{{container}}} "name":"main","image":"{{{image}}}"}] } }
        """);

    /// <summary>Values of a string-valued path, in document order.</summary>
    public static IEnumerable<string> Names(JsonNode? list, string field = "name") => list!.AsArray().Select(i => i![field]!.GetValue<string>());

    public static string Version(JsonNode node) => node["metadata"]!["resourceVersion"]!.GetValue<string>();
}
