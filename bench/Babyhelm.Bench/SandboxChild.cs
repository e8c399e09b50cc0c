using System.Text.Json;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Sandbox;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Bench;

/// <summary>The other side of <see cref="SandboxProcess"/>: starts the sandbox, fills it through its API, says where it is, and waits.</summary>
internal static class SandboxChild
{
    public static async Task RunAsync(InformerOptions options, CancellationToken cancellation)
    {
        var pods = options.Apps * options.Pods;
        var settings = new SandboxOptions
        {
            PullDelay = TimeSpan.FromMilliseconds(50),
            StartDelay = TimeSpan.FromMilliseconds(50),
            SandboxDelay = TimeSpan.FromMilliseconds(50),
            MaxPods = Math.Min(5000, pods * 2 + 100),
            NodeCpu = "100000",
            NodeMemory = "100Ti",
        };
        await using var cluster = await SandboxCluster.StartAsync(settings, TimeProvider.System, NullLoggerFactory.Instance, cancellation);
        // Only this user may look into it.
        var folder = Directory.CreateTempSubdirectory("babyhelm-bench-");
        var path = Path.Combine(folder.FullName, "kubeconfig");
        await File.WriteAllTextAsync(path, cluster.KubeConfig, cancellation);
        try
        {
            using var client = new KubernetesClient(ClusterConfig.Load(new KubernetesOptions { KubeConfig = path }).Value);
            await Population.CreateAsync(client, options, cancellation);
            Console.WriteLine(JsonSerializer.Serialize(new SandboxAddress(cluster.Endpoint.ToString(), cluster.Token, cluster.AuthorityPem, path)));
            while (await Console.In.ReadLineAsync(cancellation) is not null)
            {
                // Until the input ends.
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
