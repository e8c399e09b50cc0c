using System.Globalization;

namespace Babyhelm.Core.Liquid;

/// <summary>Values as text, as Ruby writes them: lists joined without separator, maps as <c>{"a"=>1}</c>.</summary>
internal static class TextForm
{
    public static void Write(in LiquidValue value, OutputBuffer output)
    {
        switch (value.Kind)
        {
            case LiquidKind.String: output.Append(value.AsString); break;
            case LiquidKind.Integer when value.AsBigInteger is null: output.Append(value.AsInteger); break;
            case LiquidKind.List:
                foreach (var item in value.AsList) Write(item, output);
                break;
            case LiquidKind.Map: Inspect(value, output); break;
            case LiquidKind.Nil or LiquidKind.Empty or LiquidKind.Blank: break;
            default: output.Append(Scalar(value)); break;
        }
    }

    /// <summary>The text of a value where a string is needed.</summary>
    public static string Of(in LiquidValue value, int limit)
    {
        if (value.Kind == LiquidKind.String) return value.AsString;
        if (value.Kind is not (LiquidKind.List or LiquidKind.Map)) return Scalar(value);
        var output = new OutputBuffer(limit);
        if (value.Kind == LiquidKind.List) Inspect(value, output);
        else Write(value, output);
        return output.ToString();
    }

    private static string Scalar(in LiquidValue value) => value.Kind switch
    {
        LiquidKind.String => value.AsString,
        LiquidKind.Boolean => value.AsBoolean ? "true" : "false",
        LiquidKind.Integer => value.AsBigInteger?.ToString(CultureInfo.InvariantCulture) ?? value.AsInteger.ToString(CultureInfo.InvariantCulture),
        LiquidKind.Float => Float(value.AsFloat),
        LiquidKind.Range => $"{value.AsRange.First}..{value.AsRange.Last}",
        LiquidKind.Loop => "Liquid::" + value.AsLoop.TypeName,
        _ => "",
    };

    private static void Inspect(in LiquidValue value, OutputBuffer output)
    {
        switch (value.Kind)
        {
            case LiquidKind.Nil: output.Append("nil"); break;
            case LiquidKind.String:
                output.Append('"');
                foreach (var c in value.AsString)
                    switch (c)
                    {
                        case '"': output.Append("\\\""); break;
                        case '\\': output.Append("\\\\"); break;
                        case '\n': output.Append("\\n"); break;
                        case '\r': output.Append("\\r"); break;
                        case '\t': output.Append("\\t"); break;
                        default: output.Append(c); break;
                    }
                output.Append('"');
                break;
            case LiquidKind.List:
                output.Append('[');
                for (var i = 0; i < value.AsList.Count; i++)
                {
                    if (i > 0) output.Append(", ");
                    Inspect(value.AsList[i], output);
                }
                output.Append(']');
                break;
            case LiquidKind.Map:
                output.Append('{');
                var first = true;
                foreach (var (key, item) in value.AsMap)
                {
                    if (!first) output.Append(", ");
                    first = false;
                    Inspect(key, output);
                    output.Append("=>");
                    Inspect(item, output);
                }
                output.Append('}');
                break;
            default: output.Append(Scalar(value)); break;
        }
    }

    /// <summary>Shortest digits that read back the same, always with a fraction; an exponent from 1e16 and below 1e-4.</summary>
    public static string Float(double value)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "Infinity" : "-Infinity";
        var magnitude = Math.Abs(value);
        if (magnitude != 0 && magnitude is < 1e-4 or >= 1e16)
        {
            var shortest = value.ToString("E16", CultureInfo.InvariantCulture);
            for (var precision = 0; precision < 16; precision++)
            {
                var shorter = value.ToString("E" + precision, CultureInfo.InvariantCulture);
                if (double.Parse(shorter, CultureInfo.InvariantCulture) != value) continue;
                shortest = shorter;
                break;
            }
            var digits = string.Concat(shortest[..shortest.IndexOf('E')].Where(char.IsAsciiDigit));
            var exponent = int.Parse(shortest.AsSpan(shortest.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            var fraction = digits.Length > 1 ? digits[1..] : "0";
            return $"{(value < 0 ? "-" : "")}{digits[0]}.{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }
        var plain = value.ToString("R", CultureInfo.InvariantCulture);
        if (plain.Contains('E')) plain = decimal.Parse(plain, NumberStyles.Float, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
        return plain.Contains('.') ? plain : plain + ".0";
    }
}
