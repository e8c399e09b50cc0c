using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>Binds volume claims of the default storage class; one that names another class stays Pending and says so.</summary>
internal sealed class ClaimController(Registry registry, EventRecorder events) : Reconciler
{
    public const string StorageClass = "sandbox";

    public override void Observe(Change change, Action<string, string> enqueue)
    {
        if (change.Object.Resource == ApiResource.Claims) enqueue(change.Object.Namespace, change.Object.Name);
    }

    public override void Reconcile(string ns, string name)
    {
        lock (registry.Store.Gate)
        {
            if (registry.Store.Get(ApiResource.Claims, ns, name) is not { Deleting: false } stored) return;
            var claim = stored.Read();
            if (claim.Str("status", "phase") == "Bound") return;
            var wanted = claim.Str("spec", "storageClassName");
            if (wanted is not (null or StorageClass))
            {
                events.Record(stored, "Warning", "ProvisioningFailed", $"storageclass.storage.k8s.io \"{wanted}\" not found", "persistentvolume-controller");
                return;
            }
            registry.Mutate(stored, body =>
            {
                body.Make("spec")["storageClassName"] = StorageClass;
                body.Make("spec")["volumeName"] = $"pvc-{stored.Uid}";
            });
            if (registry.Store.Get(ApiResource.Claims, ns, name) is not { } bound) return;
            registry.UpdateStatus(bound, status =>
            {
                status["phase"] = "Bound";
                status["accessModes"] = claim.At("spec", "accessModes")?.DeepClone();
                status["capacity"] = new JsonObject { ["storage"] = claim.At("spec", "resources", "requests", "storage")?.DeepClone() };
            });
        }
    }
}
