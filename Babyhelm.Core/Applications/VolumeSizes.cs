using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Core.Applications;

/// <summary>A cluster makes volumes larger, never smaller: the sizes that were asked of it already are the least.</summary>
internal static class VolumeSizes
{
    /// <summary>Null, or an <see cref="Invalid"/> with the size of each volume that would become smaller.</summary>
    public static Invalid? Problem(AppSpec spec, AppObjects there)
    {
        var faults = spec.Volumes.Select((volume, i) => Asked(spec, volume, there) is { } size && IsLess(volume.Size, size)
            ? new Fault($"volumes[{i}].size", $"The volume has {size}, and none can be made smaller. Give at least that, or use another volume.") : null).OfType<Fault>().ToList();
        return faults.Count == 0 ? null : new Invalid(faults);
    }

    /// <summary>The spec of an earlier release with the volumes as large as they have become.</summary>
    public static AppSpec Keep(AppSpec spec, AppObjects there) => spec with
    {
        Volumes = [.. spec.Volumes.Select(v => Asked(spec, v, there) is { } size && IsLess(v.Size, size) ? v with { Size = size } : v)],
    };

    /// <summary>
    /// The manifest of a claim with the size that it has got already where it asks for less, else as it is. A release that goes
    /// back may have been made before anybody heard how large the claim had become.
    /// </summary>
    /// <param name="live">The claim on the cluster.</param>
    public static Manifest Fit(Manifest claim, JsonObject live)
    {
        if (claim.Identity.Type != ResourceType.PersistentVolumeClaims || Size(live) is not { } there || Size(claim.Document) is not { } asked || !IsLess(asked, there)) return claim;
        var document = (JsonObject)claim.Document.DeepClone();
        document["spec"]!["resources"]!["requests"]!["storage"] = there;
        return claim with { Document = document };
    }

    private static string? Size(JsonObject claim) => claim["spec"]?["resources"]?["requests"]?["storage"]?.ToString();

    private static string? Asked(AppSpec spec, VolumeSpec volume, AppObjects there)
    {
        var name = ManifestNames.VolumeClaim(spec.Name, volume.Name);
        return there.Claims.FirstOrDefault(c => c.Metadata.Name == name)?.Spec.Resources?.Requests?.GetValueOrDefault("storage");
    }

    private static bool IsLess(string size, string than) =>
        Quantity.Parse(size) is { Error: null, Value: var a } && Quantity.Parse(than) is { Error: null, Value: var b } && a.CompareTo(b) < 0;
}
