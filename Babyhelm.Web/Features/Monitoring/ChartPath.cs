using System.Globalization;
using System.Text;

namespace Babyhelm.Web.Features.Monitoring;

/// <summary>Lines as SVG paths in whole numbers, as short as they can be: thousands of points go to a browser with each refresh.</summary>
internal static class ChartPath
{
    /// <summary>Width from one point to the next, and height of the chart, in the units of its view box.</summary>
    public const int Step = 4;
    public const int Height = 600;

    /// <summary>NaN is a gap. A point between two gaps is a line without length, which a round cap makes a dot.</summary>
    public static string Of(ReadOnlySpan<double> values, double top)
    {
        var path = new StringBuilder(values.Length * 4);
        var isOpen = false;
        var (last, flat) = (0, 0);
        for (var i = 0; i < values.Length; i++)
        {
            if (double.IsNaN(values[i]))
            {
                EndFlat(path, ref flat);
                isOpen = false;
                continue;
            }
            var y = Y(values[i], top);
            if (!isOpen)
            {
                path.Append(CultureInfo.InvariantCulture, $"M{i * Step} {y}");
                if (i + 1 == values.Length || double.IsNaN(values[i + 1])) path.Append("h0");
            }
            else if (y == last)
            {
                flat += Step;
            }
            else
            {
                EndFlat(path, ref flat);
                path.Append(CultureInfo.InvariantCulture, $"l{Step}{(y > last ? " " : "")}{y - last}");
            }
            (isOpen, last) = (true, y);
        }
        EndFlat(path, ref flat);
        return path.ToString();
    }

    /// <summary>The values themselves for the cursor, in four digits, empty where there is none.</summary>
    public static string Values(ReadOnlySpan<double> values)
    {
        var text = new StringBuilder(values.Length * 6);
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0) text.Append(',');
            if (!double.IsNaN(values[i])) text.Append(CultureInfo.InvariantCulture, $"{values[i]:G4}");
        }
        return text.ToString();
    }

    private static int Y(double value, double top) => Height - (int)Math.Round(Math.Clamp(value / top, 0, 1) * Height);

    private static void EndFlat(StringBuilder path, ref int flat)
    {
        if (flat > 0) path.Append(CultureInfo.InvariantCulture, $"h{flat}");
        flat = 0;
    }
}
