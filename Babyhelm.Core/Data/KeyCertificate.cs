using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;

namespace Babyhelm.Core.Data;

/// <summary>
/// Section <c>DataProtection</c>: the certificate (RSA) that encrypts the Data Protection keys in the database. Without one they
/// lie there as they are, and who reads the database reads everything.
/// </summary>
internal sealed class KeyCertificate
{
    /// <summary>PKCS#12 file, or a PEM file with certificate and key.</summary>
    public string? CertificatePath { get; init; }

    /// <summary>Of the PKCS#12 file.</summary>
    public string? CertificatePassword { get; init; }

    /// <summary>Files of certificates that were used before, with the same password: only to read.</summary>
    public IReadOnlyList<string> OldCertificatePaths { get; init; } = [];

    /// <exception cref="InvalidOperationException">A file can't be read, or holds no RSA key.</exception>
    public static void Use(IDataProtectionBuilder protection, IConfiguration configuration)
    {
        var given = configuration.GetSection("DataProtection").Get<KeyCertificate>() ?? new KeyCertificate();
        if (given.OldCertificatePaths.Count > 0) protection.UnprotectKeysWithAnyCertificate([.. given.OldCertificatePaths.Select(path => Read(path, given.CertificatePassword))]);
        if (!string.IsNullOrWhiteSpace(given.CertificatePath)) protection.ProtectKeysWithCertificate(Read(given.CertificatePath, given.CertificatePassword));
    }

    private static X509Certificate2 Read(string path, string? password)
    {
        try
        {
            var certificate = X509Certificate2.GetCertContentType(path) == X509ContentType.Pkcs12
                ? X509CertificateLoader.LoadPkcs12FromFile(path, password) : X509Certificate2.CreateFromPemFile(path);
            using var key = certificate.GetRSAPrivateKey();
            return key is not null ? certificate : throw new InvalidOperationException($"DataProtection: {path} holds no RSA key. Make one with openssl req -x509 -newkey rsa:3072.");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"DataProtection: the certificate {path} can't be read: {e.Message}", e);
        }
    }
}
