using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Applications;

/// <summary>Says in plain words why the cluster did not take a release's manifests.</summary>
internal static class ApplyDiagnosis
{
    /// <summary>While it is tried again, for as long as it takes.</summary>
    public static Diagnosis OfWaiting(Error error) => error switch
    {
        Unavailable => new(
            DiagnosisCodes.ClusterUnreachable, "The cluster can't be used right now", "Babyhelm could not apply the release yet.",
            [error.Public], "Nothing is lost: Babyhelm tries again by itself. A platform admin finds details on the cluster page."),
        KubernetesError { IsNamespaceTerminating: true } => new(
            DiagnosisCodes.Rejected, "The project's namespace is being removed", "The cluster takes nothing new in it until it is gone.",
            [error.Public], "Babyhelm makes it anew and tries again by itself. If it stays, ask a platform admin what holds the namespace up."),
        KubernetesError hook when hook.ServerMessage.Contains("failed calling webhook", StringComparison.Ordinal) => new(
            DiagnosisCodes.Rejected, "A check of the cluster is broken",
            "The cluster has to ask a program of its own (an admission webhook) before it takes an application, and that one does not answer.",
            [error.Public], "Babyhelm tries again by itself. If it stays, ask a platform admin to repair or remove the webhook that is named above."),
        KubernetesError { Status: 429 } => new(
            DiagnosisCodes.Rejected, "The cluster is too busy", "It takes no more requests for the moment.",
            [error.Public], "Babyhelm tries again by itself. If it stays, ask a platform admin to look after the cluster."),
        _ => new(
            DiagnosisCodes.Rejected, "The cluster can't take the application right now", "It answered with a failure of its own.",
            [error.Public], "Babyhelm tries again by itself. If it stays, ask a platform admin to look after the cluster."),
    };

    /// <summary>While it is tried again, until the answer is believed.</summary>
    public static Diagnosis OfPassing(Error error, DateTimeOffset until) => Of(error) with
    {
        Cause = $"The cluster may be starting, or not be itself yet. Babyhelm tries again by itself, and believes the answer when it is still the same at {until.UtcDateTime:HH:mm:ss} UTC.",
        Evidence = [error.Public],
    };

    /// <summary>Of a release that has failed.</summary>
    public static Diagnosis Of(Error error) => error switch
    {
        KubernetesError { IsForbidden: true } quota when quota.ServerMessage.Contains("exceeded quota", StringComparison.Ordinal) => new(
            DiagnosisCodes.QuotaExceeded, "The project's quota is used up",
            "The cluster refused the application because the project would use more than it may.",
            [quota.ServerMessage], "Remove or shrink other applications of the project, ask for less, or ask an admin for a larger quota."),
        KubernetesError { IsForbidden: true } forbidden => new(
            DiagnosisCodes.Rejected, "The cluster does not let Babyhelm do this",
            "Babyhelm's account on the cluster lacks a permission, or a policy of the cluster forbids the application.",
            [forbidden.ServerMessage], "Ask a platform admin to check the permissions and policies on the cluster."),
        ApiMissing missing => new(
            DiagnosisCodes.Rejected, "The cluster is too old for this application", missing.Message, [],
            "Ask a platform admin to upgrade the cluster, or deploy the application in another way."),
        KubernetesError { Status: 401 } => new(
            DiagnosisCodes.Rejected, "The cluster refuses Babyhelm's credentials", "Babyhelm could not sign in at the cluster.",
            [error.Public], "Ask a platform admin to renew the credentials, then deploy again."),
        KubernetesError { Reason: KubernetesError.NotKubernetes or KubernetesError.Garbled } => new(
            DiagnosisCodes.Rejected, "Something else answers in place of the cluster", "What answers at the cluster's address does not speak as Kubernetes does.",
            [error.Public], "Ask a platform admin to check the cluster's address, then deploy again."),
        KubernetesError { Status: 404 } => new(
            DiagnosisCodes.Rejected, "The cluster lacks something that the application needs", "It does not know a kind of object, or the place for it.",
            [error.Public], "Ask a platform admin what the cluster serves, then deploy again."),
        KubernetesError refused => new(
            DiagnosisCodes.Rejected, "The cluster refused the application",
            "The cluster did not accept what Babyhelm wanted to apply.",
            [refused.ServerMessage, .. refused.Causes.Select(c => $"{c.Field}: {c.Message}")],
            "Change the setting that is named above and deploy again."),
        Conflict { Code: "namespace-taken" } taken => new(
            DiagnosisCodes.Rejected, "The project's namespace belongs to somebody else", taken.Message, [],
            "Ask a platform admin to remove that namespace, or use another project."),
        _ => new(DiagnosisCodes.Rejected, "The application could not be applied", error.Public, [], "Deploy again; if it stays, ask a platform admin."),
    };
}
