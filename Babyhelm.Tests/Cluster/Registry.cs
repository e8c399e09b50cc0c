using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Cluster;

/// <summary>
/// Registries on the node's own loopback address, for a cluster without a network: one that has no image at all and one that
/// wants credentials. Container runtimes speak plain HTTP to localhost. Of a cluster with several nodes, the pods that pull
/// from them must come to the same one.
/// </summary>
internal static class Registry
{
    /// <param name="Empty">Answers 404 to everything.</param>
    /// <param name="Private">Answers 401 to everything.</param>
    internal sealed record Ports(int Empty, int Private);

    public static async Task<Ports> StartAsync(KubernetesClient client, string ns, CancellationToken cancellation)
    {
        var first = Random.Shared.Next(20_000, 30_000);
        var ports = new Ports(first, first + 1);
        string Container(string name, int port, string command) => $$$"""
            {"name":"{{{name}}}","image":"demo/hello:1","command":["/bin/sh","-c","{{{command}}}"],
             "readinessProbe":{"tcpSocket":{"host":"127.0.0.1","port":{{{port}}}},"periodSeconds":1} }
            """;
        var pod = Objects.Parse($$$"""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"registry","namespace":"{{{ns}}}"},
             "spec":{"hostNetwork":true,"terminationGracePeriodSeconds":1,"containers":[
               {{{Container("empty", ports.Empty, $"exec httpd -f -p 127.0.0.1:{ports.Empty} -h /tmp")}}},
               {{{Container("private", ports.Private, $"echo '/:user:secret' > /tmp/auth; exec httpd -f -p 127.0.0.1:{ports.Private} -h /tmp -c /tmp/auth -r registry")}}}] } }
            """);
        var created = await client.CreateAsync(pod, cancellation: cancellation);
        Assert.True(created.Error is null, created.Error?.Message);
        await Waiting.UntilAsync<Pod>(client, ResourceType.Pods, ns, "registry", p => p.Status.ContainerStatuses is { Count: 2 } all && all.All(c => c.Ready), cancellation);
        return ports;
    }
}
