using System.Numerics;

namespace Babyhelm.Core.JsonSchemas.Values;

/// <summary>
/// A JSON number without loss: 0.d1d2d3… times ten to the power of <see cref="Point"/>, where d1 and the last digit are not zero.
/// The first 19 digits are at hand; the rest is read from the text where two numbers agree on them.
/// </summary>
internal readonly struct ExactNumber
{
    public const int HeadDigits = 19;

    private ExactNumber(bool negative, long point, ulong head, int digits) => (IsNegative, Point, Head, Digits) = (negative, point, head, digits);

    public bool IsNegative { get; }

    public long Point { get; }

    /// <summary>The first 19 digits, filled up with zeros.</summary>
    public ulong Head { get; }

    /// <summary>How many digits there are; 0 for zero.</summary>
    public int Digits { get; }

    public bool IsZero => Digits == 0;

    public bool IsInteger => Digits == 0 || Point >= Digits;

    /// <summary>Reads a number that was checked to be one of JSON, with an exponent of at most 9 digits.</summary>
    public static ExactNumber Read(ReadOnlySpan<byte> text)
    {
        var i = text[0] == (byte)'-' ? 1 : 0;
        var negative = i == 1;
        var (point, digits, last, fraction) = (0L, 0, 0, false);
        ulong head = 0;
        for (; i < text.Length; i++)
        {
            var digit = text[i] - '0';
            if ((uint)digit > 9)
            {
                if (text[i] != (byte)'.') break;
                fraction = true;
                continue;
            }
            if (digits == 0 && digit == 0)
            {
                if (fraction) point--;
                continue;
            }
            if (!fraction) point++;
            digits++;
            if (digits <= HeadDigits) head = head * 10 + (ulong)digit;
            if (digit != 0) last = digits;
        }
        if (digits == 0) return default;
        for (; digits < HeadDigits; digits++) head *= 10;
        return new ExactNumber(negative, point + Exponent(text[i..]), head, last);
    }

    public static int Compare(in ExactNumber a, ReadOnlySpan<byte> aText, in ExactNumber b, ReadOnlySpan<byte> bText)
    {
        if (a.IsZero || b.IsZero || a.IsNegative != b.IsNegative) return Sign(a).CompareTo(Sign(b));
        var size = a.Point.CompareTo(b.Point);
        if (size == 0) size = a.Head.CompareTo(b.Head);
        if (size == 0) size = Rest(a, aText).SequenceCompareTo(Rest(b, bText));
        return a.IsNegative ? -size : size;
    }

    /// <summary>Whether <paramref name="number"/> is a whole multiple of <paramref name="unit"/>, which is more than zero.</summary>
    public static bool IsMultiple(in ExactNumber number, ReadOnlySpan<byte> text, in ExactNumber unit, ReadOnlySpan<byte> unitText)
    {
        if (number.IsZero) return true;
        var shift = number.Point - number.Digits - (unit.Point - unit.Digits);
        if (shift < 0) return false; // the number's last digit is not zero, so no power of ten can be taken out of it
        var divisor = BigInteger.Zero;
        foreach (var digit in DigitsOf(unit, unitText)) divisor = divisor * 10 + digit;
        if (divisor <= 999_999_999)
        {
            var small = (ulong)divisor;
            ulong rest = 0;
            if (number.Digits <= HeadDigits) rest = number.Head / Power(HeadDigits - number.Digits) % small;
            else foreach (var digit in DigitsOf(number, text)) rest = (rest * 10 + digit) % small;
            return rest * PowerModulo(shift, small) % small == 0;
        }
        var (sum, part, count) = (BigInteger.Zero, 0UL, 0);
        foreach (var digit in DigitsOf(number, text))
        {
            part = part * 10 + digit;
            if (++count < 18) continue;
            sum = (sum * Power(count) + part) % divisor;
            (part, count) = (0, 0);
        }
        sum = (sum * Power(count) + part) % divisor;
        return (sum * BigInteger.ModPow(10, shift, divisor) % divisor).IsZero;
    }

    public static ulong Power(int exponent)
    {
        var result = 1UL;
        for (var i = 0; i < exponent; i++) result *= 10;
        return result;
    }

    /// <summary>The digits, as numbers from 0 to 9, without zeros before and after.</summary>
    public static byte[] DigitsOf(in ExactNumber number, ReadOnlySpan<byte> text)
    {
        var digits = new byte[number.Digits];
        CopyDigits(text, digits);
        return digits;
    }

    /// <summary>The same into memory of just the right size.</summary>
    public static void CopyDigits(ReadOnlySpan<byte> text, Span<byte> digits)
    {
        var count = 0;
        foreach (var b in text)
        {
            if (count == digits.Length) break;
            if (b is >= (byte)'0' and <= (byte)'9' && (count > 0 || b != (byte)'0')) digits[count++] = (byte)(b - '0');
        }
    }

    private static ReadOnlySpan<byte> Rest(in ExactNumber number, ReadOnlySpan<byte> text) => number.Digits <= HeadDigits ? [] : DigitsOf(number, text).AsSpan(HeadDigits);

    private static int Sign(in ExactNumber number) => number.IsZero ? 0 : number.IsNegative ? -1 : 1;

    private static long Exponent(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2) return 0;
        var exponent = 0L;
        foreach (var b in text[1..])
            if (b is not ((byte)'+' or (byte)'-')) exponent = exponent * 10 + (b - '0');
        return text[1] == (byte)'-' ? -exponent : exponent;
    }

    private static ulong PowerModulo(long exponent, ulong modulus)
    {
        var (result, power) = (1 % modulus, 10 % modulus);
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0) result = result * power % modulus;
            power = power * power % modulus;
        }
        return result;
    }
}
