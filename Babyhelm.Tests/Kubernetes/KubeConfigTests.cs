using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;

namespace Babyhelm.Tests.Kubernetes;

public sealed class KubeConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("babyhelm-kube").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private const string Good = """
        apiVersion: v1
        kind: Config
        current-context: one
        clusters: [{name: c, cluster: {server: "https://cluster.example:6443"}}]
        users: [{name: u, user: {token: secret-token}}]
        contexts: [{name: one, context: {cluster: c, user: u, namespace: shop}}, {name: two, context: {cluster: c}}]
        """;

    private string Write(string text, string name = "config")
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static Core.Common.Result<ClusterConfig> Load(KubernetesOptions options, params (string Name, string Value)[] environment) =>
        ClusterConfig.Load(options, name => environment.FirstOrDefault(e => e.Name == name).Value, "/nonexistent");

    [Fact]
    public void The_current_context_is_used()
    {
        var path = Write(Good);
        var config = Load(new() { KubeConfig = path }).Value;
        Assert.Equal("https://cluster.example:6443/", config.Server.ToString());
        Assert.Equal("shop", config.Namespace);
        Assert.Equal($"context one of {path}", config.Source);
        Assert.IsType<FixedToken>(config.Credentials);
    }

    [Fact]
    public void Another_context_can_be_named()
    {
        var config = Load(new() { KubeConfig = Write(Good), Context = "two" }).Value;
        Assert.Same(CredentialSource.None, config.Credentials);
    }

    [Fact]
    public void The_environment_names_several_files_and_the_first_wins()
    {
        var first = Write("current-context: two\nclusters: [{name: c, cluster: {server: https://first.example}}]", "a");
        var second = Write(Good, "b");
        var missing = Path.Combine(_folder, "none");
        var config = Load(new(), ("KUBECONFIG", string.Join(Path.PathSeparator, missing, first, second))).Value;
        Assert.Equal(("first.example", null), (config.Server.Host, config.Namespace));
    }

    [Fact]
    public void The_option_comes_before_the_environment_and_that_before_the_own_cluster()
    {
        var (a, b) = (Write(Good, "a"), Write(Good.Replace("cluster.example", "other.example"), "b"));
        (string, string)[] inCluster = [("KUBECONFIG", b), ("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("KUBERNETES_SERVICE_PORT", "443")];
        Assert.Equal("cluster.example", Load(new() { KubeConfig = a }, inCluster).Value.Server.Host);
        Assert.Equal("other.example", Load(new(), inCluster).Value.Server.Host);
        Assert.Contains("/nonexistent", Load(new(), inCluster[1..]).Error!.Message);
        Assert.IsType<NoClusterConfigured>(Load(new()).Error);
        Assert.IsType<NoClusterConfigured>(Load(new(), ("KUBECONFIG", "")).Error);
    }

    [Fact]
    public void In_a_cluster_the_service_account_is_used()
    {
        using var ca = TestCertificates.Authority("ca");
        Write("the-token\n", "token");
        Write(ca.ExportCertificatePem(), "ca.crt");
        Write("shop", "namespace");
        var config = ClusterConfig.Load(new(), name => name == "KUBERNETES_SERVICE_HOST" ? "fd00::1" : name == "KUBERNETES_SERVICE_PORT" ? "443" : null, _folder).Value;
        Assert.Equal(("https://[fd00::1]/", "shop", "in-cluster"), (config.Server.ToString(), config.Namespace, config.Source));
        Assert.Single(config.Authorities!);
        Assert.IsType<TokenFile>(config.Credentials);

        Write("no certificate", "ca.crt");
        var broken = ClusterConfig.Load(new(), name => name == "KUBERNETES_SERVICE_HOST" ? "10.0.0.1" : name == "KUBERNETES_SERVICE_PORT" ? "443" : null, _folder);
        Assert.Contains("ca.crt holds no PEM certificate", broken.Error!.Message);
    }

    [Theory]
    [InlineData("a: [\n", "is not YAML. Line 2")]
    [InlineData("- a", "is not YAML")]
    [InlineData("kind: Pod", "is of kind Pod")]
    [InlineData("current-context: one", "no context 'one'. Set Kubernetes:Context to one of: (there are none)")]
    [InlineData("clusters: []", "names no current-context")]
    [InlineData("clusters: {}", "needs a list under 'clusters'")]
    [InlineData("clusters: [a]", "needs fields in each entry of 'clusters'")]
    [InlineData("clusters: [{cluster: {}}]", "entry without a name in 'clusters'")]
    [InlineData("current-context: 1", "needs a text as 'current-context'")]
    public void A_broken_file_is_explained(string text, string says) => AssertRefused(text, says);

    [Theory]
    [InlineData("cluster: c", "cluster: nosuch", "uses the cluster 'nosuch', which is not there. Use one of: c")]
    [InlineData("user: u,", "user: nosuch,", "uses the user 'nosuch', which is not there. Use one of: u")]
    [InlineData("https://cluster.example:6443", "cluster.example", "is no http or https address")]
    [InlineData("https://cluster.example:6443", "", "has no 'server'")]
    [InlineData("\"}}]\nusers", "\", insecure-skip-tls-verify: true}}]\nusers", "switches TLS verification off")]
    [InlineData("\"}}]\nusers", "\", insecure-skip-tls-verify: 1}}]\nusers", "needs true or false as 'insecure-skip-tls-verify'")]
    [InlineData("\"}}]\nusers", "\", certificate-authority-data: '***'}}]\nusers", "has a 'certificate-authority-data' that is not base64")]
    [InlineData("\"}}]\nusers", "\", certificate-authority-data: aGVsbG8=}}]\nusers", "certificate-authority that holds no PEM certificate")]
    [InlineData("\"}}]\nusers", "\", certificate-authority: nosuch.pem}}]\nusers", "nosuch.pem as 'certificate-authority', which does not exist")]
    [InlineData("token: secret-token", "tokenFile: nosuch", "nosuch as 'tokenFile', which does not exist")]
    [InlineData("token: secret-token", "token: \"secret token\"", "characters that no token has")]
    [InlineData("token: secret-token", "client-certificate-data: aGVsbG8=", "client-certificate without a client-key")]
    [InlineData("token: secret-token", "client-key-data: aGVsbG8=", "client-key without a client-certificate")]
    [InlineData("token: secret-token", "client-certificate-data: aGVsbG8=, client-key-data: aGVsbG8=", "is no certificate with its key")]
    [InlineData("token: secret-token", "auth-provider: {name: gcp}", "uses an auth-provider")]
    [InlineData("token: secret-token", "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}", "apiVersion 'client.authentication.k8s.io/v1alpha1'")]
    [InlineData("token: secret-token", "exec: {apiVersion: client.authentication.k8s.io/v1}", "has no 'command'")]
    [InlineData("token: secret-token", "exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}", "asks for a terminal")]
    [InlineData("https://cluster", "http://cluster", "credentials without TLS")]
    public void A_broken_entry_is_explained(string good, string bad, string says)
    {
        Assert.Contains(good, Good);
        AssertRefused(Good.Replace(good, bad), says);
    }

    private void AssertRefused(string text, string says)
    {
        var path = Write(text);
        var error = Assert.IsType<ClusterConfigInvalid>(Load(new() { KubeConfig = path }).Error);
        Assert.Contains(path, error.Message);
        Assert.Contains(says, error.Message);
        Assert.EndsWith(".", error.Message);
        Assert.DoesNotContain("secret", error.Message);
    }

    [Fact]
    public void A_missing_file_and_a_missing_context_are_named()
    {
        Assert.Contains($"{_folder}/none does not exist", Load(new() { KubeConfig = $"{_folder}/none" }).Error!.Message);
        Assert.Contains("no context 'three'. Set Kubernetes:Context to one of: one, two.", Load(new() { KubeConfig = Write(Good), Context = "three" }).Error!.Message);
    }

    [Fact]
    public void Insecure_settings_are_taken_when_allowed()
    {
        var skip = Write(Good.Replace("\"}}]\nusers", "\", insecure-skip-tls-verify: true}}]\nusers"), "skip");
        Assert.True(Load(new() { KubeConfig = skip, AllowInsecure = true }).Value.SkipsTlsVerification);
        var plain = Write(Good.Replace("https://", "http://"), "plain");
        Assert.Equal("http", Load(new() { KubeConfig = plain, AllowInsecure = true }).Value.Server.Scheme);
        var loopback = Write(Good.Replace("https://cluster.example", "http://127.0.0.1"), "loopback");
        Assert.Equal("127.0.0.1", Load(new() { KubeConfig = loopback }).Value.Server.Host);
    }
}
