using System.Globalization;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications;

/// <summary>
/// What a release asks of the cluster now: the manifests that it was made with, and over them what was asked for since, its
/// number of replicas, a restart, a pause. The one way to its manifests, so that an apply, a look for drift and what people
/// read agree.
/// </summary>
internal static class ReleaseManifests
{
    /// <summary>Secrets in it have names and no values.</summary>
    public static Result<ManifestSet> Of(Release release) => ManifestSet.FromJson(release.Manifests)
        .Map(set => new ManifestSet([.. set.Manifests.Select(m => m.Identity.Type == ResourceType.Deployments ? m with { Document = Laid(m.Document, release) } : m)]));

    /// <summary>The annotation of pods that a restart made.</summary>
    public static string RestartMark(DateTimeOffset at) => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static JsonObject Laid(JsonObject manifest, Release release)
    {
        var document = (JsonObject)manifest.DeepClone();
        var spec = document["spec"]!.AsObject();
        // A stopped release has none, and where the field is missing an autoscaler decides.
        if (release is { Stopped: false, ScaledTo: { } replicas } && spec["replicas"] is not null) spec["replicas"] = replicas;
        if (release.Paused) spec["paused"] = true;
        if (release.RestartedAt is { } at)
        {
            var metadata = spec["template"]!["metadata"]!.AsObject();
            if (metadata["annotations"] is not JsonObject annotations) metadata["annotations"] = annotations = [];
            annotations[Labels.RestartedAt] = RestartMark(at);
        }
        return document;
    }
}
