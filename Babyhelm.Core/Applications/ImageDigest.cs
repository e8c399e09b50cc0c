using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Applications;

/// <summary>The digest that pods really ran, and images given by it.</summary>
internal static class ImageDigest
{
    /// <summary>
    /// Digest that the release's newest ready pod runs. Null where the node names none of the image's repository: an image that
    /// was never pulled has an id, and nothing could be pulled by that.
    /// </summary>
    public static string? Of(AppObjects objects, string app, int release) => objects.Pods
        .Where(p => ReleaseView.ReleaseOf(p.Metadata) == release && ReleaseView.IsReady(p))
        .OrderByDescending(p => p.Metadata.CreationTimestamp)
        .Select(p => Of(p, app)).FirstOrDefault(digest => digest is not null);

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
