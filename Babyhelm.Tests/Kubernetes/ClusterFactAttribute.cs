namespace Babyhelm.Tests.Kubernetes;

/// <summary>A test that needs a real cluster: runs where BABYHELM_TEST_KUBECONFIG names a kubeconfig.</summary>
public sealed class ClusterFactAttribute : FactAttribute
{
    public const string Variable = "BABYHELM_TEST_KUBECONFIG";

    public static string? KubeConfig => Environment.GetEnvironmentVariable(Variable);

    public ClusterFactAttribute()
    {
        if (string.IsNullOrEmpty(KubeConfig)) Skip = $"Needs a real cluster: set {Variable}.";
    }
}
