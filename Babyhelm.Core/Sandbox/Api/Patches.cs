using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Sandbox.Admission;
using Babyhelm.Core.Sandbox.Apply;
using Babyhelm.Core.Sandbox.Schema;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>PATCH in its four forms.</summary>
internal sealed class Patches(Registry registry, AccessRules access)
{
    private const string ApplyType = "application/apply-patch+yaml";

    public async Task PatchAsync(ApiCall call)
    {
        if (call.ContentType == ApplyType)
        {
            await ApplyAsync(call);
            return;
        }
        if (call.ContentType is not ("application/merge-patch+json" or "application/strategic-merge-patch+json" or "application/json-patch+json"))
        {
            await Answers.Error(call.Http, new StatusError(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml"));
            return;
        }
        if ((await call.BodyAsync()).Failed(out var error, out var bytes))
        {
            await Answers.Error(call.Http, error);
            return;
        }
        var context = call.Write();
        if (Patch(call, bytes, context).Failed(out error, out var updated)) await Answers.Error(call.Http, error);
        else
        {
            call.Warn(context.Warnings);
            await Answers.Json(call.Http, updated);
        }
    }

    /// <summary>In one step, so that a patch without a version never meets a conflict.</summary>
    private Result<JsonObject> Patch(ApiCall call, byte[] bytes, WriteContext context)
    {
        lock (registry.Store.Gate)
        {
            if (registry.Store.Get(call.Resource, call.Namespace, call.Name!) is not { } current) return StatusError.NotFound(call.Resource, call.Name!);
            return Patched(call, current, bytes).Failed(out var error, out var body) ? error : registry.Update(current, body, context, call.Subresource);
        }
    }

    /// <summary>The object with the patch in it, before any rule is applied.</summary>
    private static Result<JsonObject> Patched(ApiCall call, StoredObject current, byte[] bytes)
    {
        var live = current.Read();
        try
        {
            var patch = Json.Parse(bytes);
            var result = (call.ContentType, patch) switch
            {
                ("application/json-patch+json", JsonArray operations) => JsonPatches.Apply(live, operations),
                ("application/merge-patch+json", JsonObject) => JsonPatches.Merge(live, patch),
                ("application/strategic-merge-patch+json", JsonObject changes) => StrategicMerge.Apply(live, changes, ObjectSchema.Root(call.Resource.Kind)),
                _ => throw new FormatException("the patch has the wrong type"),
            };
            if (result is not JsonObject body) return StatusError.BadRequest("the patch does not leave an object");
            // A patch without a version holds for whatever version there is.
            if (patch.Str("metadata", "resourceVersion") is null) body.Make("metadata")["resourceVersion"] = live.Str("metadata", "resourceVersion");
            return Writes.Fault(call, body) is { } fault ? fault : body;
        }
        catch (System.Text.Json.JsonException e)
        {
            return StatusError.BadRequest($"error decoding patch: {e.Message}");
        }
        catch (FormatException e)
        {
            return new StatusError(422, "Invalid", $"the server rejected our request due to an error in our request: {e.Message}");
        }
    }

    private async Task ApplyAsync(ApiCall call)
    {
        if (call.Query("fieldManager") is not { Length: > 0 })
        {
            var errors = new FieldErrors();
            errors.Required("fieldManager", "is required for apply patch");
            await Answers.Error(call.Http, errors.ToStatus("meta.k8s.io", "PatchOptions", ""));
            return;
        }
        if ((await call.ObjectAsync()).Failed(out var error, out var config) || Fault(call, config!) is { } fault && (error = fault) is not null)
        {
            await Answers.Error(call.Http, error);
            return;
        }
        var context = call.Write();
        var (result, created) = Apply(call, config, context);
        if (result.Failed(out error, out var body)) await Answers.Error(call.Http, error);
        else
        {
            call.Warn(context.Warnings);
            await Answers.Json(call.Http, body, created ? 201 : 200);
        }
    }

    private (Result<JsonObject> Result, bool Created) Apply(ApiCall call, JsonObject config, WriteContext context)
    {
        lock (registry.Store.Gate)
        {
            var current = registry.Store.Get(call.Resource, call.Namespace, call.Name!);
            var live = current?.Read();
            if (live is null && access.Refusal(call, "create") is { } refused) return (refused, false);
            if (live is null && call.Subresource is not null) return (StatusError.NotFound(call.Resource, call.Name!), false);
            if (config.Str("metadata", "uid") is { Length: > 0 } uid && uid != current?.Uid)
                return (StatusError.PreconditionFailed(call.Resource, call.Name!, "UID", uid, current?.Uid ?? ""), false);
            var wanted = config.Str("metadata", "resourceVersion");
            if (wanted is { Length: > 0 } && wanted != live.Str("metadata", "resourceVersion")) return (StatusError.Modified(call.Resource, call.Name!), false);
            string[] unset = call.Subresource == "status" ? ["spec"] : call.Resource.HasStatus ? ["status"] : [];
            var outcome = ServerSideApply.Merge(live, config, ObjectSchema.Root(call.Resource.Kind), context.Manager!, call.Subresource, call.Flag("force"), registry.Now, unset);
            if (outcome.Conflicts.Count > 0) return (Conflict(outcome.Conflicts), false);
            if (current is null) return (registry.Create(call.Resource, call.Namespace, outcome.Body, context), true);
            outcome.Body.Make("metadata")["resourceVersion"] = live.Str("metadata", "resourceVersion");
            return (registry.Update(current, outcome.Body, context, call.Subresource, tracked: false), false);
        }
    }

    private static StatusError? Fault(ApiCall call, JsonObject config)
    {
        if (config.Str("apiVersion") is not { } version || config.Str("kind") is not { } kind)
            return StatusError.BadRequest("invalid object type: /, Kind=");
        if (version != call.Resource.ApiVersion || kind != call.Resource.Kind)
            return StatusError.BadRequest($"the API version in the data ({version}, Kind={kind}) does not match the expected API version ({call.Resource.ApiVersion}, Kind={call.Resource.Kind})");
        if (config.Str("metadata", "name") is { } name && name != call.Name)
            return StatusError.BadRequest($"the name of the object ({name}) does not match the name on the URL ({call.Name})");
        if (config.Str("metadata", "namespace") is { Length: > 0 } ns && ns != call.Namespace)
            return StatusError.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        config.Make("metadata")["name"] = call.Name;
        if (call.Namespace is not null) config.Make("metadata")["namespace"] = call.Namespace;
        if (config.At("metadata", "managedFields") is not null) return StatusError.BadRequest("metadata.managedFields must be nil");
        if (Typing.Check(config, ObjectSchema.Root(call.Resource.Kind)) is not [var fault, ..] faults) return null;
        var where = call.Namespace is null ? $"/{call.Name}" : $"{call.Namespace}/{call.Name}";
        var problem = faults.Count == 1 ? $"{fault.Path}: {fault.Problem}" : "errors:\n" + string.Join("\n", faults.Select(f => $"  {f.Path}: {f.Problem}"));
        return new(500, "", $"failed to create typed patch object ({where}; {version}, Kind={kind}): {problem}");
    }

    private static StatusError Conflict(IReadOnlyList<ServerSideApply.Conflict> conflicts)
    {
        var text = conflicts.Count == 1
            ? $"Apply failed with 1 conflict: conflict with {conflicts[0].Manager}: {conflicts[0].Path}"
            : $"Apply failed with {conflicts.Count} conflicts: " + string.Join("\n", conflicts.GroupBy(c => c.Manager).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => $"conflicts with {g.Key}:\n" + string.Join("\n", g.Select(c => $"- {c.Path}"))));
        return new(409, "Conflict", text, new()
        {
            ["causes"] = new JsonArray([.. conflicts.Select(c => new JsonObject { ["reason"] = "FieldManagerConflict", ["message"] = $"conflict with {c.Manager}", ["field"] = c.Path })]),
        });
    }
}
