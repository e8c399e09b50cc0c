using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Applications;

/// <summary>Says in plain words why the cluster did not take a release's manifests.</summary>
internal static class ApplyDiagnosis
{
    /// <summary>True where trying again can help without anybody changing anything.</summary>
    public static bool IsTransient(Error error) => error is Unavailable
        || error is KubernetesError { IsNamespaceTerminating: true } or KubernetesError { IsConflict: true } or KubernetesError { Status: 401 or 429 or >= 500 };

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
        KubernetesError refused => new(
            DiagnosisCodes.Rejected, "The cluster refused the application",
            "The cluster did not accept what Babyhelm wanted to apply.",
            [refused.ServerMessage, .. refused.Causes.Select(c => $"{c.Field}: {c.Message}")],
            "Change the setting that is named above and deploy again."),
        Conflict taken => new(
            DiagnosisCodes.Rejected, "The project's namespace belongs to somebody else", taken.Message, [],
            "Ask a platform admin to remove that namespace, or use another project."),
        _ => new(DiagnosisCodes.Rejected, "The application could not be applied", error.Message, [], "Deploy again; if it stays, ask a platform admin."),
    };
}
