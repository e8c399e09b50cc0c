using System.Globalization;
using Babyhelm.Core.Monitoring.Panels;

namespace Babyhelm.Web.Features.Monitoring;

/// <summary>Numbers of panels with their units, in three digits. <c>wwwroot/js/chart.js</c> writes those under the cursor the same way.</summary>
internal static class UnitText
{
    /// <summary>A unit and how many of the base unit it is.</summary>
    public readonly record struct Scale(double Factor, string Suffix);

    private static readonly Scale[] Cores = [new(0.001, "m"), new(1, " cores")];
    private static readonly Scale[] Bytes = [new(1, " B"), new(1024, " KiB"), new(1024 * 1024, " MiB"), new(1024d * 1024 * 1024, " GiB"), new(1024d * 1024 * 1024 * 1024, " TiB")];
    private static readonly Scale[] BytesPerSecond = [.. Bytes.Select(s => s with { Suffix = s.Suffix + "/s" })];
    private static readonly Scale[] Seconds = [new(0.001, " ms"), new(1, " s")];

    public static string Of(PanelUnit unit, double value) => With(ScaleOf(unit, value), value);

    /// <summary>The unit that a value is told in: the largest of which it is at least one.</summary>
    public static Scale ScaleOf(PanelUnit unit, double value) => unit switch
    {
        PanelUnit.Cores => Largest(Cores, value),
        PanelUnit.Bytes => Largest(Bytes, value),
        PanelUnit.BytesPerSecond => Largest(BytesPerSecond, value),
        PanelUnit.Seconds => Largest(Seconds, value),
        PanelUnit.Share => new(0.01, " %"),
        PanelUnit.RequestsPerSecond => new(1, " req/s"),
        _ => new(1, ""),
    };

    public static string With(Scale scale, double value)
    {
        if (value == 0) return "0";
        var scaled = value / scale.Factor;
        var text = scaled.ToString(Math.Abs(scaled) switch { >= 100 => "0", >= 10 => "0.#", >= 1 => "0.##", _ => "0.###" }, CultureInfo.InvariantCulture);
        if (text == "1" && scale.Suffix == " cores") return "1 core";
        return text == "0" ? $"< 0.001{scale.Suffix}" : text + scale.Suffix;
    }

    private static Scale Largest(Scale[] scales, double value) => Array.FindLast(scales, s => value >= s.Factor) is { Factor: > 0 } found ? found : scales[0];
}
