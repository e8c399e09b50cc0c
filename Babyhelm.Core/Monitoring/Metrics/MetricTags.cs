using System.Globalization;

namespace Babyhelm.Core.Monitoring.Metrics;

/// <summary>Compares tags as they come with a measurement, in their order, without making anything of them.</summary>
internal sealed class TagComparer : IEqualityComparer<KeyValuePair<string, object?>[]>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
{
    public static readonly TagComparer Instance = new();

    public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) => x is null || y is null ? x == y : Equals(x.AsSpan(), y);

    public int GetHashCode(KeyValuePair<string, object?>[] obj) => GetHashCode(obj.AsSpan());

    public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other)
    {
        if (alternate.Length != other.Length) return false;
        for (var i = 0; i < other.Length; i++)
            if (alternate[i].Key != other[i].Key || !Equals(alternate[i].Value, other[i].Value)) return false;
        return true;
    }

    public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
    {
        var hash = new HashCode();
        foreach (var (key, value) in alternate)
        {
            hash.Add(key);
            hash.Add(value);
        }
        return hash.ToHashCode();
    }

    public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();

    /// <summary>Labels in the order of their names, as texts; those without a value are left out.</summary>
    public static (string Name, string? Value)[] Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
            if (Text(value) is { Length: > 0 } text) labels.TryAdd(MetricNames.Safe(key), text);
        return [.. labels.Select(l => (l.Key, l.Value))];
    }

    private static string? Text(object? value) => value switch
    {
        null => null,
        string text => text,
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
