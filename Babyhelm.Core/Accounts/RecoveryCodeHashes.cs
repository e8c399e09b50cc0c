using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Babyhelm.Core.Accounts;

/// <summary>
/// Recovery codes as they lie in the database: a slow hash of each, all with one salt of their user (ASVS 6.5.2). The
/// codes have 47 bits, too few for a quick one.
/// </summary>
internal static class RecoveryCodeHashes
{
    // Base32 keys, protected values and codes as they were stored once do not begin so.
    internal const string Prefix = "rc1:";

    // With 47 bits to guess; ten of them are made at a time.
    private const int Iterations = 50_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    public static string Of(IEnumerable<string> codes)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return Text(Convert.ToBase64String(salt), codes.Select(code => Hash(code, salt)));
    }

    public static int Count(string stored) => Hashes(stored).Length;

    /// <summary>What is to be stored once the code is used; null when it is none of them.</summary>
    public static string? Without(string stored, string code)
    {
        var salt = stored[Prefix.Length..stored.IndexOf(';', StringComparison.Ordinal)];
        var (hashes, given) = (Hashes(stored), Encoding.ASCII.GetBytes(Hash(code, Convert.FromBase64String(salt))));
        var left = hashes.Where(h => !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(h), given)).ToList();
        return left.Count < hashes.Length ? Text(salt, left) : null;
    }

    // prefix salt ; hash ; hash …
    private static string Text(string salt, IEnumerable<string> hashes) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{salt};{string.Join(';', hashes)}");

    private static string[] Hashes(string stored) =>
        stored[(stored.IndexOf(';', StringComparison.Ordinal) + 1)..].Split(';', StringSplitOptions.RemoveEmptyEntries);

    private static string Hash(string code, byte[] salt) =>
        Convert.ToBase64String(Rfc2898DeriveBytes.Pbkdf2(code, salt, Iterations, HashAlgorithmName.SHA512, HashBytes));
}
