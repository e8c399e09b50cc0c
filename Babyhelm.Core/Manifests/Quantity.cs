using System.Globalization;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Manifests;

/// <summary>
/// A Kubernetes quantity: a decimal number with a binary suffix (Ki to Ei), a decimal suffix (n, u, m, k, M to E) or an
/// exponent (<c>1e3</c>). Never negative here; at most 10^18 times a unit, finest is a billionth.
/// </summary>
/// <param name="Value">The number in base units: cores or bytes.</param>
/// <param name="Text">As it was written.</param>
public readonly record struct Quantity(decimal Value, string Text) : IComparable<Quantity>
{
    private const int MaxLength = 32;
    private const decimal Largest = 1e18m;

    /// <summary>The quantity that <paramref name="text"/> means, or an <see cref="Invalid"/> on <paramref name="field"/>.</summary>
    public static Result<Quantity> Parse(string? text, string field = "")
    {
        if (string.IsNullOrEmpty(text)) return new Invalid(field, "Give a quantity, for example 500m or 256Mi.");
        if (text.Length > MaxLength) return new Invalid(field, $"A quantity has at most {MaxLength} characters.");

        var end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.')) end++;
        var number = text.AsSpan(0, end);
        var bad = new Invalid(field, $"'{Shown(text)}' is not a quantity; write a number with an optional unit, for example 500m, 0.5, 256Mi or 1Gi.");
        if (number.IndexOfAnyInRange('0', '9') < 0 || number.Count('.') > 1) return bad;
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) return TooLarge(field);
        if (Scale(text.AsSpan(end)) is not { } scale) return bad;
        if (value != 0 && (scale > Largest || value > Largest / Math.Max(scale, 1e-9m))) return TooLarge(field);

        value *= scale;
        return decimal.Round(value, 9) == value
            ? new Quantity(value, text)
            : new Invalid(field, $"'{Shown(text)}' is finer than a billionth.");
    }

    public int CompareTo(Quantity other) => Value.CompareTo(other.Value);

    public override string ToString() => Text;

    private static Invalid TooLarge(string field) => new(field, "The quantity is too large.");

    private static string Shown(string text) => string.Concat(text.Select(c => char.IsAscii(c) && !char.IsControl(c) ? c : '?'));

    private static decimal? Scale(ReadOnlySpan<char> suffix) => suffix switch
    {
        "" => 1,
        "n" => 1e-9m,
        "u" => 1e-6m,
        "m" => 1e-3m,
        "k" => 1e3m,
        "M" => 1e6m,
        "G" => 1e9m,
        "T" => 1e12m,
        "P" => 1e15m,
        "E" => 1e18m,
        "Ki" => 1L << 10,
        "Mi" => 1L << 20,
        "Gi" => 1L << 30,
        "Ti" => 1L << 40,
        "Pi" => 1L << 50,
        "Ei" => 1L << 60,
        _ => suffix[0] is 'e' or 'E' ? Exponent(suffix[1..]) : null,
    };

    /// <summary>Ten to the power; powers beyond what a quantity can hold become one that is refused as too large or too fine.</summary>
    private static decimal? Exponent(ReadOnlySpan<char> digits)
    {
        if (!int.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power)) return null;
        if (power is > 20 or < -20) power = power > 0 ? 20 : -20;
        var scale = 1m;
        for (var i = Math.Abs(power); i > 0; i--) scale = power > 0 ? scale * 10 : scale / 10;
        return scale;
    }
}
