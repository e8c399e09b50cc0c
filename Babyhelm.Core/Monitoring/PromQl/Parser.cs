namespace Babyhelm.Core.Monitoring.PromQl;

/// <summary>Reads tokens into a tree, by precedence climbing. What is read and what it means is Prometheus's grammar.</summary>
internal sealed partial class Parser(IReadOnlyList<Token> tokens)
{
    private int _at;
    private int _depth;
    private int _selectors;

    private Token Now => tokens[_at];

    private Token Ahead => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    /// <summary>One whole expression.</summary>
    public Expr ReadAll()
    {
        if (Now.Kind == TokenKind.End) throw Fault("There is no expression.");
        var expr = ReadBinary(0);
        return Now.Kind == TokenKind.End ? expr : throw Unexpected("an operator or the end");
    }

    /// <summary>One selector without range and moment, as <c>match[]</c> takes it.</summary>
    public Selector ReadSelectorAlone()
    {
        var selector = Now.Kind == TokenKind.Word && !Vocabulary.NoMetric.Contains(Now.Text) && !Vocabulary.SpecialNumbers.Contains(Now.Text) || Now.Is("{")
            ? ReadSelector() : throw Unexpected("a metric's name or '{'");
        return Now.Kind == TokenKind.End ? selector : throw Unexpected("the end, as this takes a plain selector");
    }

    private Expr ReadBinary(int tightness)
    {
        if (++_depth > PromQlLimits.MaxDepth) throw TooDeep();
        var left = ReadUnary();
        while (Now.Kind is TokenKind.Symbol or TokenKind.Word && Vocabulary.Operators.TryGetValue(Now.Text, out var binds) && binds >= tightness)
        {
            var operatorToken = Take();
            var matching = ReadMatching(operatorToken, binds);
            var right = ReadBinary(binds == Vocabulary.Power ? binds : binds + 1);
            left = TypeCheck.Binary(operatorToken, Over(new Binary(operatorToken.Text.ToLowerInvariant(), matching, left, right), left, right));
        }
        _depth--;
        return left;
    }

    /// <summary>Binds as multiplication does: <c>-a ^ b</c> is <c>-(a ^ b)</c>.</summary>
    private Expr ReadUnary()
    {
        if (!Now.Is("-") && !Now.Is("+")) return ReadPostfix(ReadPrimary());
        var sign = Take();
        var operand = ReadBinary(Vocabulary.Power);
        return TypeCheck.Unary(sign, Over(new Unary(sign.Text, operand), operand));
    }

    private Expr ReadPrimary()
    {
        var token = Now;
        switch (token.Kind)
        {
            case TokenKind.Number or TokenKind.Duration:
                return new NumberLiteral(Take().Text);
            case TokenKind.String:
                return new StringLiteral(Take().Text);
            case TokenKind.Symbol when token.Text == "{":
                return ReadSelector();
            case TokenKind.Symbol when token.Text == "(":
                Take();
                var inner = ReadBinary(0);
                Expect(")");
                return Over(new Parenthesized(inner), inner);
            case TokenKind.Word when Vocabulary.SpecialNumbers.Contains(token.Text):
                return new NumberLiteral(Take().Text);
            case TokenKind.Word when Vocabulary.Aggregations.Contains(token.Text) && (Ahead.Is("(") || Ahead.IsWord("by") || Ahead.IsWord("without")):
                return ReadAggregation();
            case TokenKind.Word when Ahead.Is("(") && !Vocabulary.NoFunction.Contains(token.Text) && !Vocabulary.NoMetric.Contains(token.Text):
                return ReadCall();
            case TokenKind.Word when !Vocabulary.NoMetric.Contains(token.Text):
                return ReadSelector();
            default:
                throw Unexpected("a number, a string, a selector, a function or '('");
        }
    }

