using System.Collections.Frozen;

namespace Babyhelm.Core.Monitoring.PromQl;

internal enum ValueKind { Scalar, Text, Vector, Range }

/// <param name="Parameters">Kinds in order; the last is that of all that follow, where more are taken.</param>
/// <param name="Most">Null for any number.</param>
internal sealed record Signature(IReadOnlyList<ValueKind> Parameters, int Least, int? Most, ValueKind Answers);

/// <summary>
/// The functions that are let through: those that look at nothing but their arguments. One that is not here is refused, because
/// what it reads is not known.
/// </summary>
internal static class Functions
{
    // v vector, r range, s scalar, t text; ? may be left out, * any number. What they answer is a vector unless it says otherwise.
    private static readonly (string Parameters, string Names)[] Table =
    [
        ("v", """
            abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count histogram_stddev
            histogram_stdvar histogram_sum ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp
            """),
        ("v?", "day_of_month day_of_week day_of_year days_in_month hour minute month year"),
        ("r", """
            absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate last_over_time
            mad_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time
            ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time
            """),
        ("vs", "clamp_max clamp_min"),
        ("vs?", "round"),
        ("vss", "clamp"),
        ("sv", "histogram_quantile"),
        ("ssv", "histogram_fraction"),
        ("rss", "double_exponential_smoothing holt_winters"),
        ("rs", "predict_linear"),
        ("sr", "quantile_over_time"),
        ("vtttt", "label_replace"),
        ("vttt*", "label_join"),
        ("vt*", "sort_by_label sort_by_label_desc"),
        ("s", "vector"),
        ("v=s", "scalar"),
        ("=s", "pi time"),
    ];

    public static readonly FrozenDictionary<string, Signature> All = Table
        .SelectMany(row => row.Names.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(name => (name, Read(row.Parameters))))
        .ToFrozenDictionary(f => f.name, f => f.Item2, StringComparer.Ordinal);

    /// <summary>Functions of Prometheus that can't be scoped, with the reason.</summary>
    public static readonly FrozenDictionary<string, string> Refused = new Dictionary<string, string>
    {
        ["info"] = "info() reads series that the query does not name, so they can't be limited to your projects. Join them with group_left instead.",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static Signature Read(string row)
    {
        var kinds = row.Split('=')[0];
        var parameters = kinds.Where(char.IsAsciiLetter).Select(Kind).ToArray();
        var (optional, repeated) = (kinds.EndsWith('?'), kinds.EndsWith('*'));
        return new Signature(parameters, optional || repeated ? parameters.Length - 1 : parameters.Length, repeated ? null : parameters.Length,
            row.Contains('=', StringComparison.Ordinal) ? Kind(row[^1]) : ValueKind.Vector);
    }

    private static ValueKind Kind(char letter) => letter switch
    {
        'v' => ValueKind.Vector,
        'r' => ValueKind.Range,
        's' => ValueKind.Scalar,
        _ => ValueKind.Text,
    };
}
