using System.Text;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>Names of instruments as Prometheus has them: <c>http.server.request.duration</c> in <c>s</c> is <c>http_server_request_duration_seconds</c>.</summary>
internal static class MetricNames
{
    public static string Of(string instrument, string? unit, MetricKind kind)
    {
        var name = Safe(instrument);
        if (Unit(unit) is { } word && !name.EndsWith("_" + word, StringComparison.Ordinal)) name += "_" + word;
        return kind == MetricKind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    /// <summary>Letters, digits and single underscores, beginning with no digit.</summary>
    public static string Safe(string name)
    {
        var safe = new StringBuilder(name.Length + 1);
        foreach (var c in name)
        {
            var kept = char.IsAsciiLetterOrDigit(c) ? c : '_';
            if (kept == '_' && safe.Length > 0 && safe[^1] == '_') continue;
            safe.Append(kept);
        }
        if (safe.Length == 0 || char.IsAsciiDigit(safe[0])) safe.Insert(0, '_');
        return safe.ToString().TrimEnd('_') is { Length: > 0 } trimmed ? trimmed : "_";
    }

    // A unit in braces only says what is counted.
    private static string? Unit(string? unit) => unit switch
    {
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "%" => "percent",
        _ => null,
    };
}
