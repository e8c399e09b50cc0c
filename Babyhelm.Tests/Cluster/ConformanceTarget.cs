using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;

namespace Babyhelm.Tests.Cluster;

/// <summary>Kinds of cluster that the conformance suite runs against.</summary>
public enum TargetKind
{
    None,
    Sandbox,
    RealCluster,
}

/// <summary>The cluster of this run: the one that BABYHELM_TEST_KUBECONFIG names, or else the sandbox.</summary>
public static class ConformanceTarget
{
    public const string Variable = "BABYHELM_TEST_KUBECONFIG";

    private static readonly Lazy<Version?> Answered = new(Ask);

    public static string? KubeConfig { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path : null;

    public static TargetKind Kind => KubeConfig is null ? TargetKind.Sandbox : TargetKind.RealCluster;

    /// <summary>Version of the real cluster, for example 1.20; null where it did not say, and for the sandbox, which speaks the newest.</summary>
    public static Version? ServerVersion => Answered.Value;

    /// <summary>Test runners ask for skip reasons synchronously, before any test runs.</summary>
    private static Version? Ask()
    {
        if (KubeConfig is null) return null;
        using var client = new KubernetesClient(ClusterConfig.Load(new KubernetesOptions { KubeConfig = KubeConfig }).Value);
        var answer = Task.Run(() => client.VersionAsync()).GetAwaiter().GetResult();
        return answer.Ok(out var version, out _) && Version.TryParse($"{version.Major}.{version.Minor.TrimEnd('+')}", out var parsed) ? parsed : null;
    }
}
