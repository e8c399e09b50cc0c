using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts.Sessions;

/// <summary>
/// Codes of authenticator apps (RFC 6238: SHA-1, 6 digits, 30 s). Each is good once (5.2), which Identity's own check does
/// not see to; a clock may be one step off.
/// </summary>
public sealed class OneTimeCodes(UserManager<AppUser> users, IDbContextFactory<BabyhelmDbContext> contexts, TimeProvider time)
{
    private const int StepSeconds = 30;
    private const int Digits = 6;
    private const int Tolerance = 1;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Whether it is the user's code now and was not used before; marks it as used.</summary>
    public async Task<bool> UseAsync(AppUser user, string? code)
    {
        var given = new string([.. (code ?? "").Where(c => !char.IsWhiteSpace(c) && c != '-')]);
        if (given.Length != Digits || !given.All(char.IsAsciiDigit)) return false;
        if (await users.GetAuthenticatorKeyAsync(user) is not { Length: > 0 } key) return false;
        var now = time.GetUtcNow().ToUnixTimeSeconds() / StepSeconds;
        for (var step = now - Tolerance; step <= now + Tolerance; step++)
        {
            if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Compute(key, step)), Encoding.ASCII.GetBytes(given))) continue;
            await using var db = await contexts.CreateDbContextAsync();
            // Of two uses at once, one is first.
            if (await db.Users.Where(u => u.Id == user.Id && u.LastCodeStep < step).ExecuteUpdateAsync(set => set.SetProperty(u => u.LastCodeStep, step)) == 0) return false;
            user.LastCodeStep = step; // Identity writes whole users: the step would be forgotten with the next update
            return true;
        }
        return false;
    }

    /// <param name="key">Base32.</param>
    /// <param name="step">Steps of 30 s since 1970.</param>
    internal static string Compute(string key, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
#pragma warning disable CA5350 // what the apps use
        var hash = HMACSHA1.HashData(Base32(key), counter);
#pragma warning restore CA5350
        var value = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 0xf)) & 0x7fffffff;
        return (value % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    private static byte[] Base32(string text)
    {
        var (bytes, bits, value) = (new List<byte>(), 0, 0);
        foreach (var c in text.TrimEnd('='))
        {
            value = (value << 5) | Alphabet.IndexOf(char.ToUpperInvariant(c), StringComparison.Ordinal);
            bits += 5;
            if (bits < 8) continue;
            bits -= 8;
            bytes.Add((byte)(value >> bits));
            value &= (1 << bits) - 1;
        }
        return [.. bytes];
    }
}
