using System.Globalization;
using System.Numerics;

namespace Babyhelm.Core.Liquid;

/// <summary>
/// Arithmetic as Ruby's: integers of any size stay integers, floats are calculated as decimals so that 0.1 and 0.2 make
/// 0.3, and division and remainder round down.
/// </summary>
internal static class Numbers
{
    /// <summary>Integers beyond this many bits are refused: repeated multiplication would use up memory.</summary>
    private const int MaxBits = 4096;

    /// <summary>Floats beyond this are calculated as doubles; decimals hold no more.</summary>
    private const double MaxDecimal = 1e27;

    /// <summary>The number that a value stands for in arithmetic; zero for what is none.</summary>
    public static LiquidValue Of(in LiquidValue value)
    {
        if (value.IsNumber) return value;
        if (value.Kind != LiquidKind.String) return 0;
        var text = value.AsString.AsSpan().Trim();
        return IsDecimal(text) ? double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) : LeadingInteger(text);
    }

    public static LiquidValue Add(in LiquidValue a, in LiquidValue b) => Calculate(a, b, (x, y) => x + y, (x, y) => x + y, (x, y) => x + y);

    public static LiquidValue Subtract(in LiquidValue a, in LiquidValue b) => Calculate(a, b, (x, y) => x - y, (x, y) => x - y, (x, y) => x - y);

    public static LiquidValue Multiply(in LiquidValue a, in LiquidValue b) => Calculate(a, b, (x, y) => x * y, (x, y) => x * y, (x, y) => x * y);

    public static LiquidValue Divide(in LiquidValue a, in LiquidValue b)
    {
        RefuseZero(b);
        return Calculate(a, b, (x, y) => (x - Remainder(x, y)) / y, (x, y) => x / y, (x, y) => x / y);
    }

    public static LiquidValue Modulo(in LiquidValue a, in LiquidValue b)
    {
        RefuseZero(b);
        return Calculate(a, b, Remainder, (x, y) => x % y is var r && r != 0 && (r < 0) != (y < 0) ? r + y : r, (x, y) => x - (y * Math.Floor(x / y)));
    }

    public static int Compare(in LiquidValue a, in LiquidValue b)
    {
        var (x, y) = (Of(a), Of(b));
        if (x.Kind == LiquidKind.Integer && y.Kind == LiquidKind.Integer)
            return x.AsBigInteger is null && y.AsBigInteger is null ? x.AsInteger.CompareTo(y.AsInteger) : Big(x).CompareTo(Big(y));
        return TryDecimal(x, out var left) && TryDecimal(y, out var right) ? left.CompareTo(right) : Double(x).CompareTo(Double(y));
    }

    public static LiquidValue Absolute(in LiquidValue value) => Compare(value, 0) < 0 ? Subtract(0, value) : Of(value);

    /// <summary>Rounded half away from zero to that many places; to an integer for zero places or less.</summary>
    public static LiquidValue Round(in LiquidValue value, long places)
    {
        var number = Of(value);
        if (places > 0)
        {
            if (number.Kind == LiquidKind.Integer || !TryDecimal(number, out var fraction)) return number;
            return ToDouble(decimal.Round(fraction, (int)Math.Min(places, 28), MidpointRounding.AwayFromZero));
        }
        if (places == 0) return Whole(number, x => decimal.Round(x, MidpointRounding.AwayFromZero), x => Math.Round(x, MidpointRounding.AwayFromZero));
        if (places < -1000) return 0;
        var unit = BigInteger.Pow(10, (int)-places);
        var whole = Big(Whole(number, decimal.Truncate, Math.Truncate));
        var rest = BigInteger.Abs(whole % unit);
        var down = whole - (whole % unit);
        return LiquidValue.From(rest * 2 >= unit ? down + (unit * whole.Sign) : down);
    }

    public static LiquidValue Ceiling(in LiquidValue value) => Whole(Of(value), decimal.Ceiling, Math.Ceiling);

    public static LiquidValue Floor(in LiquidValue value) => Whole(Of(value), decimal.Floor, Math.Floor);

    /// <summary>An integer where one is required: an integer, or text that is one.</summary>
    public static long RequireInteger(in LiquidValue value, string what)
    {
        if (value.Kind == LiquidKind.Integer) return value.AsBigInteger is { } big ? (big.Sign < 0 ? long.MinValue : long.MaxValue) : value.AsInteger;
        return value.Kind == LiquidKind.String && long.TryParse(value.AsString.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed)
            ? parsed
            : throw new LiquidException($"The {what} is not an integer.");
    }

    /// <summary>An integer as <c>to_i</c> makes it: floats are cut, text gives its leading digits, nil is zero.</summary>
    public static long CutToInteger(in LiquidValue value, string what) => value.Kind switch
    {
        LiquidKind.Nil => 0,
        LiquidKind.Integer or LiquidKind.Float or LiquidKind.String => RequireInteger(
            Whole(value.Kind == LiquidKind.String ? LeadingInteger(value.AsString.AsSpan().Trim()) : value, decimal.Truncate, Math.Truncate), what),
        _ => throw new LiquidException($"The {what} is not an integer."),
    };

    private static LiquidValue Calculate(
        in LiquidValue a, in LiquidValue b, Func<BigInteger, BigInteger, BigInteger> integers, Func<decimal, decimal, decimal> decimals, Func<double, double, double> doubles)
    {
        var (x, y) = (Of(a), Of(b));
        if (x.Kind == LiquidKind.Integer && y.Kind == LiquidKind.Integer)
        {
            var result = integers(Big(x), Big(y));
            return result.GetBitLength() <= MaxBits ? LiquidValue.From(result) : throw new LiquidException("The number is too large.");
        }
        if (TryDecimal(x, out var left) && TryDecimal(y, out var right))
            try
            {
                return ToDouble(decimals(left, right));
            }
            catch (OverflowException)
            {
                return doubles(Double(x), Double(y));
            }
        return doubles(Double(x), Double(y));
    }

    private static LiquidValue Whole(in LiquidValue number, Func<decimal, decimal> decimals, Func<double, double> doubles)
    {
        if (number.Kind == LiquidKind.Integer) return number;
        if (TryDecimal(number, out var exact)) return LiquidValue.From((BigInteger)decimals(exact));
        return double.IsFinite(number.AsFloat)
            ? LiquidValue.From((BigInteger)doubles(number.AsFloat))
            : throw new LiquidException("The number is infinite.");
    }

    private static void RefuseZero(in LiquidValue divisor)
    {
        if (Compare(divisor, 0) == 0) throw new LiquidException("Division by zero.");
    }

    private static BigInteger Remainder(BigInteger x, BigInteger y)
    {
        var rest = x % y;
        return !rest.IsZero && (rest.Sign < 0) != (y.Sign < 0) ? rest + y : rest;
    }

    private static BigInteger Big(in LiquidValue integer) => integer.AsBigInteger ?? integer.AsInteger;

    private static double Double(in LiquidValue number) => number.Kind == LiquidKind.Float ? number.AsFloat : (double)Big(number);

    private static double ToDouble(decimal value) => double.Parse(value.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static bool TryDecimal(in LiquidValue number, out decimal value)
    {
        value = 0;
        if (number.Kind == LiquidKind.Integer)
        {
            if (number.AsBigInteger is not null) return false;
            value = number.AsInteger;
            return true;
        }
        return Math.Abs(number.AsFloat) < MaxDecimal
            && decimal.TryParse(number.AsFloat.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    private static bool IsDecimal(ReadOnlySpan<char> text)
    {
        if (text.Length > 0 && text[0] == '-') text = text[1..];
        var dot = text.IndexOf('.');
        return dot > 0 && dot < text.Length - 1 && text.Length < 400
            && !text[..dot].ContainsAnyExceptInRange('0', '9') && !text[(dot + 1)..].ContainsAnyExceptInRange('0', '9');
    }

    private static LiquidValue LeadingInteger(ReadOnlySpan<char> text)
    {
        var end = text.Length > 0 && text[0] is '-' or '+' ? 1 : 0;
        while (end < Math.Min(text.Length, 1000) && char.IsAsciiDigit(text[end])) end++;
        return BigInteger.TryParse(text[..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? LiquidValue.From(value) : 0;
    }
}
