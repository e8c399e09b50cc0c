using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>One random bearer token, made at start.</summary>
internal sealed class Authentication
{
    public string Token { get; } = RandomNumberGenerator.GetHexString(48, lowercase: true);

    /// <summary>Health checks are open to everybody, all else needs the token.</summary>
    public bool Allows(HttpRequest request) =>
        request.Path.Value is "/healthz" or "/livez" or "/readyz"
        || (request.Headers.Authorization.ToString() is var header && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(header.AsSpan(7).Trim().ToString()), Encoding.UTF8.GetBytes(Token)));
}
