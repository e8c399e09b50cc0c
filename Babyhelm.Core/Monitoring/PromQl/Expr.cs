namespace Babyhelm.Core.Monitoring.PromQl;

/// <summary>
/// A PromQL expression. Literals keep the text they were written in: what is printed again means exactly what was read, without
/// a second opinion about numbers, escapes or durations.
/// </summary>
internal abstract record Expr
{
    /// <summary>Nodes on the longest way down, this one included.</summary>
    public int Height { get; init; } = 1;
}

/// <param name="Text">As written: <c>1e3</c>, <c>0x1F</c>, <c>Inf</c>, or a duration, which counts as its seconds from Prometheus 3 on.</param>
internal sealed record NumberLiteral(string Text) : Expr;

/// <param name="Text">As written, with its quotes.</param>
internal sealed record StringLiteral(string Text) : Expr;

/// <summary>Series of the database: the one place where a query reads anything.</summary>
/// <param name="Metric">Name as written, in quotes where it was in the braces so; null for none.</param>
/// <param name="Range">Duration in brackets; null for an instant vector.</param>
internal sealed record Selector(string? Metric, IReadOnlyList<Matcher> Matchers, string? Range, Moment Moment) : Expr;

/// <param name="Label">As written, maybe in quotes.</param>
/// <param name="Operator">One of <c>=</c>, <c>!=</c>, <c>=~</c>, <c>!~</c>.</param>
/// <param name="Value">String as written, with its quotes.</param>
internal sealed record Matcher(string Label, string Operator, string Value);

/// <summary>When a selector or subquery is looked at.</summary>
/// <param name="Offset">Duration with its sign; null for none.</param>
/// <param name="At">A time, <c>start()</c> or <c>end()</c>; null for that of the query.</param>
internal sealed record Moment(string? Offset, string? At)
{
    public static readonly Moment OfQuery = new(null, null);
}

/// <param name="Step">Null for the server's own.</param>
internal sealed record Subquery(Expr Of, string Range, string? Step, Moment Moment) : Expr;

internal sealed record Call(string Function, IReadOnlyList<Expr> Arguments) : Expr;

/// <param name="Operator">In lower case.</param>
/// <param name="Grouping">Null where none is written, which is not the same as <c>without ()</c>.</param>
internal sealed record Aggregation(string Operator, Grouping? Grouping, IReadOnlyList<Expr> Arguments) : Expr;

/// <param name="Keyword"><c>by</c> or <c>without</c>.</param>
internal sealed record Grouping(string Keyword, IReadOnlyList<string> Labels);

/// <param name="Operator">In lower case.</param>
internal sealed record Binary(string Operator, Matching Matching, Expr Left, Expr Right) : Expr;

/// <summary>How the sides of a binary operator find each other.</summary>
/// <param name="Bool">Whether a comparison answers 0 or 1.</param>
/// <param name="Keyword"><c>on</c>, <c>ignoring</c> or null.</param>
/// <param name="Group"><c>group_left</c>, <c>group_right</c> or null.</param>
internal sealed record Matching(bool Bool, string? Keyword, IReadOnlyList<string> Labels, string? Group, IReadOnlyList<string> Include)
{
    public static readonly Matching Plain = new(false, null, [], null, []);
}

internal sealed record Unary(string Operator, Expr Operand) : Expr;

internal sealed record Parenthesized(Expr Inner) : Expr;
