using System.Net;
using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Cluster;

/// <summary>The cluster under test over a connection that can be cut, for clients and web processes behind it.</summary>
public sealed class ClusterLink : IDisposable
{
    private static readonly string[] Paths = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("babyhelm-link-");

    private ClusterLink(string kubeConfigPath, CuttableLink link, JsonObject kubeConfig)
    {
        Link = link;
        KubeConfigPath = Path.Combine(_folder.FullName, "kubeconfig");
        File.WriteAllText(KubeConfigPath, Yaml.Write(Rewritten(kubeConfig, Path.GetDirectoryName(Path.GetFullPath(kubeConfigPath))!, link.Port)));
        Client = new KubernetesClient(ClusterConfig.Load(new KubernetesOptions { KubeConfig = KubeConfigPath }).Value);
    }

    public CuttableLink Link { get; }

    /// <summary>A copy of the cluster's kubeconfig whose server is the link.</summary>
    public string KubeConfigPath { get; }

    public KubernetesClient Client { get; }

    public static async Task<ClusterLink> ToAsync(string kubeConfigPath)
    {
        var kubeConfig = Yaml.Parse(await File.ReadAllTextAsync(kubeConfigPath)).Value[0]!.AsObject();
        var server = new Uri(Cluster(kubeConfig)["server"]!.GetValue<string>());
        var addresses = await Dns.GetHostAddressesAsync(server.DnsSafeHost);
        return new ClusterLink(kubeConfigPath, CuttableLink.To(new IPEndPoint(addresses[0], server.Port)), kubeConfig);
    }

    public void Dispose()
    {
        Client.Dispose();
        Link.Dispose();
        _folder.Delete(recursive: true);
    }

    private static JsonObject Rewritten(JsonObject kubeConfig, string folder, int port)
    {
        var cluster = Cluster(kubeConfig);
        var server = new UriBuilder(cluster["server"]!.GetValue<string>());
        // The certificate is for the server's own name.
        cluster["tls-server-name"] ??= server.Host;
        (server.Host, server.Port) = ("127.0.0.1", port);
        cluster["server"] = server.Uri.OriginalString;
        foreach (var entry in kubeConfig["clusters"]!.AsArray().Select(c => c!["cluster"]).Concat(kubeConfig["users"]!.AsArray().Select(u => u!["user"])).OfType<JsonObject>())
            foreach (var path in Paths)
                if (entry[path] is { } file) entry[path] = Path.Combine(folder, file.GetValue<string>());
        return kubeConfig;
    }

    /// <summary>The cluster of the current context.</summary>
    private static JsonObject Cluster(JsonObject kubeConfig)
    {
        JsonObject Named(string list, string? name) => kubeConfig[list]!.AsArray().Single(e => e!["name"]!.GetValue<string>() == name)!.AsObject();
        var context = Named("contexts", kubeConfig["current-context"]!.GetValue<string>());
        return Named("clusters", context["context"]!["cluster"]!.GetValue<string>())["cluster"]!.AsObject();
    }
}
