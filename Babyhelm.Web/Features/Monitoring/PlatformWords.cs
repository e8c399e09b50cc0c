using System.Globalization;
using Babyhelm.Core.Clusters;
using Babyhelm.Web.Components.Shared;

namespace Babyhelm.Web.Features.Monitoring;

/// <summary>Figures of the platform in words; a dash stands for what is not known.</summary>
internal static class PlatformWords
{
    private const string None = "–";

    public static string Rate(double? perSecond) => perSecond is { } rate ? $"{rate.ToString(rate < 10 ? "0.##" : "0", CultureInfo.InvariantCulture)} per second" : None;

    public static string Share(double? share) => share switch
    {
        null => None,
        > 0 and < 0.001 => "below 0.1 %",
        var some => $"{(some.Value * 100).ToString("0.#", CultureInfo.InvariantCulture)} %",
    };

    public static string Time(TimeSpan? time) => time switch
    {
        null => None,
        { TotalSeconds: < 1 } => LatencyText.Of(time.Value),
        _ => Durations.Short(time.Value),
    };

    public static string Bytes(long bytes) => $"{(bytes / 1048576.0).ToString("0", CultureInfo.InvariantCulture)} MiB";

    public static string Cores(double? cores) => cores is { } some ? $"{some.ToString("0.00", CultureInfo.InvariantCulture)} cores" : None;

    public static string Outcome(string outcome) => $"{char.ToUpperInvariant(outcome[0])}{outcome[1..]}";
}
