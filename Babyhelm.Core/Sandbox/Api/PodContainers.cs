using Babyhelm.Core.Common;
using Babyhelm.Core.Sandbox.Kubelet;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>The container that a log or a command is asked of.</summary>
internal sealed class PodContainers(ObjectStore store, NodeAgent node)
{
    /// <param name="Worker">Null while no node has the pod, and once it has gone from there.</param>
    internal sealed record Found(StoredObject Pod, string Name, bool Scheduled, PodWorker? Worker)
    {
        public ContainerState? State => Worker?.Pod.Find(Name);
    }

    /// <summary>The named container, or the only one of a pod.</summary>
    public Result<Found> Find(ApiCall call)
    {
        if (store.Get(ApiResource.Pods, call.Namespace, call.Name!) is not { } stored) return StatusError.NotFound(ApiResource.Pods, call.Name!);
        var pod = stored.Read();
        var names = pod.Items("spec", "containers").Select(c => c.Str("name") ?? "").ToList();
        var all = names.Concat(pod.Items("spec", "initContainers").Select(c => c.Str("name") ?? ""));
        var asked = call.Query("container");
        if (string.IsNullOrEmpty(asked))
        {
            if (names.Count != 1) return StatusError.BadRequest($"a container name must be specified for pod {stored.Name}, choose one of: [{string.Join(' ', names)}]");
            asked = names[0];
        }
        if (!all.Contains(asked)) return StatusError.BadRequest($"container {asked} is not valid for pod {stored.Name}");
        return new Found(stored, asked, pod.Str("spec", "nodeName") is { Length: > 0 }, node.Find(stored.Uid));
    }
}
