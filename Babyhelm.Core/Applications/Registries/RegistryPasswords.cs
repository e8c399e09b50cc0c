using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Manifests;
using Microsoft.AspNetCore.DataProtection;

namespace Babyhelm.Core.Applications.Registries;

/// <summary>Passwords of registries at rest, and as the cluster takes them.</summary>
public sealed class RegistryPasswords(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("Babyhelm.Applications.Registries");

    public string Protect(string password) => _protector.Protect(password);

    /// <summary>Null when the key that encrypted it is gone.</summary>
    public string? TryUnprotect(string text)
    {
        try
        {
            return _protector.Unprotect(text);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The content of a <c>kubernetes.io/dockerconfigjson</c> secret; null when the key that encrypted the password is gone.</summary>
    internal string? PullConfig(Registry registry) => TryUnprotect(registry.ProtectedPassword) is not { } password ? null : new JsonObject
    {
        ["auths"] = new JsonObject
        {
            [Key(registry.Host)] = new JsonObject
            {
                ["username"] = registry.UserName,
                ["password"] = password,
                ["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{registry.UserName}:{password}")),
            },
        },
    }.ToJsonString();

    /// <summary>Docker Hub is found under its old address alone.</summary>
    private static string Key(string host) => host == ImageReference.DefaultRegistry ? "https://index.docker.io/v1/" : host;
}
