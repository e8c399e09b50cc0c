using System.Buffers;
using System.Globalization;
using System.Text;
using Babyhelm.Core.Common;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas;

/// <summary>
/// One form for all JSON texts of equal value, after RFC 8785: members sorted by the UTF-16 units of their names, no space, the least
/// of escapes, numbers as ECMAScript prints them. Unlike there numbers keep all of their digits, also where a double would lose some,
/// so that different values never have the same form.
/// </summary>
public static class CanonicalJson
{
    private const int MostOnStack = 64;

    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, 32).Select(b => (byte)b), (byte)'"', (byte)'\\']);

    /// <summary>Writes the form of a text; nothing complete where it can't be read (<see cref="Invalid"/>).</summary>
    public static Result<Done> Write(ReadOnlyMemory<byte> utf8, IBufferWriter<byte> output, JsonLimits? limits = null)
    {
        if (JsonText.Read(utf8, limits ?? JsonLimits.Default, out var text) is { } fault) return new Invalid("", fault.Message);
        using (text) Write(text!, output);
        return Done.Result;
    }

    /// <summary>Writes the form of a text that was read.</summary>
    public static void Write(JsonText text, IBufferWriter<byte> output)
    {
        var writer = new CanonicalWriter(output);
        WriteValue(text, 0, ref writer);
        writer.Flush();
    }

    private static void WriteValue(JsonText text, int at, ref CanonicalWriter output)
    {
        var token = text.Tokens[at];
        switch (token.Kind)
        {
            case JsonKind.Null: output.Write("null"u8); break;
            case JsonKind.True: output.Write("true"u8); break;
            case JsonKind.False: output.Write("false"u8); break;
            case JsonKind.Number: WriteNumber(text.TextOf(at), token.Fractional, ref output); break;
            case JsonKind.Array:
                output.Write((byte)'[');
                for (var i = at + 1; i < token.Extra; i = text.After(i))
                {
                    if (i > at + 1) output.Write((byte)',');
                    WriteValue(text, i, ref output);
                }
                output.Write((byte)']');
                break;
            case JsonKind.Object: WriteObject(text, at, ref output); break;
            default: WriteString(text.TextOf(at), ref output); break;
        }
    }

    private static void WriteObject(JsonText text, int at, ref CanonicalWriter output)
    {
        var token = text.Tokens[at];
        var names = ArrayPool<int>.Shared.Rent(Math.Max(1, token.Length));
        var count = 0;
        for (var i = at + 1; i < token.Extra; i = text.After(i + 1)) names[count++] = i;
        names.AsSpan(0, count).Sort(new ByName(text));
        output.Write((byte)'{');
        for (var i = 0; i < count; i++)
        {
            if (i > 0) output.Write((byte)',');
            WriteString(text.TextOf(names[i]), ref output);
            output.Write((byte)':');
            WriteValue(text, names[i] + 1, ref output);
        }
        output.Write((byte)'}');
        ArrayPool<int>.Shared.Return(names);
    }

    private static void WriteString(ReadOnlySpan<byte> text, ref CanonicalWriter output)
    {
        output.Write((byte)'"');
        while (text.IndexOfAny(Escaped) is var plain and >= 0)
        {
            output.Write(text[..plain]);
            var b = text[plain];
            text = text[(plain + 1)..];
            output.Write((byte)'\\');
            var letter = b switch { 8 => 'b', 9 => 't', 10 => 'n', 12 => 'f', 13 => 'r', (byte)'"' => '"', (byte)'\\' => '\\', _ => 'u' };
            output.Write((byte)letter);
            if (letter == 'u') output.Write(Encoding.ASCII.GetBytes($"{b:x4}"));
        }
        output.Write(text);
        output.Write((byte)'"');
    }

    private static void WriteNumber(ReadOnlySpan<byte> text, bool fractional, ref CanonicalWriter output)
    {
        // A whole number without zeros behind it is written just so; others are taken apart.
        if (!fractional && text.Length < ExactNumber.HeadDigits && !text.SequenceEqual("-0"u8))
        {
            output.Write(text);
            return;
        }
        var number = ExactNumber.Read(text);
        if (number.IsZero)
        {
            output.Write((byte)'0');
            return;
        }
        if (number.IsNegative) output.Write((byte)'-');
        var digits = number.Digits <= MostOnStack ? stackalloc byte[number.Digits] : new byte[number.Digits];
        ExactNumber.CopyDigits(text, digits);
        foreach (ref var digit in digits) digit += (byte)'0';
        var point = number.Point;
        if (point is > 0 and <= 21)
        {
            var whole = (int)Math.Min(point, digits.Length);
            output.Write(digits[..whole]);
            for (var i = whole; i < point; i++) output.Write((byte)'0');
            if (whole == digits.Length) return;
            output.Write((byte)'.');
            output.Write(digits[whole..]);
        }
        else if (point is > -6 and <= 0)
        {
            output.Write("0."u8);
            for (var i = point; i < 0; i++) output.Write((byte)'0');
            output.Write(digits);
        }
        else
        {
            output.Write(digits[0]);
            if (digits.Length > 1)
            {
                output.Write((byte)'.');
                output.Write(digits[1..]);
            }
            output.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"e{(point > 0 ? "+" : "")}{point - 1}")));
        }
    }

    /// <summary>By UTF-16 units, compared in UTF-8: only characters beyond U+FFFF have another place there.</summary>
    private readonly struct ByName(JsonText text) : IComparer<int>
    {
        public int Compare(int x, int y)
        {
            var a = text.TextOf(x);
            var b = text.TextOf(y);
            var same = a.CommonPrefixLength(b);
            if (same == a.Length || same == b.Length) return a.Length.CompareTo(b.Length);
            var (one, other) = (a[same], b[same]);
            // Of what begins with 0xEE and more, four bytes are two surrogates, which come before U+E000.
            return one >= 0xEE && other >= 0xEE && one >= 0xF0 != other >= 0xF0 ? other.CompareTo(one) : one.CompareTo(other);
        }
    }
}
