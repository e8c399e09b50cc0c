using System.Buffers;
using System.Text;

namespace Babyhelm.Core.JsonSchemas.Values;

/// <summary>Says where in a text something is wrong.</summary>
internal static class TextPosition
{
    public static SchemaFault Fault(ReadOnlySpan<byte> source, int at, string what)
    {
        var before = source[..at];
        var line = before.Count((byte)'\n');
        return At(line, at - (before.LastIndexOf((byte)'\n') + 1), what);
    }

    /// <param name="line">From 0.</param>
    /// <param name="position">Bytes before it in its line.</param>
    public static SchemaFault Fault(ReadOnlySpan<byte> source, long line, long position)
    {
        if (source.Trim(" \t\r\n"u8).IsEmpty) return SchemaFault.OfText("There is no JSON text: it is empty.");
        var rest = source;
        for (var i = 0L; i < line && rest.IndexOf((byte)'\n') is var end and >= 0; i++) rest = rest[(end + 1)..];
        if (position >= rest.Length) return At(line, position, "is where the JSON text ends too early");
        return At(line, position, Rune.DecodeFromUtf8(rest[(int)position..], out var found, out _) == OperationStatus.Done && !Rune.IsControl(found) ? $"is not JSON: '{found}' can't stand there" : "is not JSON");
    }

    public static int FirstInvalid(ReadOnlySpan<byte> source)
    {
        var at = 0;
        while (at < source.Length && Rune.DecodeFromUtf8(source[at..], out _, out var length) == OperationStatus.Done) at += length;
        return Math.Min(at, source.Length);
    }

    private static SchemaFault At(long line, long position, string what) => SchemaFault.OfText($"Line {line + 1}, byte {position + 1} {what}.") with { Line = line + 1, Byte = position + 1 };
}
