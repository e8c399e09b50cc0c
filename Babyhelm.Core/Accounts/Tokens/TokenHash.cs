using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Babyhelm.Core.Accounts.Tokens;

/// <summary>Random tokens and the hashes of them that are stored. 256 random bits need no slow hash.</summary>
internal static class TokenHash
{
    private const int Bytes = 32;

    /// <summary>A new token: the prefix and 43 characters of A-Z a-z 0-9 - and _.</summary>
    public static string NewToken(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>SHA-256, 32 bytes.</summary>
    public static byte[] Of(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
