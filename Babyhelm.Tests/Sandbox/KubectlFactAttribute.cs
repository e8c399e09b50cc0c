namespace Babyhelm.Tests.Sandbox;

/// <summary>A test that drives the real kubectl; reported as skipped where it is not installed.</summary>
public sealed class KubectlFactAttribute : FactAttribute
{
    public static readonly string? Binary = Environment.GetEnvironmentVariable("BABYHELM_TEST_KUBECTL")
        ?? (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(p => Path.Combine(p, "kubectl")).FirstOrDefault(File.Exists);

    public KubectlFactAttribute()
    {
        if (Binary is null) Skip = "kubectl is not installed.";
    }
}
