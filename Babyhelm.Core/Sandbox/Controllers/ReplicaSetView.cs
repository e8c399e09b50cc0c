using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>A replica set as its deployment sees it.</summary>
internal sealed record ReplicaSetView(StoredObject Stored, JsonObject Body)
{
    public const string Hash = "pod-template-hash";
    public const string Revision = "deployment.kubernetes.io/revision";

    public string Name => Stored.Name;
    public int Wanted => (int)(Body.Int("spec", "replicas") ?? 0);
    public int Actual => (int)(Body.Int("status", "replicas") ?? 0);
    public int Ready => (int)(Body.Int("status", "readyReplicas") ?? 0);
    public int Available => (int)(Body.Int("status", "availableReplicas") ?? 0);
    public int Terminating => (int)(Body.Int("status", "terminatingReplicas") ?? 0);
    public string Created => Body.Str("metadata", "creationTimestamp") ?? "";

    public long RevisionNumber => long.TryParse(Body.Str("metadata", "annotations", Revision), out var number) ? number : 0;

    /// <summary>The template without the hash label that the deployment added.</summary>
    public JsonObject Template
    {
        get
        {
            var template = (JsonObject)Body.At("spec", "template")!.DeepClone();
            template.Map("metadata", "labels")?.Remove(Hash);
            return template;
        }
    }
}
