using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Admission;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>Writes into each quota what is used of it.</summary>
internal sealed class QuotaController(Registry registry) : Reconciler
{
    public override void Observe(Change change, Action<string, string> enqueue)
    {
        if (change.Object.Resource == ApiResource.ResourceQuotas) enqueue(change.Object.Namespace, change.Object.Name);
        else if (change.Object.Resource == ApiResource.Events || (change.Type == ChangeType.Modified && change.Object.Resource != ApiResource.Pods)) return;
        else
            foreach (var quota in registry.Store.List(ApiResource.ResourceQuotas, change.Object.Namespace)) enqueue(quota.Namespace, quota.Name);
    }

    public override void Reconcile(string ns, string name)
    {
        lock (registry.Store.Gate)
        {
            if (registry.Store.Get(ApiResource.ResourceQuotas, ns, name) is not { Deleting: false } stored) return;
            var hard = stored.Read().Map("spec", "hard") ?? [];
            var used = Quotas.Used(registry.Store, ns, hard);
            registry.UpdateStatus(stored, status =>
            {
                status["hard"] = hard.DeepClone();
                status["used"] = new JsonObject(used.Select(u => KeyValuePair.Create<string, JsonNode?>(u.Key, Quotas.Text(u.Key, u.Value))));
            });
        }
    }
}
