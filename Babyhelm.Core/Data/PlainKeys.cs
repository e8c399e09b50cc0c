using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Data;

/// <summary>Encrypts Data Protection keys that were stored before there was a certificate, in the form in which new ones are stored.</summary>
internal sealed class PlainKeys(IOptions<KeyManagementOptions> options)
{
    private static readonly XNamespace Space = "http://schemas.asp.net/2015/03/dataProtection";

    /// <summary>Part of the transaction of <paramref name="db"/>, under a lock: two processes must not do it at once.</summary>
    public async Task EncryptAsync(BabyhelmDbContext db, CancellationToken cancellation)
    {
        if (options.Value.XmlEncryptor is not { } encryptor) return;
        foreach (var key in await db.Set<DataProtectionKey>().AsNoTracking().ToListAsync(cancellation))
            if (Encrypt(XElement.Parse(key.Xml), encryptor) is { } xml)
                await db.Set<DataProtectionKey>().Where(k => k.Id == key.Id).ExecuteUpdateAsync(set => set.SetProperty(k => k.Xml, xml), cancellation);
    }

    /// <summary>Null where nothing in it lies open.</summary>
    private static string? Encrypt(XElement key, IXmlEncryptor encryptor)
    {
        var open = key.Descendants().Where(e => (bool?)e.Attribute(Space + "requiresEncryption") == true).ToList();
        if (open.Count == 0) return null;
        foreach (var secret in open)
        {
            var hidden = encryptor.Encrypt(secret);
            secret.ReplaceWith(new XElement(Space + "encryptedSecret", new XAttribute("decryptorType", hidden.DecryptorType.AssemblyQualifiedName!), hidden.EncryptedElement));
        }
        return key.ToString(SaveOptions.DisableFormatting);
    }
}
