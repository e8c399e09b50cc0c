using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Babyhelm.Core.Sandbox;

/// <summary>Kubernetes quantities: a decimal number with an optional binary (Ki), decimal (k, m) or exponent suffix.</summary>
internal static partial class Quantity
{
    public const string Rule = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

    /// <summary>The amount, or null when the text is no quantity.</summary>
    public static decimal? Parse(string? text)
    {
        if (text is null || Pattern().Match(text) is not { Success: true } match) return null;
        if (!decimal.TryParse(match.Groups[1].ValueSpan, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return null;
        try
        {
            return match.Groups[2].Value switch
            {
                "" => number,
                "n" => number / 1_000_000_000m,
                "u" => number / 1_000_000m,
                "m" => number / 1000m,
                "k" => number * 1000m,
                "M" => number * 1_000_000m,
                "G" => number * 1_000_000_000m,
                "T" => number * 1_000_000_000_000m,
                "P" => number * 1_000_000_000_000_000m,
                "E" => number * 1_000_000_000_000_000_000m,
                "Ki" => number * (1L << 10),
                "Mi" => number * (1L << 20),
                "Gi" => number * (1L << 30),
                "Ti" => number * (1L << 40),
                "Pi" => number * (1L << 50),
                "Ei" => number * (1L << 60),
                var e => number * (decimal)Math.Pow(10, int.Parse(e.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)),
            };
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    public static decimal Of(JsonNode? node) => Parse(node.Scalar()) ?? 0;

    /// <summary>The shortest usual way to write an amount: whole binary units for memory, milli for fractions.</summary>
    public static string Format(decimal amount, bool binary)
    {
        if (amount != decimal.Truncate(amount)) return (amount * 1000m).ToString("0.###", CultureInfo.InvariantCulture) + "m";
        if (binary && amount != 0)
        {
            ReadOnlySpan<string> units = ["Ki", "Mi", "Gi", "Ti", "Pi"];
            var unit = -1;
            while (unit + 1 < units.Length && amount % 1024 == 0) (amount, unit) = (amount / 1024, unit + 1);
            return amount.ToString("0", CultureInfo.InvariantCulture) + (unit < 0 ? "" : units[unit]);
        }
        return amount.ToString("0", CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2}|)$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
