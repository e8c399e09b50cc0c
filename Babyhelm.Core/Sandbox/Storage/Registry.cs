using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Sandbox.Admission;
using Babyhelm.Core.Sandbox.Api;
using Babyhelm.Core.Sandbox.Apply;
using Babyhelm.Core.Sandbox.Schema;

namespace Babyhelm.Core.Sandbox.Storage;

/// <summary>How a write was asked for.</summary>
/// <param name="Manager">Who writes, for field ownership; null for the cluster's own controllers, which are not tracked.</param>
internal sealed record WriteContext(string? Manager = null, bool DryRun = false)
{
    public static readonly WriteContext Controller = new();

    /// <summary>Texts for the Warning headers of the answer.</summary>
    public List<string> Warnings { get; } = [];
}

/// <summary>Every write of the cluster: defaults, admission, validation, generation and version, and only then the store.</summary>
internal sealed class Registry(ObjectStore store, ServiceAddresses addresses, SandboxOptions options, TimeProvider time)
{
    /// <summary>In place of a subresource: a controller writes metadata and status at once.</summary>
    public const string Whole = "*";

    public ObjectStore Store => store;

    public string Now => Ids.Time(time.GetUtcNow());

    public Result<JsonObject> Create(ApiResource resource, string? ns, JsonObject body, WriteContext context)
    {
        lock (store.Gate)
        {
            var meta = body.Make("metadata");
            if (resource.Namespaced) meta["namespace"] = ns;
            else meta.Remove("namespace");
            if (meta.Str("name") is not { Length: > 0 } && meta.Str("generateName") is { Length: > 0 } prefix)
                meta["name"] = (prefix.Length > 58 ? prefix[..58] : prefix) + Ids.Suffix();
            var name = meta.Str("name") ?? "";
            if (NamespaceFault(resource, ns, name) is { } fault) return fault;
            body["apiVersion"] = resource.ApiVersion;
            body["kind"] = resource.Kind;
            meta["uid"] = Guid.NewGuid().ToString();
            meta["creationTimestamp"] = Now;
            if (resource.HasGeneration) meta["generation"] = 1;
            foreach (var field in new[] { "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink" }) meta.Remove(field);
            if (resource.HasStatus) body.Remove("status");
            Typing.Prune(body, ObjectSchema.Root(resource.Kind));
            Defaults.Apply(resource, body);
            InitialStatus(resource, body);
            if (resource == ApiResource.Pods && PodAdmission.Mutate(store, ns!, body) is { } refused) return StatusError.Forbidden(resource, name, refused);
            if (Malformed(resource, body) is { } bad) return Undecodable(resource, bad);
            if (Validation.Check(resource, body, null) is { } invalid) return invalid;
            if (store.Get(resource, ns, name) is not null) return StatusError.AlreadyExists(resource, name);
            if (Admit(resource, ns, name, body, context, creating: true) is { } forbidden) return forbidden;
            if (resource == ApiResource.Services && addresses.Assign(body, context.DryRun) is { } taken) return taken;
            if (context.Manager is not null && meta["managedFields"] is null)
                ManagedFields.TrackUpdate(null, body, body, ObjectSchema.Root(resource.Kind), context.Manager, null, resource.ApiVersion, Now);
            if (store.Count >= options.MaxObjects && resource != ApiResource.Events)
                return new StatusError(507, "StorageReadError", $"the sandbox holds {store.Count} objects already and takes no more");
            if (!context.DryRun) store.Put(resource, body);
            return body;
        }
    }

