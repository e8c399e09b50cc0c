using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Clusters;

public enum PodSecurityState { Unknown, On, Off }

/// <summary>
/// Finds out whether the cluster enforces Pod Security, which no API tells. With it, a namespace with an unknown level in
/// its label is refused; without it the label means nothing. The namespace is sent as a dry run, so none is ever made.
/// </summary>
internal static class PodSecurityProbe
{
    private const string Label = "pod-security.kubernetes.io/enforce";

    public static async Task<(PodSecurityState State, string? Why)> AskAsync(KubernetesClient client, CancellationToken cancellation)
    {
        var ns = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Namespace",
            ["metadata"] = new JsonObject { ["name"] = "babyhelm-preflight", ["labels"] = new JsonObject { [Label] = "babyhelm-preflight" } },
        };
        var answer = await client.CreateAsync(ns, dryRun: true, cancellation);
        return answer.Error switch
        {
            // One that is there already got past the same admission.
            null or KubernetesError { IsAlreadyExists: true } => (PodSecurityState.Off, null),
            KubernetesError { Status: 422 } refused when Names(refused) => (PodSecurityState.On, null),
            var other => (PodSecurityState.Unknown, other.Message),
        };
    }

    private static bool Names(KubernetesError refused) =>
        refused.ServerMessage.Contains(Label, StringComparison.Ordinal) || refused.Causes.Any(c => c.Field.Contains(Label, StringComparison.Ordinal))
        // Kubernetes 1.23 does not name the label.
        || refused.ServerMessage.Contains("must be one of privileged, baseline, restricted", StringComparison.Ordinal);
}
