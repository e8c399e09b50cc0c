using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Sandbox.Apply;
using Babyhelm.Core.Sandbox.Schema;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>POST, PUT and DELETE.</summary>
internal sealed class Writes(Registry registry, Deletion deletion)
{
    public async Task CreateAsync(ApiCall call)
    {
        if ((await call.ObjectAsync()).Failed(out var error, out var body) || Fault(call, body) is { } fault && (error = fault) is not null)
        {
            await Answers.Error(call.Http, error);
            return;
        }
        var context = call.Write();
        Warn(call, body, context);
        if (registry.Create(call.Resource, call.Namespace, body, context).Failed(out error, out var created)) await Answers.Error(call.Http, error);
        else
        {
            call.Warn(context.Warnings);
            await Answers.Json(call.Http, created, 201);
        }
    }

    public async Task UpdateAsync(ApiCall call)
    {
        if ((await call.ObjectAsync()).Failed(out var error, out var body) || Fault(call, body) is { } fault && (error = fault) is not null)
        {
            await Answers.Error(call.Http, error);
            return;
        }
        if (body.Str("metadata", "name") != call.Name)
        {
            await Answers.Error(call.Http, StatusError.BadRequest($"the name of the object ({body.Str("metadata", "name")}) does not match the name on the URL ({call.Name})"));
            return;
        }
        var context = call.Write();
        Warn(call, body, context);
        if (Update(call, body, context).Failed(out error, out var updated)) await Answers.Error(call.Http, error);
        else
        {
            call.Warn(context.Warnings);
            await Answers.Json(call.Http, updated);
        }
    }

    /// <summary>In one step, so that a body without a version replaces whatever there is.</summary>
    private Result<JsonObject> Update(ApiCall call, JsonObject body, WriteContext context)
    {
        lock (registry.Store.Gate)
            return registry.Store.Get(call.Resource, call.Namespace, call.Name!) is { } current
                ? registry.Update(current, body, context, call.Subresource)
                : StatusError.NotFound(call.Resource, call.Name!);
    }

    public async Task DeleteAsync(ApiCall call)
    {
        if ((await OptionsAsync(call)).Failed(out var error, out var options)) await Answers.Error(call.Http, error);
        else if (registry.Store.Get(call.Resource, call.Namespace, call.Name!) is not { } target) await Answers.Error(call.Http, StatusError.NotFound(call.Resource, call.Name!));
        else if (deletion.Delete(target, options).Failed(out error, out var answer)) await Answers.Error(call.Http, error);
        else await Answers.Json(call.Http, answer);
    }

    public async Task DeleteAllAsync(ApiCall call)
    {
        if ((await OptionsAsync(call)).Failed(out var error, out var options) || Reads.Select(call).Failed(out error, out var selection))
        {
            await Answers.Error(call.Http, error);
            return;
        }
        var items = new JsonArray();
        foreach (var stored in registry.Store.List(call.Resource, call.Namespace).Where(selection.Matches))
            if (deletion.Delete(stored, options).Ok(out _, out _)) items.Add(stored.Read());
        await Answers.Json(call.Http, new JsonObject
        {
            ["kind"] = $"{call.Resource.Kind}List",
            ["apiVersion"] = call.Resource.ApiVersion,
            ["metadata"] = new JsonObject(),
            ["items"] = items,
        });
    }

    /// <summary>Why the body is not for this address.</summary>
    public static StatusError? Fault(ApiCall call, JsonObject body)
    {
        var (version, kind) = (body.Str("apiVersion"), body.Str("kind"));
        if (version is not null && kind is not null && (version != call.Resource.ApiVersion || kind != call.Resource.Kind))
            return StatusError.BadRequest($"the API version in the data ({version}, Kind={kind}) does not match the expected API version ({call.Resource.ApiVersion}, Kind={call.Resource.Kind})");
        if (body.Str("metadata", "namespace") is { Length: > 0 } ns && call.Namespace is not null && ns != call.Namespace)
            return StatusError.BadRequest($"the namespace of the provided object does not match the namespace sent on the request");
        var faults = Typing.Check(body, ObjectSchema.Root(call.Resource.Kind));
        if (faults.Find(f => !f.Unknown) is { Problem: not null } wrong)
            return StatusError.BadRequest($"{call.Resource.Kind} in version \"{call.Resource.Version}\" cannot be handled as a {call.Resource.Kind}: {wrong.Path.TrimStart('.')}: {wrong.Problem}");
        var unknown = faults.Where(f => f.Unknown).Select(f => $"unknown field \"{f.Path.TrimStart('.')}\"").ToList();
        return unknown.Count > 0 && call.Query("fieldValidation") == "Strict"
            ? StatusError.BadRequest($"{call.Resource.Kind} in version \"{call.Resource.Version}\" cannot be handled as a {call.Resource.Kind}: strict decoding error: {string.Join(", ", unknown)}")
            : null;
    }

    private static void Warn(ApiCall call, JsonObject body, WriteContext context)
    {
        if (call.Query("fieldValidation") == "Ignore") return;
        foreach (var fault in Typing.Check(body, ObjectSchema.Root(call.Resource.Kind)).Where(f => f.Unknown))
            context.Warnings.Add($"unknown field \"{fault.Path.TrimStart('.')}\"");
    }

    private static async Task<Result<DeleteOptions>> OptionsAsync(ApiCall call)
    {
        JsonObject body = [];
        if (call.Http.Request.ContentLength is > 0 || call.Http.Request.Headers.TransferEncoding.Count > 0)
            if ((await call.ObjectAsync("DeleteOptions")).Failed(out var error, out body!)) return error;
        var propagation = call.Query("propagationPolicy") ?? body.Str("propagationPolicy");
        if (propagation is null && (body.Bool("orphanDependents") ?? call.Flag("orphanDependents"))) propagation = "Orphan";
        if (propagation is not (null or "Orphan" or "Background" or "Foreground"))
        {
            var errors = new Admission.FieldErrors();
            errors.Supported("propagationPolicy", propagation, "Background", "Foreground", "Orphan");
            return errors.ToStatus("meta.k8s.io", "DeleteOptions", "");
        }
        var dryRun = call.Query("dryRun") == "All" || body.List("dryRun")?.Any(d => d.Scalar() == "All") == true;
        return new DeleteOptions(call.Number("gracePeriodSeconds") ?? body.Int("gracePeriodSeconds"), propagation, body.Str("preconditions", "uid"), body.Str("preconditions", "resourceVersion"), dryRun);
    }
}
