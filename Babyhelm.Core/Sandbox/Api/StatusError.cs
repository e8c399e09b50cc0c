using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>A refusal as the API tells it: an HTTP status and a Status object.</summary>
internal sealed record StatusError(int Http, string Reason, string Text, JsonObject? Details = null) : Error(Reason, Text)
{
    public JsonObject ToJson()
    {
        var status = new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Failure", ["message"] = Text };
        if (Reason.Length > 0) status["reason"] = Reason;
        if (Details is not null) status["details"] = Details.DeepClone();
        status["code"] = Http;
        return status;
    }

    public static StatusError NotFound(ApiResource resource, string name) =>
        new(404, "NotFound", $"{resource.QualifiedPlural} \"{name}\" not found", Named(resource, name, resource.Plural));

    public static StatusError NoSuchPath() => new(404, "NotFound", "the server could not find the requested resource", []);

    public static StatusError AlreadyExists(ApiResource resource, string name) =>
        new(409, "AlreadyExists", $"{resource.QualifiedPlural} \"{name}\" already exists", Named(resource, name, resource.Plural));

    public static StatusError Modified(ApiResource resource, string name) => new(
        409, "Conflict",
        $"Operation cannot be fulfilled on {resource.QualifiedPlural} \"{name}\": the object has been modified; please apply your changes to the latest version and try again",
        Named(resource, name, resource.Plural));

    public static StatusError PreconditionFailed(ApiResource resource, string name, string field, string wanted, string actual) => new(
        409, "Conflict",
        $"Operation cannot be fulfilled on {resource.QualifiedPlural} \"{name}\": Precondition failed: {field} in precondition: {wanted}, {field} in object meta: {actual}",
        Named(resource, name, resource.Plural));

    public static StatusError Forbidden(ApiResource resource, string name, string why, JsonArray? causes = null)
    {
        var details = Named(resource, name, resource.Plural);
        if (causes is not null) details["causes"] = causes;
        return new(403, "Forbidden", $"{resource.QualifiedPlural}{(name.Length == 0 ? "" : $" \"{name}\"")} is forbidden: {why}", details);
    }

    public static StatusError BadRequest(string why) => new(400, "BadRequest", why);

    public static StatusError Expired(long asked, long oldest) => new(410, "Expired", $"too old resource version: {asked} ({oldest})");

    public static StatusError ContinueExpired() => new(410, "Expired",
        "The provided continue parameter is too old to display a consistent list result; start a new list without it.");

    public static StatusError Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static StatusError MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", []);

    public static StatusError TooLarge() => new(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728");

    private static JsonObject Named(ApiResource resource, string name, string kind)
    {
        var details = new JsonObject { ["name"] = name };
        if (resource.Group.Length > 0) details["group"] = resource.Group;
        details["kind"] = kind;
        return details;
    }
}
