using System.Text.Json.Nodes;

namespace Babyhelm.Core.Sandbox.Storage;

/// <summary>Label requirements that all must hold, from the text of a query or from a manifest.</summary>
internal sealed class LabelSelector
{
    private enum Test { In, NotIn, Exists, Missing, Greater, Less }

    private sealed record Requirement(string Key, Test Test, IReadOnlyList<string> Values);

    public static readonly LabelSelector Everything = new([]);

    private readonly IReadOnlyList<Requirement> _requirements;

    private LabelSelector(IReadOnlyList<Requirement> requirements) => _requirements = requirements;

    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var r in _requirements)
        {
            var has = labels.TryGetValue(r.Key, out var value);
            var holds = r.Test switch
            {
                Test.In => has && r.Values.Contains(value),
                Test.NotIn => !has || !r.Values.Contains(value),
                Test.Exists => has,
                Test.Missing => !has,
                Test.Greater => has && long.TryParse(value, out var n) && long.TryParse(r.Values[0], out var m) && n > m,
                _ => has && long.TryParse(value, out var n) && long.TryParse(r.Values[0], out var m) && n < m,
            };
            if (!holds) return false;
        }
        return true;
    }

    /// <summary>A selector of a manifest: matchLabels and matchExpressions. Null matches nothing there; here everything.</summary>
    public static LabelSelector Of(JsonNode? selector)
    {
        var requirements = Json.Strings(selector.At("matchLabels")).Select(p => new Requirement(p.Key, Test.In, [p.Value])).ToList();
        foreach (var e in selector.Items("matchExpressions"))
        {
            var test = e.Str("operator") switch { "In" => Test.In, "NotIn" => Test.NotIn, "Exists" => Test.Exists, _ => Test.Missing };
            requirements.Add(new(e.Str("key") ?? "", test, [.. (e.List("values") ?? []).Select(v => v.Scalar() ?? "")]));
        }
        return new(requirements);
    }

    /// <summary>A plain map of labels, as services have it.</summary>
    public static LabelSelector OfMap(JsonNode? map) => new([.. Json.Strings(map).Select(p => new Requirement(p.Key, Test.In, [p.Value]))]);

    /// <summary>The text of a query, for example <c>a=b,c!=d,e in (f,g),!h</c>.</summary>
    /// <exception cref="FormatException">The text is no selector.</exception>
    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return Everything;
        return new([.. Split(text).Select(ParseOne)]);
    }

    private static IEnumerable<string> Split(string text)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '(') depth++;
            else if (text[i] == ')') depth--;
            else if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i].Trim();
                start = i + 1;
            }
        }
        yield return text[start..].Trim();
    }

    private static Requirement ParseOne(string text)
    {
        if (text.StartsWith('!')) return new(Key(text[1..]), Test.Missing, []);
        if (text.EndsWith(')') && text.IndexOf('(') is > 0 and var open)
        {
            var words = text[..open].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var values = text[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries);
            if (words is [var key, "in"]) return new(Key(key), Test.In, values);
            if (words is [var other, "notin"]) return new(Key(other), Test.NotIn, values);
            throw Unparsable(text);
        }
        foreach (var (sign, test) in new[] { ("!=", Test.NotIn), ("==", Test.In), ("=", Test.In), (">", Test.Greater), ("<", Test.Less) })
            if (text.IndexOf(sign, StringComparison.Ordinal) is > 0 and var at)
                return new(Key(text[..at]), test, [Value(text[(at + sign.Length)..].Trim())]);
        return new(Key(text), Test.Exists, []);
    }

    private static string Key(string text)
    {
        var key = text.Trim();
        if (key.Length == 0 || key.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.' or '/'))) throw Unparsable(text);
        return key;
    }

    private static string Value(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? text : throw Unparsable(text);

    private static FormatException Unparsable(string text) => new($"unable to parse requirement: found '{text}'");
}
