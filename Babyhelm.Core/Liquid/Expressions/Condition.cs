namespace Babyhelm.Core.Liquid.Expressions;

internal enum Operator : byte { None, Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, Contains }

/// <summary>
/// Comparisons joined by <c>and</c> and <c>or</c>, grouped from the right: evaluation goes left to right and stops at
/// the first false before an <c>and</c> and the first true before an <c>or</c>.
/// </summary>
internal sealed class Condition(Condition.Term[] terms)
{
    /// <param name="NextIsAnd">How the next term is joined; has no meaning in the last one.</param>
    internal readonly record struct Term(Expression Left, Operator Operator, Expression? Right, bool NextIsAnd, int Offset);

    public bool IsTrue(Scope scope)
    {
        for (var i = 0; ; i++)
        {
            ref readonly var term = ref terms[i];
            var result = Evaluate(term, scope);
            if (i == terms.Length - 1 || result != term.NextIsAnd) return result;
        }
    }

    public static Condition Parse(ParseContext context, int start, int end)
    {
        var parser = new MarkupParser(context, start, end);
        var terms = new List<Term>();
        while (true)
        {
            var left = parser.Expression();
            var (operation, offset) = (Operator.None, parser.Current.Start);
            if (parser.Current.Kind == TokenKind.Comparison || parser.IsWord("contains")) operation = ParseOperator(parser.TextOf(parser.Take()));
            var right = operation == Operator.None ? null : parser.Expression();
            var and = parser.TryTakeWord("and");
            var more = and || parser.TryTakeWord("or");
            terms.Add(new Term(left, operation, right, and, offset));
            if (more) continue;
            parser.TakeEnd();
            return new Condition([.. terms]);
        }
    }

    private static bool Evaluate(in Term term, Scope scope)
    {
        scope.Rendering.Step();
        var left = term.Left.Evaluate(scope);
        if (term.Operator == Operator.None) return left.IsTruthy;
        var right = term.Right!.Evaluate(scope);
        try
        {
            return term.Operator switch
            {
                Operator.Equal => Comparison.AreEqual(left, right),
                Operator.NotEqual => !Comparison.AreEqual(left, right),
                Operator.Contains => Comparison.Contains(left, right, scope.Rendering),
                Operator.Less => Comparison.Relation(left, right) < 0,
                Operator.LessOrEqual => Comparison.Relation(left, right) <= 0,
                Operator.Greater => Comparison.Relation(left, right) > 0,
                _ => Comparison.Relation(left, right) >= 0,
            };
        }
        catch (LiquidException e) when (e.Offset < 0)
        {
            e.Offset = term.Offset;
            throw;
        }
    }

    private static Operator ParseOperator(string text) => text switch
    {
        "==" => Operator.Equal,
        "!=" or "<>" => Operator.NotEqual,
        "<" => Operator.Less,
        "<=" => Operator.LessOrEqual,
        ">" => Operator.Greater,
        ">=" => Operator.GreaterOrEqual,
        _ => Operator.Contains,
    };
}
