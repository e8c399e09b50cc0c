using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.PromQl;

namespace Babyhelm.Core.Monitoring.Scoped;

/// <summary>Limits queries to namespaces: every selector gets the scope's matchers beside its own. What can't be read is refused.</summary>
internal static class QueryScope
{
    /// <summary>Characters of a query that is sent: all of its selectors, each with all namespaces.</summary>
    public const int MaxScopedLength = 4 * 1024 * 1024;

    /// <summary>The query as it may be sent, or <see cref="InvalidQuery"/>.</summary>
    public static Result<string> Limit(string query, NamespaceScope scope) => Limit(PromQlText.Parse(query), scope, PromQlText.Parse);

    /// <summary>The same for a selector alone, as <c>match[]</c> takes it.</summary>
    public static Result<string> LimitSelector(string selector, NamespaceScope scope) => Limit(PromQlText.ParseSelector(selector), scope, PromQlText.ParseSelector);

    /// <summary>All series of the scope.</summary>
    public static string Everything(NamespaceScope scope) => Printer.Print(new Selector(null, scope.Matchers, null, Moment.OfQuery));

    private static InvalidQuery TooLong => new(1, 1, "The query has too many selectors for so many projects. Use a token for one project.");

    private static Result<string> Limit(Result<Expr> parsed, NamespaceScope scope, Func<string, int, Result<Expr>> read)
    {
        if (parsed.Failed(out var error, out var expr)) return error;
        if ((long)Selectors(expr).Count() * scope.Length > MaxScopedLength) return TooLong;
        var text = Printer.Print(Limit(expr, scope));
        if (text.Length > MaxScopedLength) return TooLong;
        // Whoever reads the text finds the matchers in each selector: so a fault in the printer can't open one.
        return read(text, MaxScopedLength).Ok(out var again, out _) && Selectors(again).All(s => IsLimited(s, scope))
            ? text : throw new InvalidOperationException("A query did not come out limited to its namespaces.");
    }

    private static bool IsLimited(Selector selector, NamespaceScope scope) => selector.Matchers.Take(scope.Matchers.Count).SequenceEqual(scope.Matchers);

    private static Expr Limit(Expr expr, NamespaceScope scope) => expr switch
    {
        Selector s => s with { Matchers = [.. scope.Matchers, .. s.Matchers] },
        Subquery s => s with { Of = Limit(s.Of, scope) },
        Call c => c with { Arguments = [.. c.Arguments.Select(a => Limit(a, scope))] },
        Aggregation a => a with { Arguments = [.. a.Arguments.Select(x => Limit(x, scope))] },
        Binary b => b with { Left = Limit(b.Left, scope), Right = Limit(b.Right, scope) },
        Unary u => u with { Operand = Limit(u.Operand, scope) },
        Parenthesized p => p with { Inner = Limit(p.Inner, scope) },
        NumberLiteral or StringLiteral => expr,
        _ => throw new InvalidOperationException($"{expr.GetType().Name} is no node that can be limited."),
    };

    /// <summary>Every selector of an expression.</summary>
    internal static IEnumerable<Selector> Selectors(Expr expr)
    {
        var left = new Stack<Expr>([expr]);
        while (left.TryPop(out var node))
        {
            if (node is Selector selector) yield return selector;
            foreach (var child in Children(node)) left.Push(child);
        }
    }

    private static IEnumerable<Expr> Children(Expr expr) => expr switch
    {
        Subquery s => [s.Of],
        Call c => c.Arguments,
        Aggregation a => a.Arguments,
        Binary b => [b.Left, b.Right],
        Unary u => [u.Operand],
        Parenthesized p => [p.Inner],
        _ => [],
    };
}
