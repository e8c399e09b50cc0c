using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>Who am I and what may I do.</summary>
internal sealed class Reviews(AccessRules access)
{
    public const string User = "babyhelm";

    public static JsonObject Blank(string plural) => plural switch
    {
        "selfsubjectaccessreviews" => new() { ["kind"] = "SelfSubjectAccessReview", ["apiVersion"] = "authorization.k8s.io/v1" },
        "selfsubjectrulesreviews" => new() { ["kind"] = "SelfSubjectRulesReview", ["apiVersion"] = "authorization.k8s.io/v1" },
        _ => new() { ["kind"] = "SelfSubjectReview", ["apiVersion"] = "authentication.k8s.io/v1" },
    };

    /// <summary>The answer to a review, or null for one that is not known.</summary>
    public JsonObject? Answer(string plural, JsonObject body)
    {
        body.Make("metadata").Default("creationTimestamp", null);
        switch (plural)
        {
            case "selfsubjectaccessreviews":
                var asked = body.Map("spec", "resourceAttributes");
                body["status"] = asked is null || access.Allows(asked.Str("verb") ?? "", asked.Str("group") ?? "", asked.Str("resource") ?? "", asked.Str("subresource"))
                    ? new JsonObject { ["allowed"] = true, ["reason"] = "the sandbox allows its one user whatever is not forbidden" }
                    : new JsonObject { ["allowed"] = false };
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
