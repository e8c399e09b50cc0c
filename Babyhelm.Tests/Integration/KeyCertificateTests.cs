using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.DataProtection;

namespace Babyhelm.Tests.Integration;

/// <summary>A certificate that encrypts the Data Protection keys in the database.</summary>
public sealed class KeyCertificateTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("babyhelm-certificate-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task It_hides_the_keys_that_are_there_and_new_ones_and_who_lacks_it_reads_nothing()
    {
        var connection = $"{await PostgresServer.CreateDatabaseAsync()};Pooling=false";
        string before;
        await using (var plain = MigratedDatabase.Reach(connection))
        {
            await FirstKeyTests.StartAsync(plain);
            before = FirstKeyTests.Protector(plain).Protect("secret");
        }
        Assert.Equal(1, await OpenKeysAsync(connection));

        string after;
        await using (var certified = MigratedDatabase.Reach(connection, settings: new Dictionary<string, string?> { ["DataProtection:CertificatePath"] = Pem("new.pem") }))
        {
            await FirstKeyTests.StartAsync(certified);
            Assert.Equal("secret", FirstKeyTests.Protector(certified).Unprotect(before));
            after = FirstKeyTests.Protector(certified).Protect("other");
        }
        Assert.Equal(0, await OpenKeysAsync(connection));

        // Another certificate, with the first one to read what it hid.
        await using (var changed = MigratedDatabase.Reach(connection, settings: new Dictionary<string, string?>
        {
            ["DataProtection:CertificatePath"] = Pfx("next.pfx", "a password"),
            ["DataProtection:CertificatePassword"] = "a password",
            ["DataProtection:OldCertificatePaths:0"] = Path.Combine(_folder.FullName, "new.pem"),
        }))
        {
            await FirstKeyTests.StartAsync(changed);
            Assert.Equal(("secret", "other"), (FirstKeyTests.Protector(changed).Unprotect(before), FirstKeyTests.Protector(changed).Unprotect(after)));
        }

        await using var without = MigratedDatabase.Reach(connection);
        Assert.ThrowsAny<CryptographicException>(() => FirstKeyTests.Protector(without).Unprotect(after));
    }

    [Fact]
    public void What_is_no_certificate_ends_the_start_with_a_sentence()
    {
        var path = Path.Combine(_folder.FullName, "nothing.pem");
        File.WriteAllText(path, "nothing");
        var refused = Assert.Throws<InvalidOperationException>(() => MigratedDatabase.Reach("Host=127.0.0.1", settings: new Dictionary<string, string?> { ["DataProtection:CertificatePath"] = path }));
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
    }

    private static Task<long> OpenKeysAsync(string connection) =>
        TestDatabase.ScalarAsync<long>(connection, "SELECT count(*) FROM data_protection_keys WHERE xml LIKE '%<masterKey%'");

    private string Pem(string name)
    {
        using var key = RSA.Create(2048);
        using var certificate = Make(key);
        return Write(name, System.Text.Encoding.ASCII.GetBytes($"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n"));
    }

    private string Pfx(string name, string password)
    {
        using var key = RSA.Create(2048);
        using var certificate = Make(key);
        return Write(name, certificate.Export(X509ContentType.Pkcs12, password));
    }

    private static X509Certificate2 Make(RSA key) =>
        new CertificateRequest("CN=babyhelm", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(365));

    private string Write(string name, byte[] content)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
