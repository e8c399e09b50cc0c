using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Sandbox.Api;

namespace Babyhelm.Core.Sandbox.Storage;

/// <param name="Grace">Seconds, or null for the object's own.</param>
/// <param name="Propagation">Orphan, Background or Foreground; null is Background.</param>
internal sealed record DeleteOptions(long? Grace = null, string? Propagation = null, string? Uid = null, string? ResourceVersion = null, bool DryRun = false)
{
    public static readonly DeleteOptions Background = new();
}

/// <summary>Deletes objects: at once, or marked and waiting for a grace period or for finalizers.</summary>
internal sealed class Deletion(ObjectStore store, TimeProvider time)
{
    public const string Foreground = "foregroundDeletion";
    public const string Orphan = "orphan";

    private static readonly string[] Permanent = ["default", "kube-system", "kube-public"];

    /// <summary>The object as it is marked, or a Status when it is gone.</summary>
    public Result<JsonObject> Delete(StoredObject target, DeleteOptions options)
    {
        lock (store.Gate)
        {
            var resource = target.Resource;
            if (store.Get(resource, target.Namespace, target.Name) is not { } current) return StatusError.NotFound(resource, target.Name);
            if (options.Uid is { } uid && uid != current.Uid) return StatusError.PreconditionFailed(resource, current.Name, "UID", uid, current.Uid);
            var body = current.Read();
            if (options.ResourceVersion is { } version && version != body.Str("metadata", "resourceVersion"))
                return StatusError.PreconditionFailed(resource, current.Name, "ResourceVersion", version, body.Str("metadata", "resourceVersion") ?? "");
            if (resource == ApiResource.Namespaces && Permanent.Contains(current.Name))
                return StatusError.Forbidden(resource, current.Name, "this namespace may not be deleted");
            AddFinalizer(body, options.Propagation);
            var grace = resource == ApiResource.Pods ? PodGrace(body, options.Grace) : 0;
            var meta = body.Make("metadata");
            if (current.Deleting)
            {
                // A second deletion may only shorten the time left.
                if (grace < (meta.Int("deletionGracePeriodSeconds") ?? 0)) Mark(resource, body, grace);
                else if (!Json.Same(body, current.Read())) store.Put(resource, body);
                else return body;
            }
            else Mark(resource, body, grace);
            var finished = Registry.Finished(resource, body);
            if (options.DryRun) return finished ? Gone(current) : body;
            if (!finished)
            {
                store.Put(resource, body);
                return body;
            }
            store.Remove(current);
            return Gone(current);
        }
    }

    /// <summary>Takes one finalizer off a deleted object, which goes when it was the last.</summary>
    public void Release(StoredObject target, string finalizer)
    {
        lock (store.Gate)
        {
            if (store.Get(target.Resource, target.Namespace, target.Name) is not { } current || current.Uid != target.Uid) return;
            var body = current.Read();
            var list = target.Resource == ApiResource.Namespaces && finalizer == "kubernetes" ? body.List("spec", "finalizers") : body.List("metadata", "finalizers");
            if (list is null) return;
            for (var i = list.Count - 1; i >= 0; i--)
                if (list[i].Scalar() == finalizer) list.RemoveAt(i);
            if (body.List("metadata", "finalizers") is { Count: 0 }) body.Make("metadata").Remove("finalizers");
            if (Registry.Finished(target.Resource, body)) store.Remove(store.Get(target.Resource, target.Namespace, target.Name)!);
            else store.Put(target.Resource, body);
        }
    }

    /// <summary>Ends the grace period of a pod whose containers have stopped.</summary>
    public void Finish(StoredObject target)
    {
        lock (store.Gate)
        {
            if (store.Get(target.Resource, target.Namespace, target.Name) is not { } current || current.Uid != target.Uid) return;
            var body = current.Read();
            Mark(target.Resource, body, 0);
            var marked = store.Put(target.Resource, body);
            if (Registry.Finished(target.Resource, body)) store.Remove(marked);
        }
    }

    private void Mark(ApiResource resource, JsonObject body, long grace)
    {
        var meta = body.Make("metadata");
        if (meta["deletionTimestamp"] is null && meta.Int("generation") is { } generation) meta["generation"] = generation + 1;
        meta["deletionTimestamp"] = Ids.Time(time.GetUtcNow().AddSeconds(grace));
        meta["deletionGracePeriodSeconds"] = grace;
        if (resource == ApiResource.Namespaces)
        {
            meta.Remove("deletionGracePeriodSeconds");
            body.Make("status")["phase"] = "Terminating";
        }
    }

    private static long PodGrace(JsonObject pod, long? asked)
    {
        // A pod that no kubelet has, or that has ended, needs no time.
        if (pod.Str("spec", "nodeName") is not { Length: > 0 } || pod.Str("status", "phase") is "Succeeded" or "Failed") return 0;
        return Math.Max(0, asked ?? pod.Int("spec", "terminationGracePeriodSeconds") ?? 30);
    }

    private static void AddFinalizer(JsonObject body, string? propagation)
    {
        var finalizer = propagation switch { "Foreground" => Foreground, "Orphan" => Orphan, _ => null };
        if (finalizer is null) return;
        var list = body.Make("metadata").MakeList("finalizers");
        if (!list.Any(f => f.Scalar() == finalizer)) list.Add(finalizer);
    }

    private static JsonObject Gone(StoredObject gone)
    {
        var details = new JsonObject { ["name"] = gone.Name };
        if (gone.Resource.Group.Length > 0) details["group"] = gone.Resource.Group;
        details["kind"] = gone.Resource.Plural;
        details["uid"] = gone.Uid;
        return new() { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["details"] = details };
    }
}
