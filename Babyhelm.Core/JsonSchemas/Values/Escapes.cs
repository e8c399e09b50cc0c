using System.Globalization;
using System.Text;

namespace Babyhelm.Core.JsonSchemas.Values;

/// <summary>Takes the escapes out of a JSON string whose syntax was checked.</summary>
internal static class Escapes
{
    /// <summary>Bytes written, never more than the source has; -1 for half of a surrogate pair.</summary>
    public static int Remove(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var (at, written) = (0, 0);
        while (at < source.Length)
        {
            var plain = source[at..].IndexOf((byte)'\\');
            if (plain < 0) plain = source.Length - at;
            source.Slice(at, plain).CopyTo(target[written..]);
            at += plain;
            written += plain;
            if (at == source.Length) break;
            var letter = source[at + 1];
            at += 2;
            if (letter != (byte)'u')
            {
                target[written++] = letter switch { (byte)'b' => 8, (byte)'f' => 12, (byte)'n' => 10, (byte)'r' => 13, (byte)'t' => 9, _ => letter };
                continue;
            }
            int code = Hex(source[at..]);
            at += 4;
            if (char.IsHighSurrogate((char)code))
            {
                if (source.Length - at < 6 || source[at] != (byte)'\\' || source[at + 1] != (byte)'u' || !char.IsLowSurrogate((char)Hex(source[(at + 2)..]))) return -1;
                code = char.ConvertToUtf32((char)code, (char)Hex(source[(at + 2)..]));
                at += 6;
            }
            else if (char.IsLowSurrogate((char)code))
            {
                return -1;
            }
            written += new Rune(code).EncodeToUtf8(target[written..]);
        }
        return written;
    }

    private static ushort Hex(ReadOnlySpan<byte> text) => ushort.Parse(text[..4], NumberStyles.AllowHexSpecifier);
}
