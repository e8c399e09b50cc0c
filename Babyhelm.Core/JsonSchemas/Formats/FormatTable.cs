using System.Text;
using Babyhelm.Core.JsonSchemas.Patterns;

namespace Babyhelm.Core.JsonSchemas.Formats;

/// <summary>Whether a text, UTF-8, has a format.</summary>
internal delegate bool FormatCheck(ReadOnlySpan<byte> text);

/// <summary>The formats of draft 2020-12 that can be asserted; others only describe.</summary>
internal static class FormatTable
{
    private static readonly Dictionary<string, FormatCheck> Checks = new()
    {
        ["date-time"] = DateFormats.IsDateTime,
        ["date"] = DateFormats.IsDate,
        ["time"] = DateFormats.IsTime,
        ["duration"] = DurationFormat.IsDuration,
        ["email"] = text => MailFormat.IsAddress(text, international: false),
        ["idn-email"] = text => MailFormat.IsAddress(text, international: true),
        ["hostname"] = HostFormats.IsHostname,
        ["ipv4"] = HostFormats.IsIPv4,
        ["ipv6"] = HostFormats.IsIPv6,
        ["uri"] = text => UriFormat.IsReference(text, international: false) && UriFormat.HasScheme(text),
        ["uri-reference"] = text => UriFormat.IsReference(text, international: false),
        ["iri"] = text => UriFormat.IsReference(text, international: true) && UriFormat.HasScheme(text),
        ["iri-reference"] = text => UriFormat.IsReference(text, international: true),
        ["uri-template"] = UriTemplateFormat.IsTemplate,
        ["uuid"] = IsUuid,
        ["json-pointer"] = PointerFormats.IsPointer,
        ["relative-json-pointer"] = PointerFormats.IsRelativePointer,
        ["regex"] = IsRegex,
    };

    public static FormatCheck? Find(string name) => Checks.GetValueOrDefault(name);

    private static bool IsUuid(ReadOnlySpan<byte> text)
    {
        if (text.Length != 36) return false;
        for (var i = 0; i < text.Length; i++)
            if (i is 8 or 13 or 18 or 23 ? text[i] != (byte)'-' : !char.IsAsciiHexDigit((char)text[i])) return false;
        return true;
    }

    private static bool IsRegex(ReadOnlySpan<byte> text) => SchemaPattern.Compile(Encoding.UTF8.GetString(text), SchemaOptions.Default).Error is null;
}
