using System.Text.RegularExpressions;

namespace Babyhelm.Core.Monitoring.PromQl;

/// <summary>
/// What Prometheus refuses after it has read a query, told here at its place in the text that was written, not in the one that
/// is sent.
/// </summary>
internal static class TypeCheck
{
    private const string MetricLabel = "__name__";

    // Longer and further ones are not tried, as it costs much to make an automaton of what somebody wrote: they are taken for
    // good, and the namespaces bound what they read.
    private const int MaxPattern = 64;
    private const int MaxTried = 8;

    public static ValueKind KindOf(Expr expr) => expr switch
    {
        NumberLiteral => ValueKind.Scalar,
        StringLiteral => ValueKind.Text,
        Selector s => s.Range is null ? ValueKind.Vector : ValueKind.Range,
        Subquery _ => ValueKind.Range,
        Call c => Functions.All[c.Function].Answers,
        Binary b => KindOf(b.Left) == ValueKind.Scalar && KindOf(b.Right) == ValueKind.Scalar ? ValueKind.Scalar : ValueKind.Vector,
        Unary u => KindOf(u.Operand),
        Parenthesized p => KindOf(p.Inner),
        _ => ValueKind.Vector,
    };

    public static Call Call(Token name, Call call)
    {
        var (signature, given) = (Functions.All[call.Function], call.Arguments.Count);
        if (given < signature.Least || given > signature.Most)
            throw new PromQlException(name.Offset, $"{call.Function}() takes {Count(signature)}, not {given}.");
        for (var i = 0; i < given; i++) Require(name, call.Arguments[i], signature.Parameters[Math.Min(i, signature.Parameters.Count - 1)], $"argument {i + 1} of {call.Function}()");
        return call;
    }

    public static Aggregation Aggregation(Token name, Aggregation aggregation)
    {
        var parameter = aggregation.Operator switch
        {
            "topk" or "bottomk" or "quantile" or "limitk" or "limit_ratio" => ValueKind.Scalar,
            "count_values" => ValueKind.Text,
            _ => (ValueKind?)null,
        };
        var wanted = parameter is null ? 1 : 2;
        if (aggregation.Arguments.Count != wanted) throw new PromQlException(name.Offset, $"{aggregation.Operator} takes {wanted} argument{(wanted == 1 ? "" : "s")}, not {aggregation.Arguments.Count}.");
        if (parameter is { } kind) Require(name, aggregation.Arguments[0], kind, $"argument 1 of {aggregation.Operator}");
        Require(name, aggregation.Arguments[^1], ValueKind.Vector, $"argument {wanted} of {aggregation.Operator}");
        return aggregation;
    }

    public static Binary Binary(Token token, Binary binary)
    {
        var (left, right) = (KindOf(binary.Left), KindOf(binary.Right));
        if (left is not (ValueKind.Scalar or ValueKind.Vector) || right is not (ValueKind.Scalar or ValueKind.Vector))
            throw new PromQlException(token.Offset, $"{token.Shown} takes scalars and instant vectors only.");
        if (left == ValueKind.Vector && right == ValueKind.Vector) return binary;
        var binds = Vocabulary.Operators[binary.Operator];
        if (binds < Vocabulary.Comparison) throw new PromQlException(token.Offset, $"{token.Shown} takes instant vectors only.");
        if (binary.Matching.Labels.Count > 0) throw new PromQlException(token.Offset, "Only two instant vectors can be matched by labels.");
        if (binds == Vocabulary.Comparison && left == right && !binary.Matching.Bool) throw new PromQlException(token.Offset, "Between scalars a comparison needs 'bool'.");
        return binary;
    }

    public static Unary Unary(Token sign, Unary unary) => KindOf(unary.Operand) is ValueKind.Scalar or ValueKind.Vector
        ? unary : throw new PromQlException(sign.Offset, $"{sign.Shown} takes a scalar or an instant vector.");

    public static Subquery Subquery(Token bracket, Subquery subquery)
    {
        Require(bracket, subquery.Of, ValueKind.Vector, "what stands before a subquery's range");
        return subquery;
    }

    /// <summary>One that names nothing would select everything; with the namespaces added Prometheus could not see that any more.</summary>
    public static void Selector(Token start, string? metric, IReadOnlyList<Matcher> matchers)
    {
        if (metric is not null)
        {
            if (matchers.Any(m => Label(m) == MetricLabel)) throw new PromQlException(start.Offset, "The metric's name is given twice.");
        }
        else if (matchers.Select((m, i) => MatchesNothing(m, i < MaxTried)).All(nothing => nothing)) throw new PromQlException(start.Offset, "A selector needs a metric's name, or a matcher that an empty label does not meet.");
    }

    private static string Label(Matcher matcher) => matcher.Label[0] is '"' or '\'' or '`' ? QuotedText.Meaning(matcher.Label) : matcher.Label;

    private static bool MatchesNothing(Matcher matcher, bool tried)
    {
        var value = QuotedText.Meaning(matcher.Value);
        return matcher.Operator switch
        {
            "=" => value.Length == 0,
            "!=" => value.Length > 0,
            "=~" => PatternMeetsEmpty(value, tried) ?? false,
            _ => !(PatternMeetsEmpty(value, tried) ?? true),
        };
    }

    /// <summary>Null where that is left to Prometheus, whose dialect it is.</summary>
    private static bool? PatternMeetsEmpty(string pattern, bool tried)
    {
        if (pattern.Length == 0) return true;
        // A class that leaves out another one is .NET's alone.
        if (!tried || pattern.Length > MaxPattern || pattern.Contains("-[", StringComparison.Ordinal)) return null;
        try
        {
            return new Regex($"^(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)).IsMatch("");
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or RegexMatchTimeoutException)
        {
            return null;
        }
    }

    private static void Require(Token place, Expr expr, ValueKind wanted, string what)
    {
        if (KindOf(expr) is var kind && kind != wanted) throw new PromQlException(place.Offset, $"{char.ToUpperInvariant(what[0])}{what[1..]} must be {Name(wanted)}, not {Name(kind)}.");
    }

    private static string Name(ValueKind kind) => kind switch
    {
        ValueKind.Scalar => "a scalar",
        ValueKind.Text => "a string",
        ValueKind.Vector => "an instant vector",
        _ => "a range vector",
    };

    private static string Count(Signature s) => s switch
    {
        { Most: null } => $"{s.Least} arguments or more",
        { Most: 0 } => "no arguments",
        { Most: 1, Least: 1 } => "1 argument",
        { Most: var most } when most != s.Least => $"{s.Least} to {most} arguments",
        _ => $"{s.Least} arguments",
    };
}
