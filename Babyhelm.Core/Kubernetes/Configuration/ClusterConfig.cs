using System.Net;
using System.Security.Cryptography.X509Certificates;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Kubernetes.Configuration;

/// <summary>Where a cluster's API is, whom to trust there and who to be. Holds secrets: never log it.</summary>
public sealed class ClusterConfig
{
    internal const string ServiceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Address of the API server; may have a path, as behind Rancher.</summary>
    public required Uri Server { get; init; }

    /// <summary>What this was read from, for people: <c>context x of /path/config</c> or <c>in-cluster</c>.</summary>
    public string Source { get; init; } = "";

    /// <summary>Namespace of the context or of the own pod; null where none is named.</summary>
    public string? Namespace { get; init; }

    /// <summary>True where the server's certificate is not checked.</summary>
    public bool SkipsTlsVerification { get; init; }

    /// <summary>Name that the server's certificate must carry; null is the server's host.</summary>
    internal string? TlsServerName { get; init; }

    /// <summary>Null trusts the roots of the system.</summary>
    internal X509Certificate2Collection? Authorities { get; init; }

    internal ClientCertificate? Certificate { get; init; }

    internal CredentialSource Credentials { get; init; } = CredentialSource.None;

    internal Uri? Proxy { get; init; }

    /// <summary>Impersonation headers of the context's user.</summary>
    internal IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>A cluster by its address and, where it wants one, a bearer token. TLS is checked against the system's roots.</summary>
    public static ClusterConfig For(Uri server, string? token = null) => new()
    {
        Server = server,
        Source = server.GetLeftPart(UriPartial.Authority),
        Credentials = token is null ? CredentialSource.None : new FixedToken(token),
    };

    /// <summary>
    /// The configured kubeconfig, else the one KUBECONFIG names, else the cluster that the process runs in. Fails with
    /// <see cref="NoClusterConfigured"/> where there is none of them and with <see cref="ClusterConfigInvalid"/> where
    /// the first one found is broken.
    /// </summary>
    public static Result<ClusterConfig> Load(KubernetesOptions options) =>
        Load(options, Environment.GetEnvironmentVariable, ServiceAccountFolder);

    internal static Result<ClusterConfig> Load(KubernetesOptions options, Func<string, string?> environment, string serviceAccountFolder)
    {
        var files = Paths(options.KubeConfig);
        if (files.Count == 0) files = Paths(environment("KUBECONFIG"));
        if (files.Count > 0) return new KubeConfig(options).Load(files);

        var (host, port) = (environment("KUBERNETES_SERVICE_HOST"), environment("KUBERNETES_SERVICE_PORT"));
        return string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port)
            ? new NoClusterConfigured()
            : InCluster(host, port, serviceAccountFolder);
    }

    private static List<string> Paths(string? list) =>
        [.. (list ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private static Result<ClusterConfig> InCluster(string host, string port, string folder)
    {
        if (host.Contains(':') && !host.StartsWith('[')) host = $"[{host}]";
        if (!Uri.TryCreate($"https://{host}:{port}", UriKind.Absolute, out var server))
            return new ClusterConfigInvalid($"KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT ('{host}', '{port}') make no address; Kubernetes sets them in every pod.");

        const string Remedy = "Give the pod a service account with its token mounted (automountServiceAccountToken).";
        var (tokenFile, authorityFile) = (Path.Combine(folder, "token"), Path.Combine(folder, "ca.crt"));
        foreach (var file in (string[])[tokenFile, authorityFile])
            if (!File.Exists(file)) return new ClusterConfigInvalid($"The process runs in a cluster, but {file} is missing. {Remedy}");
        if (!Certificates.Authorities(() => File.ReadAllText(authorityFile)).Ok(out var authorities, out var problem))
            return new ClusterConfigInvalid($"{authorityFile} {problem.Message}. {Remedy}");

        var namespaceFile = Path.Combine(folder, "namespace");
        return new ClusterConfig
        {
            Server = server,
            Source = "in-cluster",
            Namespace = File.Exists(namespaceFile) ? File.ReadAllText(namespaceFile).Trim() : null,
            Authorities = authorities,
            Credentials = new TokenFile(tokenFile),
        };
    }

    internal static bool IsLoopback(Uri server) =>
        server.IsLoopback || (IPAddress.TryParse(server.DnsSafeHost, out var address) && IPAddress.IsLoopback(address));
}
