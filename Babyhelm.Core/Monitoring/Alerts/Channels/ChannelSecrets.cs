using System.Security.Cryptography;
using System.Text.Json;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.DataProtection;

namespace Babyhelm.Core.Monitoring.Alerts.Channels;

/// <summary>Addresses and keys of channels at rest.</summary>
internal sealed class ChannelSecrets(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("Babyhelm.Monitoring.Alerts.Channels");

    public string Protect(ChannelSecret secret) => _protector.Protect(JsonSerializer.Serialize(secret, StoredJson.Options));

    /// <summary>Null when the key that encrypted it is gone.</summary>
    public ChannelSecret? TryUnprotect(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<ChannelSecret>(_protector.Unprotect(text), StoredJson.Options);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
