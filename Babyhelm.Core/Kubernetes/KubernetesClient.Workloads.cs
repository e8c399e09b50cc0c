using System.Globalization;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Kubernetes.Transport;

namespace Babyhelm.Core.Kubernetes;

/// <summary>Scaling and restarting, as kubectl does it.</summary>
public sealed partial class KubernetesClient
{
    /// <summary>Sets how many pods a deployment or replica set shall have, through its scale subresource: nothing else of it is
    /// touched. Does not wait for them.</summary>
    /// <param name="replicas">0 or more.</param>
    public async Task<Result<Scale>> ScaleAsync(ResourceType type, string ns, string name, int replicas, CancellationToken cancellation = default)
    {
        if (type != ResourceType.Deployments && type != ResourceType.ReplicaSets) return new Invalid("kind", $"A {type.Kind} cannot be scaled.");
        if (RequestProblem.Of(type, ns, name) is { } problem) return problem;
        if (replicas < 0) return new Invalid("replicas", "Use 0 or more replicas.");
        var request = new ClusterRequest(HttpMethod.Patch, type.Path(ns, name) + "/scale" + new Query().Add("fieldManager", FieldManager))
        {
            Body = new JsonObject { ["spec"] = new JsonObject { ["replicas"] = replicas } },
            ContentType = "application/merge-patch+json",
        };
        return (await AskAsync<ScaleBody>(request, cancellation)).Map(s => new Scale(s.Spec.Replicas, s.Status.Replicas));
    }

    /// <summary>Replaces a deployment's pods by new ones of the same template, as its strategy says. Does not wait for them. Fails with a
    /// <see cref="Conflict"/> while the deployment is paused: nothing would happen until it goes on.</summary>
    public async Task<Result<Written>> RestartAsync(string ns, string name, CancellationToken cancellation = default)
    {
        if (!(await GetAsync<Deployment>(ResourceType.Deployments, ns, name, cancellation)).Ok(out var deployment, out var error)) return error;
        if (deployment.Spec.Paused) return new Conflict($"The deployment {name} is paused; let it go on before restarting it.", "rollout-paused");
        var at = _time.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        var template = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Labels.RestartedAt] = at } } };
        return await PatchAsync(ResourceType.Deployments, ns, name, new JsonObject { ["spec"] = new JsonObject { ["template"] = template } }, cancellation: cancellation);
    }
}
