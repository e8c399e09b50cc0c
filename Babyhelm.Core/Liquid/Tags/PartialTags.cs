using Babyhelm.Core.Liquid.Expressions;

namespace Babyhelm.Core.Liquid.Tags;

/// <summary>What stands after the name in <c>include</c> and <c>render</c>.</summary>
internal sealed record PartialArguments(Expression? Bound, bool IsLoop, string? Alias, (string Name, Expression Value)[] Named)
{
    public static PartialArguments Parse(ref MarkupParser markup)
    {
        Expression? bound = null;
        string? alias = null;
        var named = new List<(string, Expression)>();
        var isLoop = markup.IsWord("for") && markup.Ahead().Kind != TokenKind.Colon;
        if (isLoop || (markup.IsWord("with") && markup.Ahead().Kind != TokenKind.Colon))
        {
            markup.Take();
            bound = markup.Expression();
        }
        if (markup.IsWord("as") && markup.Ahead().Kind != TokenKind.Colon)
        {
            markup.Take();
            alias = markup.TextOf(markup.Take(TokenKind.Identifier));
        }
        while (!markup.AtEnd)
        {
            markup.TryTake(TokenKind.Comma);
            if (markup.AtEnd) break;
            var name = markup.TextOf(markup.Take(TokenKind.Identifier));
            markup.Take(TokenKind.Colon);
            named.Add((name, markup.Expression()));
        }
        return new PartialArguments(bound, isLoop, alias, [.. named]);
    }

    public string VariableName(string partial) => Alias ?? partial[(partial.LastIndexOf('/') + 1)..];

    public LiquidValue BoundValue(Scope scope) => Bound switch
    {
        null => LiquidValue.Nil,
        Lookup lookup => lookup.EvaluateOrNil(scope),
        var other => other.Evaluate(scope),
    };
}

/// <summary>Renders a partial that sees and changes the variables of the template.</summary>
internal sealed class IncludeTag(int offset, Expression name, PartialArguments arguments) : Node(offset)
{
    public static Node Parse(BlockParser parser, in TagHead head)
    {
        var markup = parser.Markup(head);
        return new IncludeTag(head.Offset, markup.Expression(), PartialArguments.Parse(ref markup));
    }

    public override Completion Render(Scope scope, OutputBuffer output)
    {
        if (scope.IsIsolated) throw new LiquidException("The tag 'include' cannot be used in what 'render' runs.");
        var value = name.Evaluate(scope);
        if (value.Kind != LiquidKind.String) throw new LiquidException("The name of what to include is not a text.");
        var partial = scope.Partials.Get(value.AsString);
        var bound = arguments.BoundValue(scope);
        var hasBound = arguments.Bound is not null || scope.TryGet(value.AsString, out bound);

        var mark = scope.Open();
        foreach (var (key, argument) in arguments.Named) scope.SetInner(mark, key, argument.Evaluate(scope));
        var variable = arguments.VariableName(value.AsString);
        var completion = Completion.Normal;
        if (hasBound && bound.Kind == LiquidKind.List)
        {
            foreach (var item in bound.AsList)
            {
                scope.SetInner(mark, variable, item);
                completion = partial.Render(scope, output);
                if (completion != Completion.Normal) break;
            }
        }
        else
        {
            if (hasBound) scope.SetInner(mark, variable, bound);
            completion = partial.Render(scope, output);
        }
        scope.Close(mark);
        return completion;
    }
}

/// <summary>Renders a partial that sees nothing but what it is given.</summary>
internal sealed class RenderTag(int offset, string name, PartialArguments arguments) : Node(offset)
{
    public static Node Parse(BlockParser parser, in TagHead head)
    {
        var markup = parser.Markup(head);
        if (markup.Current.Kind != TokenKind.String) throw new LiquidException("The name of what to render is a text in quotes.");
        var token = markup.TextOf(markup.Take());
        return new RenderTag(head.Offset, token[1..^1], PartialArguments.Parse(ref markup));
    }

    public override Completion Render(Scope scope, OutputBuffer output)
    {
        var partial = scope.Partials.Get(name);
        var bound = arguments.BoundValue(scope);
        if (!arguments.IsLoop || bound.Kind is not (LiquidKind.List or LiquidKind.Map or LiquidKind.Range))
        {
            RenderOnce(scope, partial, bound, null, output);
            return Completion.Normal;
        }

        var items = LoopItems.Take(bound, new LoopOptions(null, null, false, false, null), scope, null);
        var loop = new LoopState(name, items.Count, null);
        for (var i = 0L; i < items.Count; i++)
        {
            RenderOnce(scope, partial, items[i], loop, output);
            loop.Advance();
        }
        return Completion.Normal;
    }

    private void RenderOnce(Scope scope, ParsedTemplate partial, in LiquidValue bound, LoopState? loop, OutputBuffer output)
    {
        scope.Rendering.Step();
        var inner = scope.Isolated();
        if (loop is not null) inner.Assign("forloop", LiquidValue.From(loop));
        foreach (var (key, argument) in arguments.Named) inner.Assign(key, argument.Evaluate(scope));
        if (!bound.IsNil) inner.Assign(arguments.VariableName(name), bound);
        partial.Render(inner, output);
    }
}
