using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Babyhelm.Core.Kubernetes;

/// <summary>Block-style YAML: two spaces per level, lists at the level of their key, as kubectl prints it.</summary>
internal sealed class YamlWriter(StringBuilder text)
{
    /// <summary>Keys longer than this need the explicit form: a plain key may have 1024 characters at most.</summary>
    private const int LongKey = 500;

    internal void Write(JsonNode? document)
    {
        if (document is JsonObject { Count: > 0 } fields) WriteFields(fields, 0);
        else if (document is JsonArray { Count: > 0 } items) WriteItems(items, 0);
        else WriteScalar(document, 2);
    }

    private void WriteFields(JsonObject fields, int indent, bool firstInPlace = false)
    {
        foreach (var (key, value) in fields)
        {
            if (!firstInPlace) text.Append(' ', indent);
            firstInPlace = false;
            var name = Scalar(key);
            if (name.Length > LongKey) text.Append("? ").Append(name).Append('\n').Append(' ', indent);
            else text.Append(name);
            text.Append(':');
            switch (value)
            {
                case JsonObject { Count: > 0 } inner:
                    text.Append('\n');
                    WriteFields(inner, indent + 2);
                    break;
                case JsonArray { Count: > 0 } items:
                    text.Append('\n');
                    WriteItems(items, indent);
                    break;
                default:
                    text.Append(' ');
                    WriteScalar(value, indent + 2);
                    break;
            }
        }
    }

    private void WriteItems(JsonArray items, int indent, bool firstInPlace = false)
    {
        foreach (var item in items)
        {
            if (!firstInPlace) text.Append(' ', indent);
            firstInPlace = false;
            text.Append("- ");
            if (item is JsonObject { Count: > 0 } fields) WriteFields(fields, indent + 2, firstInPlace: true);
            else if (item is JsonArray { Count: > 0 } inner) WriteItems(inner, indent + 2, firstInPlace: true);
            else WriteScalar(item, indent + 2);
        }
    }

    private void WriteScalar(JsonNode? value, int indent)
    {
        if (value is JsonObject) text.Append("{}");
        else if (value is JsonArray) text.Append("[]");
        else if (value is null) text.Append("null");
        else
        {
            var kind = value.GetValueKind();
            if (kind == JsonValueKind.String) WriteString(value.GetValue<string>(), indent);
            else text.Append(kind == JsonValueKind.Number ? Number(value.ToJsonString()) : kind == JsonValueKind.True ? "true" : "false");
        }
        text.Append('\n');
    }

    private void WriteString(string value, int indent)
    {
        if (!FitsLiteralBlock(value))
        {
            text.Append(Scalar(value));
            return;
        }
        text.Append(value.EndsWith('\n') ? "|" : "|-");
        foreach (var line in value.TrimEnd('\n').Split('\n'))
        {
            text.Append('\n');
            if (line.Length > 0) text.Append(' ', indent).Append(line);
        }
    }

    /// <summary>Only texts for which no reader can disagree about indentation or the end; all others are quoted.</summary>
    private static bool FitsLiteralBlock(string value)
    {
        if (!value.Contains('\n') || value[0] is ' ' or '\t' or '\n' || value.EndsWith("\n\n", StringComparison.Ordinal)) return false;
        foreach (var line in value.Split('\n'))
            if (line.Length > 0 && string.IsNullOrWhiteSpace(line)) return false;
        return !value.Any(c => c is not ('\n' or '\t') && NeedsEscape(c)) && !value.Any(char.IsSurrogate);
    }

    private static string Scalar(string value) => YamlScalars.IsPlain(value) ? value : Quoted(value);

    private static string Quoted(string value)
    {
        var quoted = new StringBuilder(value.Length + 2).Append('"');
        foreach (var rune in value.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '"': quoted.Append("\\\""); break;
                case '\\': quoted.Append("\\\\"); break;
                case '\n': quoted.Append("\\n"); break;
                case '\r': quoted.Append("\\r"); break;
                case '\t': quoted.Append("\\t"); break;
                case var c when c <= 0xFFFF && NeedsEscape((char)c): quoted.Append("\\u").Append(c.ToString("X4", CultureInfo.InvariantCulture)); break;
                default: quoted.Append(rune); break;
            }
        }
        return quoted.Append('"').ToString();
    }

    /// <summary>Control characters and the line breaks and marks that some readers fold or strip.</summary>
    private static bool NeedsEscape(char c) => c is < ' ' or (>= '\u007F' and <= '\u00A0') or '\u2028' or '\u2029' or '\uFEFF' or '\uFFFE' or '\uFFFF';

    /// <summary>YAML 1.1 takes a number with an exponent for a float only if it has a dot and a sign.</summary>
    private static string Number(string json)
    {
        if (json.AsSpan().IndexOfAny('e', 'E') < 0) return json;
        var number = double.Parse(json, CultureInfo.InvariantCulture);
        if (Math.Abs(number) < 1e15 && number == Math.Truncate(number)) return ((long)number).ToString(CultureInfo.InvariantCulture);
        var plain = number.ToString("R", CultureInfo.InvariantCulture);
        var exponent = plain.IndexOf('E');
        return exponent < 0 || plain.Contains('.') ? plain : plain.Insert(exponent, ".0");
    }
}
