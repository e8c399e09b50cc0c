using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>
/// The status of autoscalers on a cluster without a metrics API: the scale is read, metrics are not to be had. Only the
/// bounds are enforced, as the real controller does even then.
/// </summary>
internal sealed class AutoscalerController(Registry registry) : Reconciler
{
    public override void Observe(Change change, Action<string, string> enqueue)
    {
        if (change.Object.Resource == ApiResource.Autoscalers) enqueue(change.Object.Namespace, change.Object.Name);
        else if (change.Object.Resource == ApiResource.Deployments)
            foreach (var scaler in registry.Store.List(ApiResource.Autoscalers, change.Object.Namespace)) enqueue(scaler.Namespace, scaler.Name);
    }

    public override void Reconcile(string ns, string name)
    {
        lock (registry.Store.Gate)
        {
            if (registry.Store.Get(ApiResource.Autoscalers, ns, name) is not { Deleting: false } stored) return;
            var scaler = stored.Read();
            var target = scaler.Str("spec", "scaleTargetRef", "name") ?? "";
            var deployment = scaler.Str("spec", "scaleTargetRef", "kind") == "Deployment" ? registry.Store.Get(ApiResource.Deployments, ns, target) : null;
            if (deployment is not null) Bound(scaler, deployment);
            var current = deployment?.Read().Int("status", "replicas") ?? 0;
            var metrics = scaler.Items("spec", "metrics").Select(m => m.Str("resource", "name")).OfType<string>().ToList();
            registry.UpdateStatus(stored, status =>
            {
                status["desiredReplicas"] = 0;
                if (deployment is null)
                {
                    status["currentReplicas"] = 0;
                    Conditions.Set(status, "AbleToScale", "False", "FailedGetScale", $"the HPA controller was unable to get the target's current scale: deployments.apps \"{target}\" not found", registry.Now, updateTime: false);
                    return;
                }
                status["currentReplicas"] = current;
                status["currentMetrics"] = new JsonArray([.. metrics.Select(_ => new JsonObject { ["type"] = "" })]);
                Conditions.Set(status, "AbleToScale", "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale", registry.Now, updateTime: false);
                var metric = metrics.FirstOrDefault() ?? "cpu";
                Conditions.Set(status, "ScalingActive", "False", "FailedGetResourceMetric",
                    $"the HPA was unable to compute the replica count: failed to get {metric} utilization: unable to get metrics for resource {metric}: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)",
                    registry.Now, updateTime: false);
            });
        }
    }

    private void Bound(JsonObject scaler, StoredObject deployment)
    {
        var replicas = deployment.Read().Int("spec", "replicas") ?? 1;
        var least = scaler.Int("spec", "minReplicas") ?? 1;
        var most = scaler.Int("spec", "maxReplicas") ?? least;
        // Zero switches the autoscaler off.
        var wanted = replicas == 0 ? 0 : Math.Clamp(replicas, least, most);
        if (wanted != replicas) registry.Mutate(deployment, body => body.Make("spec")["replicas"] = wanted);
    }
}
