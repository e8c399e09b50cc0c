using System.Collections.Frozen;

namespace Babyhelm.Core.Monitoring.PromQl;

/// <summary>The words that mean something, in lower case. Comparers ignore case where the language does.</summary>
internal static class Vocabulary
{
    public static readonly FrozenSet<string> Aggregations = Words(
        "sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio");

    /// <summary>Binary operators by how tightly they bind.</summary>
    public static readonly FrozenDictionary<string, int> Operators = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)
    {
        ["or"] = 1,
        ["and"] = 2,
        ["unless"] = 2,
        ["=="] = 3,
        ["!="] = 3,
        ["<"] = 3,
        ["<="] = 3,
        [">"] = 3,
        [">="] = 3,
        ["+"] = 4,
        ["-"] = 4,
        ["*"] = 5,
        ["/"] = 5,
        ["%"] = 5,
        ["atan2"] = 5,
        ["^"] = Power,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The tightest; the one that is read from the right.</summary>
    public const int Power = 6;

    public const int Comparison = 3;

    /// <summary>Only numbers.</summary>
    public static readonly FrozenSet<string> SpecialNumbers = Words("inf nan");

    /// <summary>Words that no metric can be called by without quotes.</summary>
    public static readonly FrozenSet<string> NoMetric = Words("bool on ignoring group_left group_right atan2");

    /// <summary>Words that no function can be called by; they may be metrics.</summary>
    public static readonly FrozenSet<string> NoFunction = Words("and or unless by without offset start end");

    private static FrozenSet<string> Words(string words) => words.Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
