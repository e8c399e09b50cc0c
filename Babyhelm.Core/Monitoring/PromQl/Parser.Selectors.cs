namespace Babyhelm.Core.Monitoring.PromQl;

/// <summary>Selectors, and what may follow an expression: a range, a subquery, <c>offset</c> and <c>@</c>.</summary>
internal sealed partial class Parser
{
    private Selector ReadSelector()
    {
        var start = Now;
        if (++_selectors > PromQlLimits.MaxSelectors) throw Fault($"A query can have at most {PromQlLimits.MaxSelectors} selectors.");
        var metric = start.Kind == TokenKind.Word ? Take().Text : null;
        var matchers = new List<Matcher>();
        if (TakeIf("{"))
        {
            while (!Now.Is("}"))
            {
                if (Now.Kind == TokenKind.String && (Ahead.Is(",") || Ahead.Is("}")))
                    metric = metric is null ? Take().Text : throw Fault("A selector has one metric's name at most.");
                else matchers.Add(ReadMatcher());
                if (!TakeIf(",")) break;
            }
            Expect("}");
        }
        TypeCheck.Selector(start, metric, matchers);
        return new Selector(metric, matchers, null, Moment.OfQuery);
    }

    private Matcher ReadMatcher()
    {
        var label = IsLabel(Now) ? Take() : throw Unexpected("a label");
        var match = Now.Is("=") || Now.Is("!=") || Now.Is("=~") || Now.Is("!~") ? Take() : throw Unexpected("'=', '!=', '=~' or '!~'");
        return Now.Kind == TokenKind.String ? new Matcher(label.Text, match.Text, Take().Text) : throw Unexpected("a string");
    }

    private Expr ReadPostfix(Expr expr)
    {
        while (true)
        {
            if (Now.Is("[")) expr = ReadBrackets(expr);
            else if (Now.IsWord("offset")) expr = ReadOffset(expr);
            else if (Now.Is("@")) expr = ReadAt(expr);
            else return expr;
        }
    }

    private Expr ReadBrackets(Expr expr)
    {
        var bracket = Take();
        var range = ReadDuration();
        if (!TakeIf(":"))
        {
            Expect("]");
            if (expr is not Selector { Range: null } selector) throw new PromQlException(bracket.Offset, "Only a selector can have a range; a subquery is written [5m:].");
            // Prometheus lets start() and end() stand before the range too.
            return selector.Moment is { Offset: null, At: null or "start()" or "end()" } ? selector with { Range = range } : throw new PromQlException(bracket.Offset, "The range stands before 'offset' and '@'.");
        }
        var step = Now.Is("]") ? null : ReadDuration();
        Expect("]");
        return TypeCheck.Subquery(bracket, Over(new Subquery(expr, range, step, Moment.OfQuery), expr));
    }

    private string ReadDuration() =>
        Now.Kind is TokenKind.Duration or TokenKind.Number ? Take().Text : throw Unexpected("a duration such as 5m");

    private Expr ReadOffset(Expr expr)
    {
        var token = Take();
        var sign = TakeIf("-") ? "-" : "";
        var offset = sign + ReadDuration();
        return WithMoment(expr, token, moment => moment.Offset is null ? moment with { Offset = offset } : null);
    }

    private Expr ReadAt(Expr expr)
    {
        var token = Take();
        string at;
        if (Now.IsWord("start") || Now.IsWord("end"))
        {
            at = $"{Take().Text.ToLowerInvariant()}()";
            Expect("(");
            Expect(")");
        }
        else
        {
            var sign = Now.Is("-") || Now.Is("+") ? Take().Text : "";
            at = sign + (Now.Kind == TokenKind.Number ? Take().Text : throw Unexpected("a time in seconds, start() or end()"));
        }
        return WithMoment(expr, token, moment => moment.At is null ? moment with { At = at } : null);
    }

    private static Expr WithMoment(Expr expr, Token token, Func<Moment, Moment?> change) => expr switch
    {
        Selector s => s with { Moment = change(s.Moment) ?? throw Twice(token) },
        Subquery s => s with { Moment = change(s.Moment) ?? throw Twice(token) },
        _ => throw new PromQlException(token.Offset, $"{token.Shown} belongs behind a selector or a subquery."),
    };

    private static PromQlException Twice(Token token) => new(token.Offset, $"{token.Shown} stands here twice.");
}
