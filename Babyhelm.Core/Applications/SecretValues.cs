using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Babyhelm.Core.Applications;

/// <summary>Secret environment values at rest: one encrypted JSON object of name to value.</summary>
public sealed class SecretValues(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("Babyhelm.Applications.SecretValues");

    /// <summary>Null for none.</summary>
    public string? Protect(IReadOnlyDictionary<string, string> values) =>
        values.Count == 0 ? null : _protector.Protect(JsonSerializer.Serialize(values));

    /// <summary>The same, or null when the key that encrypted it is gone.</summary>
    public IReadOnlyDictionary<string, string>? TryUnprotect(string? text)
    {
        try
        {
            return Unprotect(text);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <exception cref="CryptographicException">The key that encrypted it is gone.</exception>
    public IReadOnlyDictionary<string, string> Unprotect(string? text) =>
        text is null ? new Dictionary<string, string>() : JsonSerializer.Deserialize<Dictionary<string, string>>(_protector.Unprotect(text))!;
}
