using System.Globalization;
using System.Text.RegularExpressions;

namespace Babyhelm.Core.Manifests.Compose;

/// <summary>Times as Compose writes them: numbers with units after each other, as <c>1m30s</c>.</summary>
internal static partial class ComposeDuration
{
    private static readonly Dictionary<string, decimal> Units = new()
    {
        ["us"] = 0.000_001m,
        ["ms"] = 0.001m,
        ["s"] = 1,
        ["m"] = 60,
        ["h"] = 3600,
    };

    [GeneratedRegex(@"\A(?:(?<number>[0-9]{1,9}(?:\.[0-9]{1,9})?)(?<unit>us|ms|s|m|h)){1,5}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Parts();

    /// <summary>Null for what is no such time.</summary>
    public static decimal? Seconds(string? text)
    {
        var match = Parts().Match(text ?? "");
        if (!match.Success) return null;
        return match.Groups["number"].Captures.Zip(match.Groups["unit"].Captures, (n, u) => decimal.Parse(n.Value, CultureInfo.InvariantCulture) * Units[u.Value]).Sum();
    }
}
