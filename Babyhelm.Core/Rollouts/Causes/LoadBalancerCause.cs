using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>The application asked for a load balancer, and the cluster gives it no address. The application itself may run well.</summary>
internal static class LoadBalancerCause
{
    /// <summary>Clouds take minutes to make one.</summary>
    internal static readonly TimeSpan Usual = TimeSpan.FromMinutes(3);

    public static IEnumerable<Finding> Find(ReleaseView view)
    {
        foreach (var service in view.Objects.Services.Where(view.IsOwn))
        {
            if (service.Spec.Type != "LoadBalancer" || service.Status.LoadBalancer.Ingress is { Count: > 0 } || service.Metadata.DeletionTimestamp is not null) continue;
            var told = view.EventsOf(service).Where(e => e.Warning).OrderByDescending(e => e.Last).ToList();
            var made = service.Metadata.CreationTimestamp ?? view.Now;
            var since = told.Count > 0 ? told.Min(e => e.First) : made;
            var evidence = new Evidence().AddRange(told.Select(e => e.Message)).Add($"service {service.Metadata.Name}: no address yet").Lines;
            return [new Finding(Text(service, told.Count > 0, evidence), since, told.Count > 0 ? since : made + Usual, null) { IsAside = true }];
        }
        return [];
    }

    private static Diagnosis Text(Service service, bool told, IReadOnlyList<string> evidence)
    {
        var which = service.Spec.LoadBalancerClass is { Length: > 0 } name ? $"load balancers of the class \"{name}\"" : "load balancers";
        return new Diagnosis(DiagnosisCodes.IngressPending, told ? "The load balancer could not be made" : "The load balancer has no address yet",
            told ? $"The application runs, but what makes {which} on this cluster reports a problem." : $"The application runs, but nothing on this cluster has given it an address: {which} may not be made here.",
            evidence,
            "Ask a platform admin whether the cluster makes load balancers of this class. Until then the built-in gateway can serve a web application: choose it in the settings and deploy again.");
    }
}
