namespace Babyhelm.Core.Kubernetes;

/// <summary>Which cluster to use; configuration section <see cref="Section"/>.</summary>
public sealed class KubernetesOptions
{
    public const string Section = "Kubernetes";

    /// <summary>Path of a kubeconfig file, or several with the path separator between. Null takes KUBECONFIG, then the cluster
    /// that the process runs in.</summary>
    public string? KubeConfig { get; set; }

    /// <summary>Context of the kubeconfig; null takes its current one.</summary>
    public string? Context { get; set; }

    /// <summary>Accept a kubeconfig that switches TLS verification off, or sends credentials without TLS. False refuses it.</summary>
    public bool AllowInsecure { get; set; }
}
