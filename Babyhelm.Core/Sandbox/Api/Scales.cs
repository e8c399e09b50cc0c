using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Sandbox.Apply;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>The /scale subresource of deployments and replica sets.</summary>
internal sealed class Scales(Registry registry)
{
    public async Task HandleAsync(ApiCall call)
    {
        if (registry.Store.Get(call.Resource, call.Namespace, call.Name!) is not { } current)
        {
            await Answers.Error(call.Http, StatusError.NotFound(call.Resource, call.Name!));
            return;
        }
        var scale = Of(current);
        if (call.Http.Request.Method == "GET")
        {
            await Answers.Json(call.Http, scale);
            return;
        }
        if ((await call.ObjectAsync("Scale")).Failed(out var error, out var body))
        {
            await Answers.Error(call.Http, error);
            return;
        }
        if (call.Http.Request.Method == "PATCH") body = (JsonObject)JsonPatches.Merge(scale, body)!;
        var replicas = body.Int("spec", "replicas") ?? 0;
        if (replicas < 0)
        {
            var errors = new Admission.FieldErrors();
            errors.NotNegative("spec.replicas", body.At("spec", "replicas"));
            await Answers.Error(call.Http, errors.ToStatus("autoscaling", "Scale", call.Name!));
            return;
        }
        if (body.Str("metadata", "resourceVersion") is { Length: > 0 } version && version != scale.Str("metadata", "resourceVersion"))
        {
            await Answers.Error(call.Http, StatusError.Modified(call.Resource, call.Name!));
            return;
        }
        if (Set(call, replicas).Failed(out error, out _)) await Answers.Error(call.Http, error);
        else await Answers.Json(call.Http, Of(registry.Store.Get(call.Resource, call.Namespace, call.Name!) ?? current));
    }

    private Result<JsonObject> Set(ApiCall call, long replicas)
    {
        lock (registry.Store.Gate)
        {
            if (registry.Store.Get(call.Resource, call.Namespace, call.Name!) is not { } current) return StatusError.NotFound(call.Resource, call.Name!);
            var changed = current.Read();
            changed.Make("spec")["replicas"] = replicas;
            return registry.Update(current, changed, call.Write(), "scale");
        }
    }

    private static JsonObject Of(StoredObject stored)
    {
        var body = stored.Read();
        var labels = Json.Strings(body.At("spec", "selector", "matchLabels"));
        return new()
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = new JsonObject
            {
                ["name"] = stored.Name,
                ["namespace"] = stored.Namespace,
                ["uid"] = stored.Uid,
                ["resourceVersion"] = body.Str("metadata", "resourceVersion"),
                ["creationTimestamp"] = body.Str("metadata", "creationTimestamp"),
            },
            ["spec"] = new JsonObject { ["replicas"] = body.Int("spec", "replicas") ?? 0 },
            ["status"] = new JsonObject { ["replicas"] = body.Int("status", "replicas") ?? 0, ["selector"] = string.Join(",", labels.Select(l => $"{l.Key}={l.Value}")) },
        };
    }
}
