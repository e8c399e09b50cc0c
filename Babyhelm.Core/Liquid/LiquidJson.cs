using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Babyhelm.Core.Liquid;

/// <summary>Values from JSON: a number with a fraction or an exponent is a float, any other an integer.</summary>
public static class LiquidJson
{
    /// <exception cref="InvalidOperationException">The JSON holds a string that is not valid Unicode.</exception>
    public static LiquidValue ToValue(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.True: return true;
            case JsonValueKind.False: return false;
            case JsonValueKind.String: return json.GetString();
            case JsonValueKind.Number:
                if (json.TryGetInt64(out var integer)) return integer;
                return BigInteger.TryParse(json.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var big)
                    ? LiquidValue.From(big)
                    : json.GetDouble();
            case JsonValueKind.Array:
                var list = new List<LiquidValue>(json.GetArrayLength());
                foreach (var item in json.EnumerateArray()) list.Add(ToValue(item));
                return list;
            case JsonValueKind.Object:
                return ToMap(json);
            default:
                return LiquidValue.Nil;
        }
    }

    public static LiquidMap ToMap(JsonElement json)
    {
        var map = new LiquidMap();
        foreach (var property in json.EnumerateObject()) map[property.Name] = ToValue(property.Value);
        return map;
    }
}
