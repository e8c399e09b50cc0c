using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>Who am I and what may I do: whoever holds the token may do everything.</summary>
internal static class Reviews
{
    public const string User = "babyhelm";

    public static JsonObject Blank(string plural) => plural switch
    {
        "selfsubjectaccessreviews" => new() { ["kind"] = "SelfSubjectAccessReview", ["apiVersion"] = "authorization.k8s.io/v1" },
        "selfsubjectrulesreviews" => new() { ["kind"] = "SelfSubjectRulesReview", ["apiVersion"] = "authorization.k8s.io/v1" },
        _ => new() { ["kind"] = "SelfSubjectReview", ["apiVersion"] = "authentication.k8s.io/v1" },
    };

    /// <summary>The answer to a review, or null for one that is not known.</summary>
    public static JsonObject? Answer(string plural, JsonObject body)
    {
        body.Make("metadata").Default("creationTimestamp", null);
        switch (plural)
        {
            case "selfsubjectaccessreviews":
                body["status"] = new JsonObject { ["allowed"] = true, ["reason"] = "the sandbox allows its one user everything" };
                return body;
            case "selfsubjectrulesreviews":
                JsonArray Any() => new("*");
                body["status"] = new JsonObject
                {
                    ["resourceRules"] = new JsonArray(new JsonObject { ["verbs"] = Any(), ["apiGroups"] = Any(), ["resources"] = Any() }),
                    ["nonResourceRules"] = new JsonArray(new JsonObject { ["verbs"] = Any(), ["nonResourceURLs"] = Any() }),
                    ["incomplete"] = false,
                };
                return body;
            case "selfsubjectreviews":
                body["status"] = new JsonObject { ["userInfo"] = new JsonObject { ["username"] = User, ["groups"] = new JsonArray("system:masters", "system:authenticated") } };
                return body;
            default:
                return null;
        }
    }
}
