using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Applications;

/// <summary>What an answer to an apply means for the release.</summary>
internal enum ApplyAnswer
{
    /// <summary>The release has failed.</summary>
    Final,

    /// <summary>A cluster that is starting says this, and one that means it: believed when it lasts.</summary>
    MayPass,

    /// <summary>The cluster can't at the moment: tried for as long as it takes.</summary>
    Waits,
}

/// <summary>Decides whether a release that the cluster did not take is tried again, and when. Pure.</summary>
internal static class ApplyRetries
{
    /// <summary>How long an answer that may pass is not believed.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>It has to be heard so often as well: Babyhelm may have been away in between.</summary>
    public const int GraceTries = 4;

    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>A server that asks for more is asked again all the same.</summary>
    private static readonly TimeSpan LongestAsked = TimeSpan.FromMinutes(5);

    /// <summary>Words of admission controls that answer about the application, not about the state of the cluster.</summary>
    private static readonly string[] Admission = ["exceeded quota", "failed quota", "admission webhook", "violates PodSecurity", "ValidatingAdmissionPolicy"];

    public static ApplyAnswer Of(Error error) => error switch
    {
        Unavailable => ApplyAnswer.Waits,
        KubernetesError { IsNamespaceTerminating: true } or KubernetesError { IsConflict: true } or KubernetesError { Status: 429 or >= 500 } => ApplyAnswer.Waits,
        // Roles, quotas and groups of APIs come one after the other while an API server starts; a proxy may speak for it.
        ApiMissing or KubernetesError { Status: 401 or 404 } or KubernetesError { Reason: KubernetesError.NotKubernetes or KubernetesError.Garbled } => ApplyAnswer.MayPass,
        KubernetesError { Status: 403 } refused when !Admission.Any(a => refused.ServerMessage.Contains(a, StringComparison.Ordinal)) => ApplyAnswer.MayPass,
        _ => ApplyAnswer.Final,
    };

    /// <summary>How the release stands after one more try; null when it has failed.</summary>
    /// <param name="before">How it stood before the try; null for the first.</param>
    public static ApplyHold? After(ApplyHold? before, Error error, DateTimeOffset now)
    {
        var answer = Of(error);
        if (answer == ApplyAnswer.Final) return null;
        var mayPass = answer == ApplyAnswer.MayPass;
        var (since, count) = before is not null && before.MayPass == mayPass ? (before.StreakSince, before.Streak + 1) : (now, 1);
        if (mayPass && since + Grace <= now && count >= GraceTries) return null;
        var diagnosis = mayPass ? ApplyDiagnosis.OfPassing(error, since + Grace) : ApplyDiagnosis.OfWaiting(error);
        return new ApplyHold(diagnosis, before?.Since ?? now, now + PauseAfter(error, count), mayPass, since, count);
    }

    /// <summary>A cluster that does not answer costs nothing to ask; one that is in trouble is asked less and less.</summary>
    private static TimeSpan PauseAfter(Error error, int count)
    {
        if (error is not KubernetesError { Status: 429 or >= 500 } busy) return Pause;
        var pause = Pause * Math.Min(1 << Math.Min(count - 1, 8), LongestPause / Pause);
        var asked = busy.RetryAfter is { } wait && wait < LongestAsked ? wait : busy.RetryAfter is null ? TimeSpan.Zero : LongestAsked;
        return asked > pause ? asked : pause;
    }
}
