using System.Text;
using System.Text.RegularExpressions;

namespace Babyhelm.Tests.Monitoring;

/// <summary>Makes queries that are nearly right out of right ones, by pieces of the language and by bytes. The same for the same seed.</summary>
public sealed partial class QueryMutator(int seed, IReadOnlyList<string> queries)
{
    // Pieces that open, close, quote, name or change what stands beside them.
    private static readonly string[] Pieces =
    [
        "(", ")", "{", "}", "[", "]", ",", ":", "\"", "'", "`", "\\", "#", "\n", "=", "==", "!=", "=~", "!~", "<", ">", "+", "-", "*", "/", "%", "^", "@", " ",
        "and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "start", "end", "atan2", "inf", "NaN",
        "sum", "topk", "count_values", "quantile", "rate", "absent", "info", "label_replace", "vector", "scalar", "time", "nothing",
        "up", "__name__", "namespace", "rival_secret_total", "{__name__=~\".+\"}", "namespace=\"bh-rival\"", "namespace=~\".*\"", "[5m]", "[5m:1m]", "[5m:]", "5m", "1h30m", "0", "1e3", "0x1F", "\"bh-rival\"", "\".*\"", "\\\"", "\\x7d", "ü",
        "offset 5m", "@ 1767226500", "@ end()", "or up", "by (namespace)", "on()", "group_left()", "{}", "()", "a:b", "_",
    ];

    private readonly Random _random = new(seed);
    private readonly List<string[]> _tokens = [.. queries.Select(q => Token().Matches(q).Select(m => m.Value).ToArray())];

    public string Next()
    {
        var query = _random.Next(10) < 7 ? ByPieces() : Any(queries);
        return query.Length > 0 && _random.Next(10) < 4 ? ByBytes(query) : query;
    }

    private string ByPieces()
    {
        List<string> tokens = [.. Any(_tokens)];
        for (var changes = _random.Next(1, 5); changes > 0; changes--)
        {
            var at = _random.Next(tokens.Count + 1);
            var there = at < tokens.Count;
            switch (_random.Next(7))
            {
                case 0 when there: tokens.RemoveAt(at); break;
                case 1 when there: tokens.Insert(at, tokens[at]); break;
                case 2 when there: (tokens[at], tokens[^1]) = (tokens[^1], tokens[at]); break;
                case 3 when there: tokens[at] = Any(Any(_tokens)); break;
                case 4: tokens.Insert(at, Any(Pieces)); break;
                case 5 when there: tokens[at] = Any(Pieces); break;
                default:
                    var other = Any(_tokens);
                    tokens.RemoveRange(at, tokens.Count - at);
                    tokens.AddRange(other.Skip(_random.Next(other.Length)));
                    break;
            }
        }
        return string.Concat(tokens);
    }

    /// <summary>What is no UTF-8 any more arrives as the server's own decoding makes it.</summary>
    private string ByBytes(string query)
    {
        List<byte> bytes = [.. Encoding.UTF8.GetBytes(query)];
        for (var changes = _random.Next(1, 4); changes > 0; changes--)
        {
            var at = _random.Next(bytes.Count);
            switch (_random.Next(4))
            {
                case 0 when bytes.Count > 1: bytes.RemoveAt(at); break;
                case 1: bytes.Insert(at, (byte)_random.Next(256)); break;
                case 2: bytes[at] = (byte)_random.Next(32, 127); break;
                default: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
            }
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private T Any<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    [GeneratedRegex("""[a-zA-Z_:][\w:]*|[0-9.]+\w*|"(?:\\.|[^"\\])*"|'[^']*'|`[^`]*`|\s+|=~|!~|[=!<>]=|.""", RegexOptions.Singleline)]
    private static partial Regex Token();
}
