using System.Buffers;
using System.Numerics;

namespace Babyhelm.Core.JsonSchemas.Values;

/// <summary>Finds a name that an object has twice.</summary>
internal static class DuplicateNames
{
    // Up to here comparing each with each is cheaper than a table.
    private const int Few = 12;

    /// <summary>Index of the second of two equal names; -1 where there is none.</summary>
    public static int Find(JsonToken[] tokens, int at, ReadOnlySpan<byte> source, ReadOnlySpan<byte> unescaped)
    {
        var names = tokens[at].Length;
        if (names < 2) return -1;
        var end = tokens[at].Extra;
        if (names <= Few)
        {
            Span<int> seen = stackalloc int[Few];
            var count = 0;
            for (var i = at + 1; i < end; i = After(tokens, i + 1))
            {
                for (var j = 0; j < count; j++)
                    if (tokens[seen[j]].Extra == tokens[i].Extra && Same(tokens, seen[j], i, source, unescaped)) return i;
                seen[count++] = i;
            }
            return -1;
        }

        var slots = (int)BitOperations.RoundUpToPowerOf2((uint)names * 2);
        var table = ArrayPool<int>.Shared.Rent(slots);
        table.AsSpan(0, slots).Clear();
        var found = -1;
        for (var i = at + 1; i < end && found < 0; i = After(tokens, i + 1))
        {
            var slot = tokens[i].Extra & (slots - 1);
            while (table[slot] != 0)
            {
                if (tokens[table[slot]].Extra == tokens[i].Extra && Same(tokens, table[slot], i, source, unescaped)) found = i;
                slot = (slot + 1) & (slots - 1);
            }
            table[slot] = i;
        }
        ArrayPool<int>.Shared.Return(table);
        return found;
    }

    private static int After(JsonToken[] tokens, int at) => tokens[at].Kind is JsonKind.Array or JsonKind.Object ? tokens[at].Extra : at + 1;

    private static bool Same(JsonToken[] tokens, int one, int other, ReadOnlySpan<byte> source, ReadOnlySpan<byte> unescaped)
    {
        var (a, b) = (tokens[one], tokens[other]);
        return (a.Unescaped ? unescaped : source).Slice(a.Start, a.Length).SequenceEqual((b.Unescaped ? unescaped : source).Slice(b.Start, b.Length));
    }
}
