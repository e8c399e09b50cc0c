using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Configuration;

namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>
/// What a Prometheus on this machine reads: Babyhelm's own series, those of the cluster's objects, and what containers use, from
/// the nodes' kubelets through the API server. As JSON, which is YAML too.
/// </summary>
internal static class ScrapeConfiguration
{
    public const string FileName = "prometheus.yml";
    public const string NodesFile = "nodes.json";
    public const string MetricsToken = "metrics-token";
    public const string ClusterToken = "cluster-token";
    public const string ClusterPassword = "cluster-password";
    public const string ClusterAuthorities = "cluster-ca.pem";
    public const string ClusterCertificate = "cluster-cert.pem";
    public const string ClusterKey = "cluster-key.pem";

    /// <summary>Of the hundreds that a kubelet has for each container, those that panels, alerts and rules ask for.</summary>
    private const string Kept = "container_(cpu_usage_seconds_total|cpu_cfs_(throttled_)?periods_total|memory_(working_set_bytes|rss|usage_bytes)|network_(receive|transmit)_bytes_total"
        + "|fs_(usage_bytes|reads_bytes_total|writes_bytes_total)|start_time_seconds|spec_(cpu_quota|cpu_period|memory_limit_bytes))|machine_(cpu_cores|memory_bytes)";

    /// <summary>Of the kubelet's own: how full volumes are, and whether it answers.</summary>
    private const string KeptOfKubelet = "kubelet_volume_stats_(available|capacity|used)_bytes|kubelet_volume_stats_inodes(_free|_used)?|kubelet_running_pods";

    /// <summary>Names that a file may have; nothing else in the folder is written or removed.</summary>
    public static IReadOnlyList<string> Secrets { get; } = [MetricsToken, ClusterToken, ClusterPassword, ClusterAuthorities, ClusterCertificate, ClusterKey];

    /// <summary>Prometheus sends no headers of our choosing, so it can't act as the user that a kubeconfig impersonates.</summary>
    public static bool CanReadCluster(ClusterConfig cluster) => cluster.Headers.Count == 0;

    /// <param name="own">Where this process listens.</param>
    /// <param name="credential">Null where there is none to be had; the cluster is left out then.</param>
    public static JsonObject Build(Uri own, ClusterConfig cluster, Credential? credential, MetricsOptions options, int scrapeSeconds)
    {
        var jobs = new JsonArray(Own("babyhelm", "/metrics", own, options));
        if (options.ClusterState) jobs.Add((JsonNode)Own("babyhelm-cluster", "/metrics/cluster", own, options));
        if (credential is not null && CanReadCluster(cluster))
        {
            jobs.Add((JsonNode)Kubelet("kubelet-cadvisor", Kept, cluster, credential));
            var kubelet = Kubelet("kubelet", KeptOfKubelet, cluster, credential);
            // The same nodes, at the path above.
            kubelet["relabel_configs"] = new JsonArray(new JsonObject
            {
                ["source_labels"] = new JsonArray("__metrics_path__"),
                ["regex"] = "(.+)/cadvisor",
                ["target_label"] = "__metrics_path__",
                ["replacement"] = "$1",
            });
            jobs.Add((JsonNode)kubelet);
        }
        return new JsonObject
        {
            ["global"] = new JsonObject { ["scrape_interval"] = $"{scrapeSeconds}s", ["scrape_timeout"] = $"{Math.Min(scrapeSeconds, 10)}s", ["evaluation_interval"] = $"{scrapeSeconds}s" },
            ["rule_files"] = new JsonArray("*.rules.yml"),
            ["scrape_configs"] = jobs,
        };
    }

    /// <summary>The files that the configuration names, by name; <see cref="Unavailable"/> where the credential can't be written down.</summary>
    public static Result<Dictionary<string, string>> Files(ClusterConfig cluster, Credential? credential, MetricsOptions options)
    {
        try
        {
            return Texts(cluster, credential, options);
        }
        // Keys that may not be exported, such as those in hardware, and credentials in a form of their own.
        catch (Exception e) when (e is CryptographicException or InvalidOperationException or FormatException)
        {
            return new Unavailable(e.Message);
        }
    }

