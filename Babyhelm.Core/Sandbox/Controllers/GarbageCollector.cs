using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>Deletes what its owners left behind, and carries out the Foreground and Orphan propagation policies.</summary>
internal sealed class GarbageCollector(ObjectStore store, Deletion deletion) : Reconciler
{
    /// <summary>What is looked at is a uid: the name is it, the namespace is empty.</summary>
    public override void Observe(Change change, Action<string, string> enqueue)
    {
        if (change.Type == ChangeType.Deleted)
        {
            enqueue("", change.Object.Uid);
            foreach (var owner in change.Object.Owners) enqueue("", owner);
        }
        else if (change.Object.Deleting || (change.Type == ChangeType.Added && change.Object.Owners.Any(o => !store.Exists(o)))) enqueue("", change.Object.Uid);
        if (change.Type == ChangeType.Added)
            foreach (var owner in change.Object.Owners.Where(o => !store.Exists(o))) enqueue("", owner);
    }

    public override void Reconcile(string ns, string name)
    {
        lock (store.Gate)
        {
            var dependents = store.Dependents(name);
            if (!store.Exists(name))
            {
                foreach (var dependent in dependents.Where(d => !d.Deleting && !d.Owners.Any(store.Exists))) deletion.Delete(dependent, DeleteOptions.Background);
                return;
            }
            if (store.Find(name) is not { Deleting: true } owner) return;
            var finalizers = (owner.Read().List("metadata", "finalizers") ?? []).Select(f => f.Scalar()).ToList();
            if (finalizers.Contains(Deletion.Orphan))
            {
                foreach (var dependent in dependents) Disown(dependent, name);
                deletion.Release(owner, Deletion.Orphan);
            }
            else if (finalizers.Contains(Deletion.Foreground))
            {
                foreach (var dependent in dependents.Where(d => !d.Deleting)) deletion.Delete(dependent, new(Propagation: "Foreground"));
                if (store.Dependents(name).Count == 0) deletion.Release(owner, Deletion.Foreground);
            }
        }
    }

    private void Disown(StoredObject dependent, string uid)
    {
        var body = dependent.Read();
        var meta = body.Make("metadata");
        var kept = body.Items("metadata", "ownerReferences").Where(o => o.Str("uid") != uid).Select(o => o.DeepClone()).ToArray();
        meta.SetField("ownerReferences", kept.Length == 0 ? null : new JsonArray(kept));
        store.Put(dependent.Resource, body);
    }
}
