using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Applications;

/// <summary>The digest that pods really ran, and images given by it.</summary>
internal static class ImageDigest
{
    /// <summary>
    /// Digest that the release's newest ready pod runs, or the newest run of a schedule. Null where the node names none of the image's repository: an image that
    /// was never pulled has an id, and nothing could be pulled by that.
    /// </summary>
    /// <param name="restartedAt">When its pods were replaced last: those from before say what ran before.</param>
    public static string? Of(AppObjects objects, string app, int release, DateTimeOffset? restartedAt = null)
    {
        var restart = restartedAt is { } at ? ReleaseManifests.RestartMark(at) : null;
        return Newest(objects, release).Where(p => restart is null || p.Metadata.Annotation(Labels.RestartedAt) == restart)
            .Select(p => Of(p, app)).FirstOrDefault(digest => digest is not null);
    }

    /// <summary>Changes when a pod comes that may run another digest.</summary>
    public static string? NewestPod(AppObjects objects, int release) => Newest(objects, release).FirstOrDefault()?.Metadata.Name;

    /// <summary>Pods that say what the release runs, newest first. Those of a schedule's runs end.</summary>
    private static IEnumerable<Pod> Newest(AppObjects objects, int release) => objects.Pods
        .Where(p => ReleaseView.ReleaseOf(p.Metadata) == release && (objects.CronJob is not null ? p.Status.Phase is "Running" or "Succeeded" or "Failed" : ReleaseView.IsReady(p)))
        .OrderByDescending(p => p.Metadata.CreationTimestamp).ThenByDescending(p => p.Metadata.Name, StringComparer.Ordinal);

    /// <summary>The image with the digest in place of any that it had; the tag stays, for people.</summary>
    public static string Pin(string image, string digest) => $"{image.Split('@')[0]}@{digest}";

    private static string? Of(Pod pod, string container)
    {
        var asked = pod.Spec.Containers?.FirstOrDefault(c => c.Name == container)?.Image;
        var id = pod.Status.ContainerStatuses?.FirstOrDefault(c => c.Name == container)?.ImageID;
        if (asked is null || id is null) return null;
        // Docker puts a scheme before it.
        if (id.IndexOf("://", StringComparison.Ordinal) is var at and >= 0) id = id[(at + 3)..];
        return ImageReference.Parse(asked).Ok(out var image, out _) && ImageReference.Parse(id).Ok(out var ran, out _) && ran.Canonical == image.Canonical ? ran.Digest : null;
    }
}
