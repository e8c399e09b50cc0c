using Babyhelm.Core.Common;
using Babyhelm.Tests.Common;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Credentials from a program.</summary>
public sealed class CredentialPluginTests : CredentialHarness
{
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
        Assert.DoesNotContain(_folder, error.Public);
        Assert.Empty(server.Seen);
    }

    [Fact]
    public async Task A_plugin_that_is_not_there_is_explained_with_its_hint()
    {
        using var client = Client(new Uri("http://127.0.0.1:1"), "exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin, installHint: Get it from the platform team.}");
        Assert.EndsWith("the credential plugin 'no-such-plugin' is not installed. Get it from the platform team.", (await client.VersionAsync()).Error!.Message);
        Assert.Equal("The cluster can't be reached.", (await client.VersionAsync()).Error!.Public);
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
}
