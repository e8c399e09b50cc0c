using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>
/// The smallest API descriptions that clients accept: version 2 without definitions, so that they leave validation to the
/// server, and version 3 that says that the server takes fieldValidation.
/// </summary>
internal static class OpenApi
{
    /// <summary>What clients ask for is no valid media type, so servers answer with this one.</summary>
    public const string V2Protobuf = "application/octet-stream";

    /// <summary>openapi.v2.Document { swagger = 1, info = 2 { title = 1, version = 2 }, paths = 8 { } } on the wire.</summary>
    public static byte[] V2Bytes()
    {
        byte[] info = [.. Field(1, "Kubernetes"), .. Field(2, "v1")];
        return [.. Field(1, "2.0"), .. Field(2, info), .. Field(8, Array.Empty<byte>())];
    }

    public static JsonObject V2() => new()
    {
        ["swagger"] = "2.0",
        ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "v1" },
        ["paths"] = new JsonObject(),
    };

    public static JsonObject V3Index() => new()
    {
        ["paths"] = new JsonObject(ApiResource.Served.Select(r => Root(r)).Distinct().Select(p => KeyValuePair.Create<string, JsonNode?>(p, new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{p}" }))),
    };

    /// <summary>One group and version; null for one that is not served.</summary>
    public static JsonObject? V3(string root)
    {
        var resources = ApiResource.Served.Where(r => Root(r) == root).ToList();
        return resources.Count == 0 ? null : new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "v1" },
            ["paths"] = new JsonObject(resources.Select(r => KeyValuePair.Create<string, JsonNode?>(
                $"/{root}/{(r.Namespaced ? "namespaces/{namespace}/" : "")}{r.Plural}/{{name}}", new JsonObject { ["patch"] = Patch(r) }))),
        };
    }

    private static JsonObject Patch(ApiResource resource) => new()
    {
        ["parameters"] = new JsonArray([.. new[] { "dryRun", "fieldManager", "fieldValidation", "force" }.Select(p => new JsonObject
        {
            ["name"] = p, ["in"] = "query", ["schema"] = new JsonObject { ["type"] = "string" },
        })]),
        ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK" } },
        ["x-kubernetes-action"] = "patch",
        ["x-kubernetes-group-version-kind"] = new JsonObject { ["group"] = resource.Group, ["version"] = resource.Version, ["kind"] = resource.Kind },
    };

    private static string Root(ApiResource resource) => resource.Group.Length == 0 ? $"api/{resource.Version}" : $"apis/{resource.ApiVersion}";

    private static byte[] Field(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    /// <summary>A length-delimited field; lengths here stay below 128, one byte.</summary>
    private static byte[] Field(int number, byte[] value) => [(byte)(number << 3 | 2), (byte)value.Length, .. value];
}
