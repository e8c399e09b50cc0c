using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>Gives each namespace its default service account, and empties the ones that are being deleted.</summary>
internal sealed class NamespaceController(Registry registry, Deletion deletion, string authority) : Reconciler
{
    public override void Observe(Change change, Action<string, string> enqueue)
    {
        // At once, so that the first pod of a new namespace finds its service account.
        if (change.Object.Resource == ApiResource.Namespaces && change.Type == ChangeType.Added) Furnish(change.Object.Name);
        else if (change.Object.Resource == ApiResource.Namespaces) enqueue("", change.Object.Name);
        else if (change.Object.Resource == ApiResource.ServiceAccounts && change.Type == ChangeType.Deleted) enqueue("", change.Object.Namespace);
        else if (change.Type != ChangeType.Added && registry.Store.Get(ApiResource.Namespaces, null, change.Object.Namespace) is { Deleting: true }) enqueue("", change.Object.Namespace);
    }

    public override void Reconcile(string ns, string name)
    {
        lock (registry.Store.Gate)
        {
            if (registry.Store.Get(ApiResource.Namespaces, null, name) is not { } stored) return;
            if (stored.Deleting) Empty(stored);
            else Furnish(name);
        }
    }

    private void Furnish(string name)
    {
        if (registry.Store.Get(ApiResource.ServiceAccounts, name, "default") is null)
            registry.Create(ApiResource.ServiceAccounts, name, new() { ["metadata"] = new JsonObject { ["name"] = "default" } }, WriteContext.Controller);
        if (registry.Store.Get(ApiResource.ConfigMaps, name, "kube-root-ca.crt") is null)
            registry.Create(ApiResource.ConfigMaps, name, new() { ["metadata"] = new JsonObject { ["name"] = "kube-root-ca.crt" }, ["data"] = new JsonObject { ["ca.crt"] = authority } }, WriteContext.Controller);
    }

    private void Empty(StoredObject stored)
    {
        var content = ApiResource.Served.Where(r => r.Namespaced).SelectMany(r => registry.Store.List(r, stored.Name)).ToList();
        foreach (var item in content.Where(c => !c.Deleting)) deletion.Delete(item, DeleteOptions.Background);
        content = ApiResource.Served.Where(r => r.Namespaced).SelectMany(r => registry.Store.List(r, stored.Name)).ToList();
        if (content.Count == 0)
        {
            deletion.Release(stored, "kubernetes");
            return;
        }
        var byType = content.GroupBy(c => c.Resource).OrderBy(g => g.Key.QualifiedPlural, StringComparer.Ordinal).ToList();
        var finalizers = content.SelectMany(c => (c.Read().List("metadata", "finalizers") ?? []).Select(f => f.Scalar() ?? "")).GroupBy(f => f).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        registry.UpdateStatus(stored, status =>
        {
            var remaining = string.Join(", ", byType.Select(g => $"{g.Key.Plural}.{g.Key.Group} has {g.Count()} resource instances"));
            SetCondition(status, "NamespaceContentRemaining", "SomeResourcesRemain", $"Some resources are remaining: {remaining}");
            if (finalizers.Count > 0)
                SetCondition(status, "NamespaceFinalizersRemaining", "SomeFinalizersRemain",
                    $"Some content in the namespace has finalizers remaining: {string.Join(", ", finalizers.Select(g => $"{g.Key} in {g.Count()} resource instances"))}");
        });
    }

    private void SetCondition(JsonObject status, string type, string reason, string message)
    {
        if (Conditions.Get(status, type) is { } known) known["message"] = message;
        else Conditions.Set(status, type, "True", reason, message, registry.Now, updateTime: false);
    }
}
