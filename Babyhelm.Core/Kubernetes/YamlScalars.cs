using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Babyhelm.Core.Kubernetes;

/// <summary>Types of plain scalars: read as kubectl's parser does, and quoted on writing where any version could disagree.</summary>
internal static partial class YamlScalars
{
    /// <summary>Words that YAML 1.1 or 1.2 takes for null, a boolean or a number.</summary>
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity",
    };

    /// <summary>Letter or slash first (an underscore may begin a number), then no character with a meaning of its own; inner single spaces.</summary>
    [GeneratedRegex(@"\A[A-Za-z/][A-Za-z0-9_./@+=-]*(?:[ :][A-Za-z0-9_./@+=(-][A-Za-z0-9_./@+=)-]*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainText { get; }

    /// <summary>Quantities such as 100m and 128Mi, which no version takes for a number.</summary>
    [GeneratedRegex(@"\A[0-9]{1,12}(?:m|Ki|Mi|Gi|Ti)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Quantity { get; }

    [GeneratedRegex(@"\A[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Float { get; }

    internal static bool IsPlain(string text) =>
        text.Length is > 0 and <= 1024 && (PlainText.IsMatch(text) || Quantity.IsMatch(text)) && !Reserved.Contains(text);

    /// <summary>False for what is a number but has no JSON form: infinities and not-a-number.</summary>
    internal static bool TryResolve(string text, out JsonNode? value)
    {
        value = null;
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return true;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "y" or "Y":
                value = JsonValue.Create(true);
                return true;
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" or "n" or "N":
                value = JsonValue.Create(false);
                return true;
            case ".nan" or ".NaN" or ".NAN" or ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF" or "-.inf" or "-.Inf" or "-.INF":
                return false;
        }
        value = text[0] is (>= '0' and <= '9') or '-' or '+' or '.' ? Number(text.Replace("_", "", StringComparison.Ordinal)) : null;
        value ??= JsonValue.Create(text);
        return true;
    }

    private static JsonValue? Number(string text)
    {
        var negative = text.StartsWith('-');
        var digits = text.AsSpan(text.Length > 0 && text[0] is '-' or '+' ? 1 : 0);
        var (radix, skip) = digits switch
        {
            ['0', 'x' or 'X', ..] => (16u, 2),
            ['0', 'o' or 'O', ..] => (8u, 2),
            ['0', 'b' or 'B', ..] => (2u, 2),
            ['0', _, ..] => (8u, 1),
            _ => (10u, 0),
        };
        if (TryInteger(digits[skip..], radix, out var magnitude))
        {
            if (!negative) return magnitude <= long.MaxValue ? JsonValue.Create((long)magnitude) : JsonValue.Create(magnitude);
            if (magnitude <= 1UL << 63) return JsonValue.Create(unchecked(-(long)magnitude));
        }
        return Float.IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : null;
    }

    private static bool TryInteger(ReadOnlySpan<char> digits, uint radix, out ulong value)
    {
        value = 0;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiHexDigit(c) ? (uint)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10) : uint.MaxValue;
            if (digit >= radix || value > (ulong.MaxValue - digit) / radix) return false;
            value = value * radix + digit;
        }
        return digits.Length > 0;
    }
}
