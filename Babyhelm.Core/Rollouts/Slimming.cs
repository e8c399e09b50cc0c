using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts;

/// <summary>Takes out of objects what nobody reads, before they are kept. What the models do not name is gone already.</summary>
internal static class Slimming
{
    /// <summary>Annotations can be large and can quote the whole object. Only when a pod's restart was asked for is read.</summary>
    public static T Metadata<T>(T value) where T : KubernetesObject => value.Metadata is { Annotations: null, Finalizers: null }
        ? value
        : value with { Metadata = value.Metadata with { Annotations = Restart(value.Metadata), Finalizers = null } };

    private static Dictionary<string, string>? Restart(Metadata metadata) =>
        metadata.Annotation(Labels.RestartedAt) is { } at ? new Dictionary<string, string> { [Labels.RestartedAt] = at } : null;

    /// <summary>Of the pods that it wants, only to which release they belong is read; the pods themselves tell the rest.</summary>
    public static Deployment Deployment(Deployment value) => Metadata(value) with
    {
        Spec = value.Spec with { Template = new PodTemplate { Metadata = Only(value.Spec.Template.Metadata) } },
    };

    /// <summary>Nothing of objects that belong to a project, not to an application.</summary>
    public static T? OfApplication<T>(T value) where T : KubernetesObject => value.Metadata.Label(Labels.App) is null ? null : Metadata(value);

    private static Metadata Only(Metadata template) => new() { Labels = template.Labels };
}
