using System.Text;

namespace Babyhelm.Core.Monitoring.PromQl;

/// <summary>Writes a tree as text that reads as the same tree. Parentheses are nodes of the tree, so none are added.</summary>
internal static class Printer
{
    public static string Print(Expr expr)
    {
        var text = new StringBuilder();
        Print(expr, text);
        return text.ToString();
    }

    private static void Print(Expr expr, StringBuilder text)
    {
        switch (expr)
        {
            case NumberLiteral number: text.Append(number.Text); break;
            case StringLiteral quoted: text.Append(quoted.Text); break;
            case Selector selector: Print(selector, text); break;
            case Subquery subquery: Print(subquery, text); break;
            case Call call: List(text.Append(call.Function), call.Arguments); break;
            case Aggregation aggregation: Print(aggregation, text); break;
            case Binary binary: Print(binary, text); break;
            case Unary unary: Print(unary.Operand, text.Append(unary.Operator)); break;
            case Parenthesized inner: Print(inner.Inner, text.Append('(')); text.Append(')'); break;
            default: throw new InvalidOperationException($"{expr.GetType().Name} is no node that can be printed.");
        }
    }

    private static void Print(Selector selector, StringBuilder text)
    {
        var quoted = selector.Metric is { } metric && metric[0] is '"' or '\'' or '`';
        if (!quoted) text.Append(selector.Metric);
        if (selector.Matchers.Count > 0 || quoted || selector.Metric is null)
        {
            text.Append('{');
            if (quoted) text.Append(selector.Metric);
            for (var i = 0; i < selector.Matchers.Count; i++)
            {
                if (i > 0 || quoted) text.Append(',');
                var (label, match, value) = selector.Matchers[i];
                text.Append(label).Append(match).Append(value);
            }
            text.Append('}');
        }
        if (selector.Range is not null) text.Append('[').Append(selector.Range).Append(']');
        Print(selector.Moment, text);
    }

    private static void Print(Subquery subquery, StringBuilder text)
    {
        Print(subquery.Of, text);
        text.Append('[').Append(subquery.Range).Append(':').Append(subquery.Step).Append(']');
        Print(subquery.Moment, text);
    }

    private static void Print(Moment moment, StringBuilder text)
    {
        if (moment.Offset is not null) text.Append(" offset ").Append(moment.Offset);
        if (moment.At is not null) text.Append(" @ ").Append(moment.At);
    }

    private static void Print(Aggregation aggregation, StringBuilder text)
    {
        text.Append(aggregation.Operator);
        if (aggregation.Grouping is { } grouping) Labels(text.Append(' ').Append(grouping.Keyword).Append(' '), grouping.Labels).Append(' ');
        List(text, aggregation.Arguments);
    }

    private static void Print(Binary binary, StringBuilder text)
    {
        Print(binary.Left, text);
        text.Append(' ').Append(binary.Operator).Append(' ');
        var matching = binary.Matching;
        if (matching.Bool) text.Append("bool ");
        if (matching.Keyword is not null) Labels(text.Append(matching.Keyword).Append(' '), matching.Labels).Append(' ');
        // With its parentheses, even if empty: those of the right side would be taken for them.
        if (matching.Group is not null) Labels(text.Append(matching.Group).Append(' '), matching.Include).Append(' ');
        Print(binary.Right, text);
    }

    private static StringBuilder Labels(StringBuilder text, IReadOnlyList<string> labels) => text.Append('(').AppendJoin(',', labels).Append(')');

    private static void List(StringBuilder text, IReadOnlyList<Expr> arguments)
    {
        text.Append('(');
        for (var i = 0; i < arguments.Count; i++) Print(arguments[i], i == 0 ? text : text.Append(", "));
        text.Append(')');
    }
}