    /// <summary>Writes a new state of an object.</summary>
    /// <param name="subresource">Null writes all but the status; <c>status</c> writes nothing else.</param>
    /// <param name="tracked">False when the managed fields in the body are right already, as after an apply.</param>
    public Result<JsonObject> Update(StoredObject current, JsonObject body, WriteContext context, string? subresource = null, bool tracked = true)
    {
        lock (store.Gate)
        {
            var resource = current.Resource;
            var before = current.Read();
            if (body.Str("metadata", "uid") is { Length: > 0 } uid && uid != current.Uid)
                return StatusError.PreconditionFailed(resource, current.Name, "UID", uid, current.Uid);
            if (store.Get(resource, current.Namespace, current.Name) is not { } latest || latest.Uid != current.Uid) return StatusError.NotFound(resource, current.Name);
            var version = body.Str("metadata", "resourceVersion");
            if (latest.Version != current.Version || (version is { Length: > 0 } && version != before.Str("metadata", "resourceVersion")))
                return StatusError.Modified(resource, current.Name);
            var root = ObjectSchema.Root(resource.Kind);
            Typing.Prune(body, root);
            var after = Carry(resource, before, body, subresource);
            if (Malformed(resource, after) is { } bad) return Undecodable(resource, bad);
            if (subresource != "status")
            {
                Defaults.Apply(resource, after);
                if (resource == ApiResource.Services) addresses.Keep(after, before);
                if (Validation.Check(resource, after, before) is { } invalid) return invalid;
                if (context.Manager is not null && Admit(resource, current.Namespace, current.Name, after, context, creating: false) is { } forbidden) return forbidden;
                if (resource.HasGeneration && !Json.Same(before["spec"], after["spec"])) after.Make("metadata")["generation"] = (before.Int("metadata", "generation") ?? 0) + 1;
            }
            if (!tracked) after.Make("metadata").SetField("managedFields", body.At("metadata", "managedFields")?.DeepClone());
            else if (context.Manager is not null) ManagedFields.TrackUpdate(before, after, body, root, context.Manager, subresource, resource.ApiVersion, Now);
            if (Json.Same(before, after)) return before;
            if (context.DryRun) return after;
            if (after.At("metadata", "deletionTimestamp") is not null && Finished(resource, after))
            {
                store.Put(resource, after);
                store.Remove(store.Get(resource, current.Namespace, current.Name)!);
                return after;
            }
            store.Put(resource, after);
            return after;
        }
    }

    /// <summary>Changes an object's status by its controller; nothing is written when it stays as it is.</summary>
    public void UpdateStatus(StoredObject current, Action<JsonObject> change) => Mutate(current, body => change(body.Make("status")), "status");

    /// <summary>Changes an object by a controller; nothing happens when it is gone or changed meanwhile.</summary>
    public bool Mutate(StoredObject current, Action<JsonObject> change, string? subresource = null)
    {
        lock (store.Gate)
        {
            if (store.Get(current.Resource, current.Namespace, current.Name) is not { } latest || latest.Uid != current.Uid) return false;
            var body = latest.Read();
            change(body);
            return Update(latest, body, WriteContext.Controller, subresource).Ok(out _, out _);
        }
    }

