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
    /// <summary>Writes the form of a text; nothing complete where it can't be read (<see cref="Invalid"/>).</summary>
    public static Result<Done> Write(ReadOnlyMemory<byte> utf8, IBufferWriter<byte> output, JsonLimits? limits = null)
    {
        if (JsonText.Read(utf8, limits ?? JsonLimits.Default, out var text) is { } fault) return new Invalid("", fault.Message);
        using (text) Write(text!, output);
        return Done.Result;
    }

    /// <summary>Writes the form of a text that was read.</summary>
    public static void Write(JsonText text, IBufferWriter<byte> output) => Write(text, 0, output);

    private static void Write(JsonText text, int at, IBufferWriter<byte> output)
    {
        var token = text.Tokens[at];
        switch (token.Kind)
        {
            case JsonKind.Null: output.Write("null"u8); break;
            case JsonKind.True: output.Write("true"u8); break;
            case JsonKind.False: output.Write("false"u8); break;
            case JsonKind.Number: WriteNumber(text.TextOf(at), output); break;
            case JsonKind.Array:
                output.Write("["u8);
                for (var i = at + 1; i < token.Extra; i = text.After(i))
                {
                    if (i > at + 1) output.Write(","u8);
                    Write(text, i, output);
                }
                output.Write("]"u8);
                break;
            case JsonKind.Object: WriteObject(text, at, output); break;
            default: WriteString(text.TextOf(at), output); break;
        }
    }

    private static void WriteObject(JsonText text, int at, IBufferWriter<byte> output)
    {
        var token = text.Tokens[at];
        var names = ArrayPool<int>.Shared.Rent(Math.Max(1, token.Length));
        var count = 0;
        for (var i = at + 1; i < token.Extra; i = text.After(i + 1)) names[count++] = i;
        names.AsSpan(0, count).Sort(new ByName(text));
        output.Write("{"u8);
        for (var i = 0; i < count; i++)
        {
            if (i > 0) output.Write(","u8);
            WriteString(text.TextOf(names[i]), output);
            output.Write(":"u8);
            Write(text, names[i] + 1, output);
        }
        output.Write("}"u8);
        ArrayPool<int>.Shared.Return(names);
    }

    private static void WriteString(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        output.Write("\""u8);
        while (!text.IsEmpty)
        {
            var plain = 0;
            while (plain < text.Length && text[plain] is >= 0x20 and not ((byte)'"' or (byte)'\\')) plain++;
            output.Write(text[..plain]);
            if (plain == text.Length) break;
            var b = text[plain];
            text = text[(plain + 1)..];
            var letter = b switch { 8 => 'b', 9 => 't', 10 => 'n', 12 => 'f', 13 => 'r', (byte)'"' => '"', (byte)'\\' => '\\', _ => '\0' };
            if (letter != '\0') output.Write([(byte)'\\', (byte)letter]);
            else output.Write(Encoding.ASCII.GetBytes($"\\u{b:x4}"));
        }
        output.Write("\""u8);
    }

    private static void WriteNumber(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        var number = ExactNumber.Read(text);
        if (number.IsZero)
        {
            output.Write("0"u8);
            return;
        }
        if (number.IsNegative) output.Write("-"u8);
        var digits = ExactNumber.DigitsOf(number, text);
        for (var i = 0; i < digits.Length; i++) digits[i] += (byte)'0';
        var point = number.Point;
        if (point is > 0 and <= 21)
        {
            var whole = (int)Math.Min(point, digits.Length);
            output.Write(digits.AsSpan(0, whole));
            for (var i = whole; i < point; i++) output.Write("0"u8);
            if (whole == digits.Length) return;
            output.Write("."u8);
            output.Write(digits.AsSpan(whole));
        }
        else if (point is > -6 and <= 0)
        {
            output.Write("0."u8);
            for (var i = point; i < 0; i++) output.Write("0"u8);
            output.Write(digits);
        }
        else
        {
            output.Write(digits.AsSpan(0, 1));
            if (digits.Length > 1)
            {
                output.Write("."u8);
                output.Write(digits.AsSpan(1));
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
            return (one >= 0xF0 && other >= 0xEE) || (other >= 0xF0 && one >= 0xEE) ? (one >= 0xF0) != (other >= 0xF0) ? other.CompareTo(one) : one.CompareTo(other) : one.CompareTo(other);
        }
    }
}
