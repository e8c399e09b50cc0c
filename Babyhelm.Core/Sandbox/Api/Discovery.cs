using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>What the API serves, and its version.</summary>
internal static class Discovery
{
    private static readonly string[] Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>Types that are asked, not stored.</summary>
    private static readonly (string Group, string Plural, string Kind)[] Reviews =
    [
        ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
        ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
    ];

    private static IEnumerable<(string Group, string Version)> Groups => ApiResource.Served.Where(r => r.Group.Length > 0).Select(r => (r.Group, r.Version))
        .Concat(Reviews.Select(r => (r.Group, "v1"))).Distinct().OrderBy(g => g.Item1, StringComparer.Ordinal);

    public static JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = NodeInfo.Minor,
        ["gitVersion"] = NodeInfo.GitVersion,
        ["gitCommit"] = "",
        ["gitTreeState"] = "",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = "",
        ["platform"] = "linux/amd64",
    };

    public static JsonObject Core(string address) => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = address }),
    };

    public static JsonObject GroupList() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. Groups.Select(g => Describe(g.Group, g.Version))]),
    };

    public static JsonObject? Group(string group) =>
        Groups.Where(g => g.Group == group).Select(g => g.Version).FirstOrDefault() is { } version ? WithKind(Describe(group, version)) : null;

    public static JsonObject? Resources(string group, string version)
    {
        var list = new JsonArray();
        foreach (var resource in ApiResource.Served.Where(r => r.Group == group && r.Version == version))
        {
            list.Add(Entry(resource.Plural, resource.Singular, resource.Namespaced, resource.Kind, Verbs, resource));
            if (resource.HasStatus) list.Add(Entry($"{resource.Plural}/status", "", resource.Namespaced, resource.Kind, ["get", "patch", "update"]));
            if (resource.HasScale)
            {
                var scale = Entry($"{resource.Plural}/scale", "", true, "Scale", ["get", "patch", "update"]);
                scale["group"] = "autoscaling";
                scale["version"] = "v1";
                list.Add(scale);
            }
            if (resource == ApiResource.Pods)
            {
                list.Add(Entry("pods/exec", "", true, "PodExecOptions", ["create", "get"]));
                list.Add(Entry("pods/log", "", true, "Pod", ["get"]));
            }
            if (resource == ApiResource.Namespaces) list.Add(Entry("namespaces/finalize", "", false, "Namespace", ["update"]));
        }
        foreach (var review in Reviews.Where(r => r.Group == group && version == "v1"))
            list.Add(Entry(review.Plural, review.Kind.ToLowerInvariant(), false, review.Kind, ["create"]));
        return list.Count == 0 ? null : new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
            ["resources"] = list,
        };
    }

    private static JsonObject Entry(string name, string singular, bool namespaced, string kind, string[] verbs, ApiResource? resource = null)
    {
        var entry = new JsonObject
        {
            ["name"] = name,
            ["singularName"] = singular,
            ["namespaced"] = namespaced,
            ["kind"] = kind,
            ["verbs"] = new JsonArray([.. verbs.Select(v => JsonValue.Create(v))]),
        };
        if (resource?.ShortNames is { } shortNames) entry["shortNames"] = new JsonArray([.. shortNames.Select(s => JsonValue.Create(s))]);
        if (resource?.Categories is { } categories) entry["categories"] = new JsonArray([.. categories.Select(s => JsonValue.Create(s))]);
        return entry;
    }

    private static JsonObject Describe(string group, string version)
    {
        JsonObject Pair() => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };
        return new() { ["name"] = group, ["versions"] = new JsonArray(Pair()), ["preferredVersion"] = Pair() };
    }

    private static JsonObject WithKind(JsonObject group)
    {
        var described = new JsonObject { ["kind"] = "APIGroup", ["apiVersion"] = "v1" };
        foreach (var (name, value) in group) described[name] = value?.DeepClone();
        return described;
    }
}
