using System.Text;

namespace Babyhelm.Core.JsonSchemas.Formats;

/// <summary>Decodes labels of RFC 3492, to tell whether a label that begins with <c>xn--</c> says anything.</summary>
internal static class Punycode
{
    private const int Base = 36;

    /// <summary>Whether a label with two hyphens in the third and fourth place is one of an international name.</summary>
    public static bool IsLabel(ReadOnlySpan<byte> label)
    {
        if ((label[0] | 0x20) != 'x' || (label[1] | 0x20) != 'n') return false;
        var encoded = label[4..];
        var plain = Math.Max(0, encoded.LastIndexOf((byte)'-'));
        long count = plain;
        var (value, bias, position, code) = (0L, 72L, 0L, 128L);
        var rest = plain > 0 ? encoded[(plain + 1)..] : encoded;
        if (rest.IsEmpty) return false;
        while (!rest.IsEmpty)
        {
            var (before, weight) = (value, 1L);
            for (long k = Base; ; k += Base)
            {
                if (rest.IsEmpty) return false;
                var digit = Digit(rest[0]);
                rest = rest[1..];
                value += digit * weight;
                if (digit < 0 || value > int.MaxValue) return false;
                var least = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
                if (digit < least) break;
                weight *= Base - least;
                if (weight > int.MaxValue) return false;
            }
            count++;
            bias = Adapt(value - before, count, before == 0 && position == 0);
            position = 1;
            code += value / count;
            value = value % count + 1;
            if (!Rune.IsValid(code > int.MaxValue ? -1 : (int)code)) return false;
        }
        return true;
    }

    private static int Digit(byte b) => (char)b switch
    {
        >= 'a' and <= 'z' => b - 'a',
        >= 'A' and <= 'Z' => b - 'A',
        >= '0' and <= '9' => b - '0' + 26,
        _ => -1,
    };

    private static long Adapt(long delta, long count, bool first)
    {
        delta = first ? delta / 700 : delta / 2;
        delta += delta / count;
        var k = 0;
        for (; delta > (Base - 1) * 26 / 2; k += Base) delta /= Base - 1;
        return k + (Base * delta) / (delta + 38);
    }
}
