using System.Net;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Sandbox;
using Babyhelm.Tests.Common;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Integration;

/// <summary>A sandbox in the test's process, which outlives web processes, behind a link that can be cut.</summary>
public sealed class ExternalCluster : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("babyhelm-cluster-");

    private ExternalCluster(SandboxCluster sandbox, CuttableLink link)
    {
        Sandbox = sandbox;
        Link = link;
        KubeConfigPath = Path.Combine(_folder.FullName, "kubeconfig");
        File.WriteAllText(KubeConfigPath, sandbox.KubeConfig.Replace(
            $"server: {sandbox.Endpoint.GetLeftPart(UriPartial.Authority)}", $"server: https://127.0.0.1:{link.Port}", StringComparison.Ordinal));
        Client = new KubernetesClient(ClusterConfig.Load(new KubernetesOptions { KubeConfig = KubeConfigPath }).Value);
    }

    public SandboxCluster Sandbox { get; }
    public CuttableLink Link { get; }
    public string KubeConfigPath { get; }

    /// <summary>Kubernetes itself, over the same link.</summary>
    public KubernetesClient Client { get; }

    /// <summary>Settings of a web process that uses this cluster.</summary>
    public Dictionary<string, string> Settings => new() { ["Kubernetes__KubeConfig"] = KubeConfigPath };

    /// <param name="forbidden">See <see cref="SandboxOptions.Forbidden"/>.</param>
    public static async Task<ExternalCluster> StartAsync(TimeSpan? pullDelay = null, params IEnumerable<string> forbidden)
    {
        var sandbox = await SandboxCluster.StartAsync(
            new SandboxOptions
            {
                PullDelay = pullDelay ?? TimeSpan.FromMilliseconds(300),
                StartDelay = TimeSpan.FromMilliseconds(50),
                SandboxDelay = TimeSpan.FromMilliseconds(50),
                Forbidden = [.. forbidden],
            },
            TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        return new ExternalCluster(sandbox, CuttableLink.To(new IPEndPoint(IPAddress.Loopback, sandbox.Endpoint.Port)));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Link.Dispose();
        await Sandbox.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
