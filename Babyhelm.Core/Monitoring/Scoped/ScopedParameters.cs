using System.Text.RegularExpressions;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Monitoring.Scoped;

/// <summary>
/// The fields that are sent to Prometheus for a request: those known here, with queries and selectors limited. Others are left
/// out, except one that would change what a query means.
/// </summary>
internal static partial class ScopedParameters
{
    public const int MaxMatches = 20;
    private const int MaxSimple = 64;

    // Some of it goes in an address, of which servers take a mebibyte with all else.
    private const int MaxMatchLength = 512 * 1024;
    private const string Match = "match[]";

    public static Result<List<KeyValuePair<string, string>>> Of(ScopedRequest request, NamespaceScope scope, int timeoutSeconds)
    {
        if (request.Label is { } label && !LabelName().IsMatch(label)) return new Invalid("label", "A label's name has letters, digits and underscores, and no digit first.");
        if (request.Parameters.Contains("lookback_delta")) return new Invalid("lookback_delta", "lookback_delta can't be set here.");
        var fields = new List<KeyValuePair<string, string>>();
        var isQuery = request.Read is ScopedRead.Query or ScopedRead.QueryRange;
        foreach (var name in Simple(request.Read))
        {
            if (One(request, name).Failed(out var error, out var value)) return error;
            if (value.Length > MaxSimple) return new Invalid(name, $"{name} is too long.");
            if (value.Length > 0) fields.Add(new(name, value));
        }
        var added = isQuery ? AddQuery(request, scope, fields) : AddMatches(request, scope, fields);
        if (added is not null) return added;
        if (isQuery) fields.Add(new("timeout", $"{timeoutSeconds}s"));
        return fields;
    }

    private static Error? AddQuery(ScopedRequest request, NamespaceScope scope, List<KeyValuePair<string, string>> fields)
    {
        if (One(request, "query").Failed(out var error, out var query)) return error;
        if (QueryScope.Limit(query, scope).Failed(out error, out var limited)) return error;
        fields.Add(new("query", limited));
        return null;
    }

    private static Error? AddMatches(ScopedRequest request, NamespaceScope scope, List<KeyValuePair<string, string>> fields)
    {
        var given = request.Parameters[Match].ToList();
        if (given.Count > MaxMatches) return new Invalid(Match, $"At most {MaxMatches} selectors can be given.");
        if (given.Count == 0) fields.Add(new(Match, QueryScope.Everything(scope)));
        foreach (var selector in given.Distinct(StringComparer.Ordinal))
        {
            if (QueryScope.LimitSelector(selector, scope).Failed(out var error, out var limited)) return error;
            fields.Add(new(Match, limited));
        }
        if (fields.Sum(f => f.Value.Length) > MaxMatchLength) return new Invalid(Match, "These are too many selectors for so many projects. Use a token for one project.");
        return null;
    }

    private static string[] Simple(ScopedRead read) => read switch
    {
        ScopedRead.Query => ["time", "limit"],
        ScopedRead.QueryRange => ["start", "end", "step", "limit"],
        _ => ["start", "end", "limit"],
    };

    /// <summary>The one value, empty for none. Of two nobody knows which one counts.</summary>
    private static Result<string> One(ScopedRequest request, string name)
    {
        var values = request.Parameters[name].Distinct().ToList();
        return values.Count > 1 ? new Invalid(name, $"{name} is given twice.") : values.FirstOrDefault() ?? "";
    }

    [GeneratedRegex(@"^[a-zA-Z_][a-zA-Z0-9_]{0,199}\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelName();
}