    private Call ReadCall()
    {
        var name = Take();
        if (!Functions.All.ContainsKey(name.Text))
            throw new PromQlException(name.Offset, Functions.Refused.TryGetValue(name.Text, out var reason) ? reason : $"There is no function {name.Shown}.");
        var arguments = ReadArguments();
        return TypeCheck.Call(name, Over(new Call(name.Text, arguments), arguments));
    }

    private Aggregation ReadAggregation()
    {
        var name = Take();
        var grouping = ReadGrouping();
        var arguments = ReadArguments();
        grouping ??= ReadGrouping();
        return TypeCheck.Aggregation(name, Over(new Aggregation(name.Text.ToLowerInvariant(), grouping, arguments), arguments));
    }

    private Grouping? ReadGrouping()
    {
        if (!Now.IsWord("by") && !Now.IsWord("without")) return null;
        var keyword = Take().Text.ToLowerInvariant();
        return new Grouping(keyword, ReadLabels());
    }

    private List<Expr> ReadArguments()
    {
        Expect("(");
        var arguments = new List<Expr>();
        if (!Now.Is(")"))
        {
            arguments.Add(ReadBinary(0));
            while (TakeIf(",")) arguments.Add(ReadBinary(0));
        }
        Expect(")");
        return arguments;
    }

    private Matching ReadMatching(Token operatorToken, int binds)
    {
        var isBool = Now.IsWord("bool");
        if (isBool && binds != Vocabulary.Comparison) throw Fault("Only a comparison can have 'bool'.");
        if (isBool) Take();
        if (!Now.IsWord("on") && !Now.IsWord("ignoring")) return isBool ? Matching.Plain with { Bool = true } : Matching.Plain;
        var keyword = Take().Text.ToLowerInvariant();
        var labels = ReadLabels();
        if (!Now.IsWord("group_left") && !Now.IsWord("group_right")) return new Matching(isBool, keyword, labels, null, []);
        if (binds < Vocabulary.Comparison) throw Fault($"{operatorToken.Shown} can't group.");
        var group = Take().Text.ToLowerInvariant();
        var included = Now.Is("(") ? ReadLabels() : [];
        if (keyword == "on" && included.Intersect(labels).Any()) throw new PromQlException(operatorToken.Offset, "A label can't be in both 'on' and the group.");
        return new Matching(isBool, keyword, labels, group, included);
    }

    private List<string> ReadLabels()
    {
        Expect("(");
        var labels = new List<string>();
        while (!Now.Is(")"))
        {
            labels.Add(IsLabel(Now) && !Vocabulary.SpecialNumbers.Contains(Now.Text) ? Take().Text : throw Unexpected("a label"));
            if (!TakeIf(",")) break;
        }
        Expect(")");
        return labels;
    }

    private static bool IsLabel(Token token) => token.Kind == TokenKind.String || (token.Kind == TokenKind.Word && !token.Text.Contains(':', StringComparison.Ordinal));

    private T Over<T>(T expr, params ReadOnlySpan<Expr> parts) where T : Expr
    {
        var height = 0;
        foreach (var part in parts) height = Math.Max(height, part.Height);
        return height < PromQlLimits.MaxDepth ? expr with { Height = height + 1 } : throw TooDeep();
    }

    private T Over<T>(T expr, List<Expr> parts) where T : Expr => Over(expr, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(parts));

    private Token Take() => tokens[_at++];

    private bool TakeIf(string symbol)
    {
        if (!Now.Is(symbol)) return false;
        _at++;
        return true;
    }

    private void Expect(string symbol)
    {
        if (!TakeIf(symbol)) throw Unexpected($"'{symbol}'");
    }

    private PromQlException Fault(string what) => new(Now.Offset, what);

    private PromQlException Unexpected(string wanted) => Fault($"{Now.Shown} stands where {wanted} is expected.");

    private PromQlException TooDeep() => Fault($"This is nested more than {PromQlLimits.MaxDepth} deep, or has more operators in a row.");
}
