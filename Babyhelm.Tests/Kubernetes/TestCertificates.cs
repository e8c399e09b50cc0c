using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>A throwaway CA and certificates that it signs.</summary>
internal static class TestCertificates
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset Until = DateTimeOffset.UtcNow.AddDays(30);

    internal static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request.CreateSelfSigned(From, Until);
    }

    /// <summary>A server's certificate for a name or an address.</summary>
    internal static X509Certificate2 Server(X509Certificate2 authority, string name = "127.0.0.1", bool expired = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address)) names.AddIpAddress(address);
        else names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, From, expired ? DateTimeOffset.UtcNow.AddHours(-1) : Until, RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    internal static (string Certificate, string Key) Client(X509Certificate2 authority, string name, bool rsa = false)
    {
        if (rsa)
        {
            using var key = RSA.Create(2048);
            using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                .Create(authority.SubjectName, X509SignatureGenerator.CreateForECDsa(authority.GetECDsaPrivateKey()!), From, Until, RandomNumberGenerator.GetBytes(8));
            return (certificate.ExportCertificatePem(), key.ExportRSAPrivateKeyPem());
        }
        else
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
            using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).Create(authority, From, Until, RandomNumberGenerator.GetBytes(8));
            return (certificate.ExportCertificatePem(), key.ExportECPrivateKeyPem());
        }
    }
}