    private static Dictionary<string, string> Texts(ClusterConfig cluster, Credential? credential, MetricsOptions options)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        if (options.Token is { } token) files[MetricsToken] = token;
        if (cluster.Authorities is { } authorities) files[ClusterAuthorities] = authorities.ExportCertificatePems();
        if (credential is null) return files;
        if (Bearer(credential) is { } bearer) files[ClusterToken] = bearer;
        else if (UserAndPassword(credential) is var (_, password)) files[ClusterPassword] = password;
        if ((credential.Certificate ?? cluster.Certificate) is { } certificate)
        {
            files[ClusterCertificate] = string.Concat(new[] { certificate.Leaf.ExportCertificatePem() }.Concat(certificate.Context.IntermediateCertificates.Select(c => "\n" + c.ExportCertificatePem()))) + "\n";
            files[ClusterKey] = Key(certificate.Leaf) + "\n";
        }
        return files;
    }

    /// <summary>The kubelets, as Prometheus reads targets from files.</summary>
    public static JsonArray Targets(ClusterConfig cluster, IEnumerable<string> nodes) =>
    [
        .. nodes.Order(StringComparer.Ordinal).Select(node => new JsonObject
        {
            ["targets"] = new JsonArray(cluster.Server.Authority),
            ["labels"] = new JsonObject
            {
                ["__metrics_path__"] = $"{cluster.Server.AbsolutePath.TrimEnd('/')}/api/v1/nodes/{node}/proxy/metrics/cadvisor",
                ["instance"] = node,
                ["node"] = node,
            },
        }),
    ];

    private static JsonObject Own(string job, string path, Uri own, MetricsOptions options)
    {
        var scrape = new JsonObject
        {
            ["job_name"] = job,
            ["metrics_path"] = path,
            ["scheme"] = own.Scheme,
            ["honor_labels"] = true,
            ["static_configs"] = new JsonArray(new JsonObject { ["targets"] = new JsonArray(own.Authority) }),
        };
        if (options.Token is not null) scrape["authorization"] = new JsonObject { ["credentials_file"] = MetricsToken };
        return scrape;
    }

    private static JsonObject Kubelet(string job, string kept, ClusterConfig cluster, Credential credential)
    {
        var scrape = Access(cluster, credential);
        scrape["job_name"] = job;
        scrape["scheme"] = cluster.Server.Scheme;
        scrape["honor_labels"] = true;
        // With the kubelet's times, series of a pod that is gone would be shown for 5 minutes more.
        scrape["honor_timestamps"] = false;
        // Not by Prometheus's own discovery, which distributions leave out of their packages.
        scrape["file_sd_configs"] = new JsonArray(new JsonObject { ["files"] = new JsonArray(NodesFile) });
        scrape["metric_relabel_configs"] = new JsonArray(new JsonObject { ["source_labels"] = new JsonArray("__name__"), ["regex"] = kept, ["action"] = "keep" });
        return scrape;
    }

    private static JsonObject Access(ClusterConfig cluster, Credential credential)
    {
        var tls = new JsonObject();
        if (cluster.Authorities is not null) tls["ca_file"] = ClusterAuthorities;
        if (cluster.TlsServerName is { } name) tls["server_name"] = name;
        if (cluster.SkipsTlsVerification) tls["insecure_skip_verify"] = true;
        if ((credential.Certificate ?? cluster.Certificate) is not null) (tls["cert_file"], tls["key_file"]) = (ClusterCertificate, ClusterKey);
        var access = new JsonObject();
        if (tls.Count > 0) access["tls_config"] = tls;
        if (Bearer(credential) is not null) access["authorization"] = new JsonObject { ["credentials_file"] = ClusterToken };
        else if (UserAndPassword(credential) is var (user, _)) access["basic_auth"] = new JsonObject { ["username"] = user, ["password_file"] = ClusterPassword };
        if (cluster.Proxy is { } proxy) access["proxy_url"] = proxy.AbsoluteUri;
        return access;
    }

    private static string? Bearer(Credential credential) => After(credential.Authorization, "Bearer ");

    private static (string User, string Password)? UserAndPassword(Credential credential)
    {
        if (After(credential.Authorization, "Basic ") is not { } basic) return null;
        var parts = Encoding.UTF8.GetString(Convert.FromBase64String(basic)).Split(':', 2);
        return (parts[0], parts.ElementAtOrDefault(1) ?? "");
    }

    private static string? After(string? text, string start) => text?.StartsWith(start, StringComparison.Ordinal) == true ? text[start.Length..] : null;

    private static string Key(X509Certificate2 certificate)
    {
        using AsymmetricAlgorithm? key = (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey();
        return key?.ExportPkcs8PrivateKeyPem() ?? throw new InvalidOperationException("The client certificate's key is neither RSA nor EC.");
    }
}
