using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Manifests;

/// <summary>Names of the objects of an application, and the labels on them.</summary>
public static class ManifestNames
{
    /// <summary>Service account of all pods.</summary>
    public const string ServiceAccount = "babyhelm";

    /// <summary>Label of namespaces whose pods may reach every application: the gateway's and the ingress controller's.</summary>
    public const string GatewayLabel = "babyhelm.dev/gateway";

    private const int MaxLabelLength = 63;

    public static string Secret(string app, int release) => $"{app}-env-r{release}";

    /// <summary>Names of applications and volumes hold no double hyphen: no two pairs make the same name.</summary>
    public static string VolumeClaim(string app, string volume) => $"{app}--{volume}";

    /// <summary>Credentials of a registry of the project, for one application: it comes and goes with the releases that use it.</summary>
    public static string PullSecret(string app, string registry) => $"{app}--{registry}";

    /// <summary>Labels that never change over an application's life: what services and deployments select by.</summary>
    public static IReadOnlyDictionary<string, string> Selector(string project, string app) => new Dictionary<string, string>
    {
        [Labels.Instance] = $"{app}-{project}",
        [Labels.Project] = project,
        [Labels.App] = app,
    };

    internal static IReadOnlyDictionary<string, string> ForProject(string project) => new Dictionary<string, string>
    {
        [Labels.Name] = project,
        [Labels.PartOf] = project,
        [Labels.ManagedBy] = Labels.ManagedByValue,
        [Labels.Project] = project,
    };

    internal static IReadOnlyDictionary<string, string> ForApplication(string project, string app, ImageReference image, int release) => new Dictionary<string, string>
    {
        [Labels.Name] = app,
        [Labels.Instance] = $"{app}-{project}",
        [Labels.Version] = Version(image),
        [Labels.PartOf] = project,
        [Labels.ManagedBy] = Labels.ManagedByValue,
        [Labels.Project] = project,
        [Labels.App] = app,
        [Labels.Release] = release.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>The tag, or the start of the digest, as a label's value.</summary>
    internal static string Version(ImageReference image)
    {
        var text = image.Tag ?? image.Digest?.Replace(':', '-')[..Math.Min(image.Digest.Length, 19)] ?? "latest";
        var cut = (text.Length > MaxLabelLength ? text[..MaxLabelLength] : text).Trim('-', '_', '.');
        return cut.Length == 0 ? "unnamed" : cut;
    }
}
