using System.Globalization;

namespace Babyhelm.Core.Manifests;

/// <summary>Quantities as people write them.</summary>
public static class QuotaText
{
    private static readonly string[] Units = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];

    /// <summary>Cores: <c>2</c>, or <c>500m</c> where they are not whole.</summary>
    public static string Cpu(decimal cores) => cores % 1 == 0 ? Text(cores) : $"{Text(Math.Ceiling(cores * 1000))}m";

    /// <summary>Bytes in the largest unit in which they are whole.</summary>
    public static string Bytes(decimal bytes)
    {
        var unit = 0;
        for (bytes = Math.Ceiling(bytes); bytes != 0 && bytes % 1024 == 0 && unit < Units.Length - 1; unit++) bytes /= 1024;
        return Text(bytes) + Units[unit];
    }

    private static string Text(decimal number) => number.ToString("0", CultureInfo.InvariantCulture);
}
