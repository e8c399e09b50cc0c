using System.Globalization;

namespace Babyhelm.Core.Clusters;

/// <summary>How long a request took, the same everywhere: <c>0.8 ms</c>, <c>12 ms</c>, <c>1.3 s</c>.</summary>
public static class LatencyText
{
    public static string Of(TimeSpan time) => time.TotalMilliseconds switch
    {
        < 9.95 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms"),
        < 999.5 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
    };
}
