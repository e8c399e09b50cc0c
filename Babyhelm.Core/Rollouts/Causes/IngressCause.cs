using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>The application's own address is not served: no ingress controller has taken it up. The application itself may run well.</summary>
internal static class IngressCause
{
    /// <summary>Controllers take up to a minute to write down where they answer.</summary>
    internal static readonly TimeSpan Usual = TimeSpan.FromMinutes(1);

    public static IEnumerable<Finding> Find(ReleaseView view)
    {
        foreach (var ingress in view.Objects.Ingresses.Where(view.IsOwn))
        {
            if (ingress.Status.LoadBalancer.Ingress is { Count: > 0 } || ingress.Metadata.DeletionTimestamp is not null) continue;
            var told = view.EventsOf(ingress).Where(e => e.Warning).OrderByDescending(e => e.Last).ToList();
            var made = ingress.Metadata.CreationTimestamp ?? view.Now;
            var since = told.Count > 0 ? told.Min(e => e.First) : made;
            var evidence = new Evidence().AddRange(told.Select(e => e.Message)).Add($"ingress {ingress.Metadata.Name}: {Hosts(ingress)}no address yet").Lines;
            return [new Finding(Text(ingress, told.Count > 0, evidence), since, told.Count > 0 ? since : made + Usual, null) { IsAside = true }];
        }
        return [];
    }

    private static Diagnosis Text(Ingress ingress, bool told, IReadOnlyList<string> evidence)
    {
        var which = ingress.Spec.IngressClassName is { Length: > 0 } name ? $"the ingress class \"{name}\"" : "the cluster's default ingress class";
        return told
            ? new Diagnosis(DiagnosisCodes.IngressPending, "The ingress controller does not serve the address",
                $"The application runs, but the controller of {which} reports a problem with its address.", evidence,
                "Correct what the evidence names (host, certificate, class) and deploy again, or ask a platform admin.")
            : new Diagnosis(DiagnosisCodes.IngressPending, "The address is not served yet",
                $"The application runs, but no controller of {which} has taken up its address.", evidence,
                "Ask a platform admin whether an ingress controller for this class runs on the cluster. Until then the built-in gateway can serve the application: choose it in the settings and deploy again.");
    }

    private static string Hosts(Ingress ingress)
    {
        var hosts = string.Join(", ", (ingress.Spec.Rules ?? []).Select(r => r.Host).OfType<string>());
        return hosts.Length == 0 ? "" : $"{hosts}, ";
    }
}
