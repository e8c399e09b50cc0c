using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Kubernetes.Configuration;

/// <summary>A client certificate with its key and the intermediates to send with it.</summary>
internal sealed class ClientCertificate(SslStreamCertificateContext context, X509Certificate2 leaf)
{
    internal SslStreamCertificateContext Context { get; } = context;

    internal X509Certificate2 Leaf { get; } = leaf;
}

internal static class Certificates
{
    /// <summary>Certificates of a PEM bundle. The error's message is a predicate: "holds no …".</summary>
    internal static Result<X509Certificate2Collection> Authorities(Func<string> pem)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(pem());
            return authorities.Count > 0 ? authorities : new ClusterConfigInvalid("holds no PEM certificate");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return new ClusterConfigInvalid(e is CryptographicException ? "holds no readable PEM certificate" : $"cannot be read ({e.Message.TrimEnd('.')})");
        }
    }

    /// <summary>Certificate and key (RSA or EC; PKCS#1, PKCS#8 or SEC 1), each as PEM text.</summary>
    internal static Result<ClientCertificate> Client(string certificatePem, string keyPem)
    {
        try
        {
            var leaf = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            if (OperatingSystem.IsWindows())
            {
                // Schannel takes no key that lives in memory only.
                using var ephemeral = leaf;
                leaf = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
            }
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificatePem);
            chain.RemoveAt(0);
            return new ClientCertificate(SslStreamCertificateContext.Create(leaf, chain, offline: true), leaf);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return new ClusterConfigInvalid("is no certificate with its key in PEM form, or the two do not belong together");
        }
    }
}