    private static JsonObject Carry(ApiResource resource, JsonObject before, JsonObject body, string? subresource)
    {
        JsonObject after;
        if (subresource == "status")
        {
            after = (JsonObject)before.DeepClone();
            after.SetField("status", body["status"]?.DeepClone());
            return after;
        }
        after = (JsonObject)body.DeepClone();
        after["apiVersion"] = resource.ApiVersion;
        after["kind"] = resource.Kind;
        if (resource.HasStatus && subresource != Whole) after.SetField("status", before["status"]?.DeepClone());
        var meta = after.Make("metadata");
        foreach (var field in new[] { "uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "name", "namespace", "resourceVersion", "generateName", "managedFields" })
            meta.SetField(field, before.At("metadata", field)?.DeepClone());
        if (resource == ApiResource.Namespaces) after.Make("spec").SetField("finalizers", subresource == "finalize" ? body.At("spec", "finalizers")?.DeepClone() : before.At("spec", "finalizers")?.DeepClone());
        return after;
    }

    /// <summary>Whether a deleted object has nothing to wait for any more.</summary>
    public static bool Finished(ApiResource resource, JsonObject body) =>
        body.List("metadata", "finalizers") is not { Count: > 0 }
        && (resource == ApiResource.Namespaces ? body.List("spec", "finalizers") is not { Count: > 0 } : (body.Int("metadata", "deletionGracePeriodSeconds") ?? 0) == 0);

    private StatusError? NamespaceFault(ApiResource resource, string? ns, string name)
    {
        if (!resource.Namespaced) return null;
        if (store.Get(ApiResource.Namespaces, null, ns ?? "") is not { } found) return StatusError.NotFound(ApiResource.Namespaces, ns ?? "");
        if (!found.Deleting) return null;
        var causes = new JsonArray(new JsonObject { ["reason"] = "NamespaceTerminating", ["message"] = $"namespace {ns} is being terminated", ["field"] = "metadata.namespace" });
        return StatusError.Forbidden(resource, name, $"unable to create new content in namespace {ns} because it is being terminated", causes);
    }

    private StatusError? Admit(ApiResource resource, string? ns, string name, JsonObject body, WriteContext context, bool creating)
    {
        if (!resource.Namespaced) return null;
        var labels = store.Get(ApiResource.Namespaces, null, ns!)?.Labels ?? new Dictionary<string, string>();
        var template = resource == ApiResource.Pods ? body.Map("spec")
            : resource == ApiResource.CronJobs ? body.Map("spec", "jobTemplate", "spec", "template", "spec")
            : resource.Group is "apps" or "batch" ? body.Map("spec", "template", "spec") : null;
        if (template is not null)
        {
            if (resource == ApiResource.Pods && PodSecurity.Refusal(labels, template) is { } refusal) return StatusError.Forbidden(resource, name, refusal);
            if (PodSecurity.Warning(labels, template) is { } warning) context.Warnings.Add(warning);
        }
        return creating && Quotas.Refusal(store, resource, ns!, body) is { } over ? StatusError.Forbidden(resource, name, over) : null;
    }

    private static void InitialStatus(ApiResource resource, JsonObject body)
    {
        if (resource == ApiResource.Pods) body["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = PodAdmission.QualityOfService(body.Map("spec")) };
        else if (resource == ApiResource.Namespaces) body["status"] = new JsonObject { ["phase"] = "Active" };
        else if (resource == ApiResource.Claims) body["status"] = new JsonObject { ["phase"] = "Pending" };
        else if (resource == ApiResource.ReplicaSets) body["status"] = new JsonObject { ["replicas"] = 0 };
        else if (resource == ApiResource.Autoscalers) body["status"] = new JsonObject { ["desiredReplicas"] = 0, ["currentMetrics"] = null };
        else if (resource == ApiResource.Services || resource == ApiResource.Ingresses) body["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };
        else if (resource.HasStatus) body["status"] = new JsonObject();
    }

    private static string? BadQuantity(JsonNode? value, FieldType type)
    {
        if (value is JsonObject map)
            foreach (var (name, part) in map)
            {
                if (ObjectSchema.Field(type, name) is not { } field) continue;
                if (type is { Shape: Shape.Map, Item.Shape: Shape.Quantity } && Quantity.Parse(part.Scalar()) is null) return part.Scalar() ?? "";
                if (BadQuantity(part, field) is { } bad) return bad;
            }
        else if (value is JsonArray list && type.Item is { } item)
            foreach (var part in list)
                if (BadQuantity(part, item) is { } bad) return bad;
        return null;
    }

    private static StatusError Undecodable(ApiResource resource, string why) =>
        StatusError.BadRequest($"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: {why}");

    /// <summary>Why a value is no quantity, or no base64 where a secret must have it; null when all are well.</summary>
    private static string? Malformed(ApiResource resource, JsonObject body)
    {
        if (BadQuantity(body, ObjectSchema.Root(resource.Kind)) is not null) return Quantity.Rule;
        return resource == ApiResource.Secrets && Json.Strings(body["data"]).Any(d => !System.Buffers.Text.Base64.IsValid(d.Value)) ? "v1.Secret.Data: decode base64: illegal base64 data" : null;
    }
}
