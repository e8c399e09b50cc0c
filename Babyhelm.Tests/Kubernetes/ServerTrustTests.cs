using Babyhelm.Core.Common;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Client certificates, and which servers are trusted.</summary>
public sealed class ServerTrustTests : CredentialHarness
{
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
}
