using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Babyhelm.Core.JsonSchemas.Values;

/// <summary>Hash of short texts, with a key of this process, so that nobody can send names that collide.</summary>
internal static class NameHash
{
    private static readonly ulong Key = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) | 1;

    public static int Of(ReadOnlySpan<byte> text)
    {
        var hash = Mix(Key ^ (ulong)text.Length, 0x9E3779B97F4A7C15);
        while (text.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(text), Key);
            text = text[8..];
        }
        ulong rest = 0;
        foreach (var b in text) rest = (rest << 8) | b;
        hash = Mix(hash ^ rest, Key ^ 0xD6E8FEB86659FD93);
        return (int)(hash ^ (hash >> 32));
    }

    public static ulong Mix(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }
}
