using System.Security.Cryptography.X509Certificates;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Tests.Common;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>A kubeconfig in a folder of its own, a CA, and clients made from them: for tests of what the server sees.</summary>
public abstract class CredentialHarness : IDisposable
{
    private protected const string Version = """{"major":"1","minor":"36","gitVersion":"v1.36.0","platform":"linux/amd64"}""";
    private protected const string Unauthorized = """{"kind":"Status","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}""";

    private protected readonly string _folder = Directory.CreateTempSubdirectory("babyhelm-cred").FullName;
    private protected readonly X509Certificate2 _ca = TestCertificates.Authority("test-ca");
    private protected readonly ManualTimeProvider _time = new();

    public void Dispose()
    {
        _ca.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private protected string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private protected static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private protected KubernetesClient Client(Uri server, string user, string cluster = "", bool insecure = false)
    {
        var path = Write("config", $$"""
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: u} }]
            clusters: [{name: c, cluster: {server: "{{server}}"{{cluster}} } }]
            users: [{name: u, user: { {{user}} } }]
            """);
        return new KubernetesClient(ClusterConfig.Load(new() { KubeConfig = path, AllowInsecure = insecure }).Value, _time);
    }

    private protected Task<ApiServer> SecureServerAsync(Action<HttpsConnectionAdapterOptions>? more = null, string name = "127.0.0.1", bool expired = false, X509Certificate2? ca = null) =>
        ApiServer.StartAsync(e => e.AnswerAsync(200, Version), listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = TestCertificates.Server(ca ?? _ca, name, expired);
            more?.Invoke(https);
        }));

    private protected string AuthorityData => $", certificate-authority-data: {Base64(_ca.ExportCertificatePem())}";
}
