using System.Security.Claims;
using Babyhelm.Core.Common;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Babyhelm.Core.Accounts.Tokens;

/// <summary>Makes and checks access tokens: JWTs (RFC 9068), ES256 only, issued by this installation for its API.</summary>
public sealed class AccessTokens(SigningKeys keys, IOptions<PublicOptions> options, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);
    public const string Audience = "babyhelm-api";
    private const string Type = "at+jwt";
    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false, SetDefaultTimesOnTokenCreation = false };

    private string Issuer => options.Value.Url.GetLeftPart(UriPartial.Authority);

    internal async Task<string> MakeAsync(Guid userId, Guid sessionId, CancellationToken cancellation)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = Type,
            Issuer = Issuer,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + Lifetime,
            Subject = new ClaimsIdentity([
                new Claim(JwtRegisteredClaimNames.Sub, userId.ToString()),
                new Claim(Caller.SessionClaim, sessionId.ToString()),
                new Claim(JwtRegisteredClaimNames.Jti, Guid.CreateVersion7().ToString()),
            ]),
            SigningCredentials = new SigningCredentials(await keys.CurrentAsync(cancellation), SecurityAlgorithms.EcdsaSha256),
        });
    }

    /// <summary>User and session of a good token; null for every other text. Whether the session lasts, the caller asks.</summary>
    internal async Task<(Guid User, Guid Session)?> ReadAsync(string token, CancellationToken cancellation)
    {
        if (!Handler.CanReadToken(token) || KeyIdOf(token) is not { } keyId || await keys.FindAsync(keyId, cancellation) is not { } key) return null;
        var now = time.GetUtcNow().UtcDateTime;
        var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ValidTypes = [Type],
            ValidIssuer = Issuer,
            ValidAudience = Audience,
            IssuerSigningKey = key,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = (from, until, _, _) => from <= now && now < until,
        });
        return result.IsValid
            && Guid.TryParse(result.ClaimsIdentity.FindFirst(JwtRegisteredClaimNames.Sub)?.Value, out var user)
            && Guid.TryParse(result.ClaimsIdentity.FindFirst(Caller.SessionClaim)?.Value, out var session)
            ? (user, session)
            : null;
    }

    private static string? KeyIdOf(string token)
    {
        try
        {
            return new JsonWebToken(token) is { Alg: SecurityAlgorithms.EcdsaSha256, Kid: { Length: > 0 } id } ? id : null;
        }
        catch (ArgumentException)
        {
            return null; // has the dots of a token, and nothing else of it
        }
    }
}
