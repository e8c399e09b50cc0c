using System.Security.Cryptography.X509Certificates;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Tests.Common;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Each kind of credential, from a kubeconfig file to what the server sees.</summary>
public sealed class CredentialTests : IDisposable
{
    private const string Version = """{"major":"1","minor":"36","gitVersion":"v1.36.0","platform":"linux/amd64"}""";
    private const string Unauthorized = """{"kind":"Status","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("babyhelm-cred").FullName;
    private readonly X509Certificate2 _ca = TestCertificates.Authority("test-ca");
    private readonly ManualTimeProvider _time = new();

    public void Dispose()
    {
        _ca.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private KubernetesClient Client(Uri server, string user, string cluster = "", bool insecure = false)
    {
        var path = Write("config", $$"""
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: u} }]
            clusters: [{name: c, cluster: {server: "{{server}}"{{cluster}} } }]
            users: [{name: u, user: { {{user}} } }]
            """);
        return new KubernetesClient(ClusterConfig.Load(new() { KubeConfig = path, AllowInsecure = insecure }).Value, _time);
    }

    private Task<ApiServer> SecureServerAsync(Action<HttpsConnectionAdapterOptions>? more = null, string name = "127.0.0.1", bool expired = false, X509Certificate2? ca = null) =>
        ApiServer.StartAsync(e => e.AnswerAsync(200, Version), listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = TestCertificates.Server(ca ?? _ca, name, expired);
            more?.Invoke(https);
        }));

    private string AuthorityData => $", certificate-authority-data: {Base64(_ca.ExportCertificatePem())}";

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_client_certificate_is_shown(bool rsa, bool inline)
    {
        string? seen = null;
        await using var server = await SecureServerAsync(https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, _, _) =>
            {
                seen = certificate.Subject;
                return certificate.Issuer == _ca.Subject;
            };
        });
        var (certificate, key) = TestCertificates.Client(_ca, "babyhelm-user", rsa);
        Write("ca.pem", _ca.ExportCertificatePem());
        Write("user.pem", certificate);
        Write("user.key", key);
        using var client = inline
            ? Client(server.Address, $"client-certificate-data: {Base64(certificate)}, client-key-data: {Base64(key)}", AuthorityData)
            : Client(server.Address, "client-certificate: user.pem, client-key: user.key", ", certificate-authority: ca.pem");
        Assert.Equal("v1.36.0", (await client.VersionAsync()).Value.GitVersion);
        Assert.Equal("CN=babyhelm-user", seen);
    }

    [Fact]
    public async Task A_server_that_wants_a_certificate_refuses_a_client_without()
    {
        await using var server = await SecureServerAsync(https => https.ClientCertificateMode = ClientCertificateMode.RequireCertificate);
        using var client = Client(server.Address, "token: t", AuthorityData);
        Assert.IsType<Unavailable>((await client.VersionAsync()).Error);
    }

    [Fact]
    public async Task A_server_of_an_unknown_authority_gets_no_request()
    {
        using var other = TestCertificates.Authority("other-ca");
        await using var server = await SecureServerAsync(ca: other);
        using var client = Client(server.Address, "token: t", AuthorityData);
        Assert.Equal(
            $"The cluster at https://127.0.0.1:{server.Address.Port} cannot be trusted: its certificate is not signed by the configured CA; correct certificate-authority in the kubeconfig.",
            Assert.IsType<Unavailable>((await client.VersionAsync()).Error).Message);
        using var withoutCa = Client(server.Address, "token: t");
        Assert.Contains("not signed by a CA that this system trusts", (await withoutCa.VersionAsync()).Error!.Message);
        Assert.Empty(server.Seen);

        using var blind = Client(server.Address, "token: t", ", insecure-skip-tls-verify: true", insecure: true);
        Assert.Null((await blind.VersionAsync()).Error);
    }

    [Fact]
    public async Task A_certificate_for_another_name_or_out_of_date_is_refused()
    {
        await using var named = await SecureServerAsync(name: "api.cluster.example");
        using var client = Client(named.Address, "token: t", AuthorityData);
        Assert.Contains("is for other names (api.cluster.example)", (await client.VersionAsync()).Error!.Message);
        using var told = Client(named.Address, "token: t", AuthorityData + ", tls-server-name: api.cluster.example");
        Assert.Null((await told.VersionAsync()).Error);

        await using var old = await SecureServerAsync(expired: true);
        using var late = Client(old.Address, "token: t", AuthorityData);
        Assert.Contains("is valid from", (await late.VersionAsync()).Error!.Message);
    }

    [Fact]
    public async Task Tokens_passwords_and_impersonation_are_sent_as_headers()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, Version));
        using (var token = Client(server.Address, "token: abc")) await token.VersionAsync();
        using (var password = Client(server.Address, "username: ann, password: pw")) await password.VersionAsync();
        using (var other = Client(server.Address, "token: abc, as: bob, as-groups: [dev, ops]")) await other.VersionAsync();
        using (var none = Client(server.Address, "")) await none.VersionAsync();
        var seen = server.Seen.ToArray();
        Assert.Equal(["Bearer abc", "Basic " + Base64("ann:pw"), "Bearer abc", null], seen.Select(s => s.Authorization));
        Assert.Equal(("bob", "dev,ops"), (seen[2].Headers["Impersonate-User"], seen[2].Headers["Impersonate-Group"].Replace(", ", ",")));
    }

    [Fact]
    public async Task A_token_file_is_read_again_each_minute_and_survives_its_replacement()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, Version));
        var path = Write("token", "one\n");
        using var client = Client(server.Address, "tokenFile: token");
        await client.VersionAsync();
        File.WriteAllText(path, "two");
        _time.Advance(TimeSpan.FromSeconds(59));
        await client.VersionAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        await client.VersionAsync();
        File.Delete(path);
        _time.Advance(TimeSpan.FromMinutes(2));
        await client.VersionAsync();
        Assert.Equal(["Bearer one", "Bearer one", "Bearer two", "Bearer two"], server.Seen.Select(s => s.Authorization));
    }

    [Fact]
    public async Task An_empty_token_file_is_named()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, Version));
        var path = Write("token", "\n");
        using var client = Client(server.Address, "tokenFile: token");
        Assert.Contains($"{path} is empty", Assert.IsType<ClusterConfigInvalid>((await client.VersionAsync()).Error).Message);
        Assert.Empty(server.Seen);
    }

    [Fact]
    public async Task After_a_401_the_token_file_is_read_again_and_the_request_repeated_once()
    {
        await using var server = await ApiServer.StartAsync(e => e.Authorization == "Bearer two" ? e.AnswerAsync(200, Version) : e.AnswerAsync(401, Unauthorized));
        var path = Write("token", "one");
        using var client = Client(server.Address, "tokenFile: token");
        Assert.Equal(401, Assert.IsType<KubernetesError>((await client.VersionAsync()).Error).Status);
        Assert.Single(server.Seen);

        File.WriteAllText(path, "two");
        Assert.Null((await client.VersionAsync()).Error);
        Assert.Equal(["Bearer one", "Bearer one", "Bearer two"], server.Seen.Select(s => s.Authorization));

        File.WriteAllText(path, "three");
        _time.Advance(TimeSpan.FromMinutes(2));
        File.WriteAllText(path, "four");
        Assert.Equal(401, Assert.IsType<KubernetesError>((await client.VersionAsync()).Error).Status);
        Assert.Equal(["Bearer four"], server.Seen.Skip(3).Select(s => s.Authorization));
    }

    [Fact]
    public async Task A_fixed_token_is_not_tried_twice()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(401, Unauthorized));
        using var client = Client(server.Address, "token: abc");
        Assert.Equal(("cluster-unauthorized", "The cluster refused the credentials (401). Check the user of the kubeconfig or the service account's token."), Told((await client.VersionAsync()).Error));
        Assert.Single(server.Seen);
    }

    private static (string, string) Told(Error? error) => (error!.Code, error.Message);

    private string Plugin(string script)
    {
        var path = Write("plugin", "#!/bin/sh\n" + script);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        return path;
    }

    private static string Exec(string more = "", string version = "v1") =>
        $"exec: {{apiVersion: client.authentication.k8s.io/{version}, command: ./plugin, interactiveMode: Never{more} }}";

    [Theory]
    [InlineData("v1")]
    [InlineData("v1beta1")]
    public async Task A_plugin_gives_tokens_until_they_expire_or_are_refused(string version)
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, Version));
        Plugin($$"""
            echo run >> "{{_folder}}/runs"
            printf '%s' "$KUBERNETES_EXEC_INFO" > "{{_folder}}/info"
            n=$(wc -l < "{{_folder}}/runs" | tr -d ' ')
            echo '{"apiVersion":"client.authentication.k8s.io/{{version}}","kind":"ExecCredential","status":{"token":"'$PREFIX-$1-$n'","expirationTimestamp":"2026-01-01T00:10:00Z"} }'
            """);
        using var client = Client(server.Address, Exec(", args: [a], env: [{name: PREFIX, value: t}], provideClusterInfo: true", version));
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => client.VersionAsync()));
        Assert.All(server.Seen, s => Assert.Equal("Bearer t-a-1", s.Authorization));

        var info = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "info")))!;
        Assert.Equal($"client.authentication.k8s.io/{version}", info["apiVersion"]!.GetValue<string>());
        Assert.False(info["spec"]!["interactive"]!.GetValue<bool>());
        Assert.Equal(server.Address, new Uri(info["spec"]!["cluster"]!["server"]!.GetValue<string>()));

        _time.Advance(TimeSpan.FromMinutes(9) + TimeSpan.FromSeconds(51));
        await client.VersionAsync();
        Assert.Equal("Bearer t-a-2", server.Seen.Last().Authorization);

        server.Answer = e => e.Authorization == "Bearer t-a-4" ? e.AnswerAsync(200, Version) : e.AnswerAsync(401, Unauthorized);
        Assert.Null((await client.VersionAsync()).Error);
        Assert.Equal(["Bearer t-a-3", "Bearer t-a-4"], server.Seen.Select(s => s.Authorization).TakeLast(2));
    }

    [Fact]
    public async Task A_plugin_gives_client_certificates()
    {
        var subjects = new List<string>();
        await using var server = await SecureServerAsync(https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, _, _) =>
            {
                subjects.Add(certificate.Subject);
                return true;
            };
        });
        foreach (var name in (string[])["first", "second"])
        {
            var (certificate, key) = TestCertificates.Client(_ca, name);
            Write(name, $$$"""{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"clientCertificateData":{{{Json(certificate)}}},"clientKeyData":{{{Json(key)}}},"expirationTimestamp":"2026-01-01T00:10:00Z"}}""");
        }
        Plugin($"cat {_folder}/current\n");
        File.Copy(Path.Combine(_folder, "first"), Path.Combine(_folder, "current"));
        using var client = Client(server.Address, Exec(), AuthorityData);
        Assert.Null((await client.VersionAsync()).Error);
        File.Copy(Path.Combine(_folder, "second"), Path.Combine(_folder, "current"), overwrite: true);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null((await client.VersionAsync()).Error);
        Assert.Equal(["CN=first", "CN=second"], subjects);
    }

    private static string Json(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    [Theory]
    [InlineData("echo 'please log in again' >&2; exit 3", "ended with exit code 3: please log in again.")]
    [InlineData("exit 1", "ended with exit code 1: it says nothing of why.")]
    [InlineData("echo hello", "printed something that is not JSON.")]
    [InlineData("echo '{}'", "printed no ExecCredential with a status.")]
    [InlineData("""echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"secret"}}'""", "answered as client.authentication.k8s.io/v1beta1, but the kubeconfig says")]
    [InlineData("""echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{}}'""", "gave neither a token nor a client certificate.")]
    [InlineData("""echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"clientKeyData":"secret"}}'""", "gave a client certificate that is no certificate")]
    [InlineData("""printf '%s' '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"secret\nHost: x"}}'""", "gave a token with characters that no token has.")]
    [InlineData("yes | head -c 2000000", "printed more than 1048576 bytes.")]
    public async Task A_failing_plugin_is_explained(string script, string says)
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, Version));
        Plugin(script);
        using var client = Client(server.Address, Exec());
        var error = Assert.IsType<Unavailable>((await client.VersionAsync()).Error);
        Assert.Contains($"user 'u': the credential plugin '{_folder}/plugin' {says}", error.Message);
        Assert.DoesNotContain("secret", error.Message);
        Assert.Empty(server.Seen);
    }

    [Fact]
    public async Task A_plugin_that_is_not_there_is_explained_with_its_hint()
    {
        using var client = Client(new Uri("http://127.0.0.1:1"), "exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin, installHint: Get it from the platform team.}");
        Assert.EndsWith("the credential plugin 'no-such-plugin' is not installed. Get it from the platform team.", (await client.VersionAsync()).Error!.Message);
    }

    [Fact]
    public async Task A_plugin_that_hangs_is_ended()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, Version));
        Plugin($"echo $$ > {_folder}/pid\nexec sleep 300\n");
        using var client = Client(server.Address, Exec());
        var asked = client.VersionAsync();
        await _time.UntilTimerWithinAsync(TimeSpan.FromSeconds(60));
        var pidFile = Path.Combine(_folder, "pid");
        await Wait.UntilAsync(() => File.Exists(pidFile) && File.ReadAllText(pidFile).EndsWith('\n'));
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Contains("did not end within 60 s", (await asked).Error!.Message);
        var pid = int.Parse(File.ReadAllText(pidFile));
        await Wait.UntilAsync(() => !File.Exists($"/proc/{pid}/stat") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z"));
    }

    [Fact]
    public async Task A_client_can_be_made_of_an_address_and_a_token()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, Version));
        using var client = new KubernetesClient(ClusterConfig.For(new Uri(server.Address, "/k8s/clusters/c-1"), "abc"));
        Assert.Null((await client.VersionAsync()).Error);
        Assert.Equal(("/k8s/clusters/c-1/version", "Bearer abc"), (server.Seen.Single().PathAndQuery, server.Seen.Single().Authorization));
    }
}
