using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Sandbox;

namespace Babyhelm.Web.Cluster;

/// <summary>The cluster this process works with: the configured one, or else the sandbox that it started.</summary>
/// <param name="Sandbox">Null with a real cluster.</param>
/// <param name="KubeConfigPath">The file for kubectl, with the sandbox only.</param>
internal sealed record ClusterChoice(ClusterConfig Config, SandboxCluster? Sandbox, string? KubeConfigPath = null)
{
    public bool IsSandbox => Sandbox is not null;

    /// <summary>
    /// The configured cluster if there is one (an unreachable one too: Babyhelm waits for it). Without any, starts the
    /// sandbox and writes its kubeconfig, for kubectl, to <c>Sandbox:KubeConfigPath</c>.
    /// </summary>
    /// <returns>An error for a configuration that can't be used; it says what to do.</returns>
    public static async Task<Result<ClusterChoice>> MakeAsync(IConfiguration configuration, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var options = configuration.GetSection(KubernetesOptions.Section).Get<KubernetesOptions>() ?? new KubernetesOptions();
        var configured = ClusterConfig.Load(options);
        if (configured.Ok(out var config, out var error)) return new ClusterChoice(config, null);
        if (error is not NoClusterConfigured) return error;

        var sandboxOptions = configuration.GetSection("Sandbox").Get<SandboxOptions>() ?? new SandboxOptions();
        var sandbox = await SandboxCluster.StartAsync(sandboxOptions, TimeProvider.System, loggers, cancellation);
        var path = configuration["Sandbox:KubeConfigPath"] ?? Path.Combine(Path.GetTempPath(), $"babyhelm-sandbox-{Environment.ProcessId}.kubeconfig");
        await WritePrivateAsync(path, sandbox.KubeConfig, cancellation);
        return ClusterConfig.Load(new KubernetesOptions { KubeConfig = path }).Map(own => new ClusterChoice(own, sandbox, path));
    }

    /// <summary>Written beside and moved into place, readable by the owner only from the first byte.</summary>
    private static async Task WritePrivateAsync(string path, string text, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var draft = $"{path}.{Environment.ProcessId}";
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var writer = new StreamWriter(draft, options)) await writer.WriteAsync(text.AsMemory(), cancellation);
        File.Move(draft, path, overwrite: true);
    }
}
