using Babyhelm.Core.Monitoring.Panels;

namespace Babyhelm.Web.Features.Monitoring;

/// <summary>An axis from zero with a few round numbers.</summary>
/// <param name="Top">The highest number, more than zero; at least as high as what is drawn.</param>
/// <param name="Ticks">With zero and the top, from below.</param>
public sealed record Axis(double Top, IReadOnlyList<AxisTick> Ticks)
{
    private const int MostSteps = 4;

    // Numbers have three digits behind the point; steps below could not be told apart.
    private const double LeastTold = 0.001;

    /// <param name="highest">Of what is drawn; zero where nothing is.</param>
    public static Axis Of(PanelUnit unit, double highest)
    {
        if (highest <= 0) highest = Least(unit);
        highest = Math.Max(highest, LeastTold * MostSteps * UnitText.ScaleOf(unit, 0).Factor);
        var scale = UnitText.ScaleOf(unit, highest);
        var step = Round(highest / scale.Factor / MostSteps);
        if (unit == PanelUnit.Count) step = Math.Max(1, step);
        var steps = Math.Max(1, (int)Math.Ceiling(highest / scale.Factor / step - 1e-9));
        return new Axis(steps * step * scale.Factor, [.. Enumerable.Range(0, steps + 1).Select(i => new AxisTick((double)i / steps, UnitText.With(scale, i * step * scale.Factor)))]);
    }

    /// <summary>The least of 1, 2 and 5 times a power of ten that is not below.</summary>
    private static double Round(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        var times = least / power;
        return (times <= 1 + 1e-9 ? 1 : times <= 2 + 1e-9 ? 2 : times <= 5 + 1e-9 ? 5 : 10) * power;
    }

    /// <summary>Height of an axis along which everything is zero.</summary>
    private static double Least(PanelUnit unit) => unit switch
    {
        PanelUnit.Cores or PanelUnit.Seconds => 0.1,
        PanelUnit.Bytes => 1024 * 1024,
        PanelUnit.BytesPerSecond => 1024,
        PanelUnit.Share => 0.01,
        _ => 1,
    };
}

/// <summary>A number on an axis.</summary>
/// <param name="At">0 at the bottom, 1 at the top.</param>
public readonly record struct AxisTick(double At, string Text);
