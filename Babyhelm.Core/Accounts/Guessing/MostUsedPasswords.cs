using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Babyhelm.Core.Accounts.Guessing;

/// <summary>
/// The most used passwords of at least <see cref="Passwords.MinLength"/> characters, in any case of letters (ASVS 6.2.4): about
/// 3,170, as the first 8 bytes of a SHA-256 of each. Chosen by how often they were used in Mark Burnett's ten million passwords,
/// as ranked by the SecLists collection (10-million-password-list-top-100000 and -top-1000000).
/// </summary>
internal static class MostUsedPasswords
{
    private const string Resource = "accounts/most-used-passwords";

    /// <summary>Sorted.</summary>
    internal static ulong[] Hashes { get; } = Load();

    public static bool Contains(string password) => Array.BinarySearch(Hashes, Hash(Encoding.UTF8.GetBytes(password.ToLowerInvariant()))) >= 0;

    private static ulong Hash(byte[] text) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(text));

    private static ulong[] Load()
    {
        using var stream = typeof(MostUsedPasswords).Assembly.GetManifestResourceStream(Resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var hashes = new ulong[bytes.Length / sizeof(ulong)];
        for (var i = 0; i < hashes.Length; i++) hashes[i] = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(i * sizeof(ulong)));
        return hashes;
    }
}
