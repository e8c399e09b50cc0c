using Babyhelm.Core.Liquid.Expressions;

namespace Babyhelm.Core.Liquid.Tags;

/// <summary><c>for name in collection limit: … offset: … reversed</c> with an <c>else</c> for no items.</summary>
internal sealed class ForTag(int offset, string variable, string name, Expression collection, LoopOptions options, Block body, Block? otherwise)
    : Node(offset)
{
    private readonly Block _body = IsEmpty(body, otherwise) ? body.WithoutText() : body;
    private readonly Block? _otherwise = IsEmpty(body, otherwise) ? otherwise?.WithoutText() : otherwise;

    public override bool IsBlank { get; } = IsEmpty(body, otherwise);

    public static Node Parse(BlockParser parser, in TagHead head)
    {
        var markup = parser.Markup(head);
        var variable = markup.TextOf(markup.Take(TokenKind.Identifier));
        if (!markup.TryTakeWord("in")) throw new LiquidException("Write it as: for name in collection.");
        var collection = markup.Expression(out var canonical);
        var options = LoopOptions.Parse(ref markup);
        markup.TakeEnd();

        var body = parser.ParseBlock(head, ["else", "endfor"], out var end);
        Block? otherwise = null;
        while (end.Name == "else") otherwise = parser.ParseBlock(head, ["else", "endfor"], out end);
        return new ForTag(head.Offset, variable, $"{variable}-{canonical}", collection, options, body, otherwise);
    }

    public override Completion Render(Scope scope, OutputBuffer output)
    {
        var items = LoopItems.Take(collection.Evaluate(scope), options, scope, name);
        if (items.Count == 0) return _otherwise?.Render(scope, output) ?? Completion.Normal;

        var parent = scope.CurrentLoop;
        var loop = new LoopState(name, items.Count, parent);
        scope.CurrentLoop = loop;
        var mark = scope.Open();
        scope.SetInner(mark, "forloop", LiquidValue.From(loop));
        for (var i = 0L; i < items.Count; i++)
        {
            scope.Rendering.Step();
            scope.SetInner(mark, variable, items[options.Reversed ? items.Count - 1 - i : i]);
            var completion = _body.Render(scope, output);
            loop.Advance();
            if (completion == Completion.Break) break;
        }
        scope.Close(mark);
        scope.CurrentLoop = parent;
        return Completion.Normal;
    }

    private static bool IsEmpty(Block body, Block? otherwise) => body.IsBlank && otherwise?.IsBlank != false;
}

/// <summary><c>tablerow name in collection cols: … limit: … offset: …</c>: an HTML table's rows.</summary>
internal sealed class TableRowTag(int offset, string variable, Expression collection, LoopOptions options, Block body) : Node(offset)
{
    public override bool IsBlank => body.IsBlank;

    public static Node Parse(BlockParser parser, in TagHead head)
    {
        var markup = parser.Markup(head);
        var variable = markup.TextOf(markup.Take(TokenKind.Identifier));
        if (!markup.TryTakeWord("in")) throw new LiquidException("Write it as: tablerow name in collection.");
        var collection = markup.Expression();
        var options = LoopOptions.Parse(ref markup);
        markup.TakeEnd();
        return new TableRowTag(head.Offset, variable, collection, options, parser.ParseBlock(head, ["endtablerow"], out _));
    }

    public override Completion Render(Scope scope, OutputBuffer output)
    {
        var source = collection.Evaluate(scope);
        if (!source.IsTruthy) return Completion.Normal;
        var items = LoopItems.Take(source, options, scope, null);
        var columns = options.Columns is null ? items.Count : Numbers.CutToInteger(options.Columns.Evaluate(scope), "number of columns");
        var loop = new LoopState("", items.Count, null, columns);
        var mark = scope.Open();
        scope.SetInner(mark, "tablerowloop", LiquidValue.From(loop));
        output.Append("<tr class=\"row1\">\n");
        for (var i = 0L; i < items.Count; i++)
        {
            scope.Rendering.Step();
            scope.SetInner(mark, variable, items[i]);
            output.Append("<td class=\"col");
            output.Append(loop.Column);
            output.Append("\">");
            var completion = body.Render(scope, output);
            output.Append("</td>");
            if (completion == Completion.Break) break;
            if (loop.IsLastColumn && !loop.IsLast)
            {
                output.Append("</tr>\n<tr class=\"row");
                output.Append(loop.Row + 1);
                output.Append("\">");
            }
            loop.Advance();
        }
        output.Append("</tr>\n");
        scope.Close(mark);
        return Completion.Normal;
    }
}

/// <param name="Continue">Goes on where the last loop of the same name ended.</param>
internal sealed record LoopOptions(Expression? Limit, Expression? Offset, bool Continue, bool Reversed, Expression? Columns)
{
    public static LoopOptions Parse(ref MarkupParser markup)
    {
        var options = new LoopOptions(null, null, false, false, null);
        while (!markup.AtEnd)
        {
            markup.TryTake(TokenKind.Comma);
            if (markup.TryTakeWord("reversed"))
            {
                options = options with { Reversed = true };
                continue;
            }
            var name = markup.TextOf(markup.Take(TokenKind.Identifier));
            markup.Take(TokenKind.Colon);
            var isContinue = name == "offset" && markup.IsWord("continue");
            var value = markup.Expression();
            options = name switch
            {
                "limit" => options with { Limit = value },
                "offset" => isContinue ? options with { Continue = true } : options with { Offset = value, Continue = false },
                "cols" => options with { Columns = value },
                _ => throw new LiquidException($"A loop has no option '{name}'; it has limit, offset, reversed and, in a table, cols.", value.Offset),
            };
        }
        return options;
    }
}

/// <summary>The part of a collection that a loop goes over; a range is never written out.</summary>
internal readonly struct LoopItems
{
    private readonly IReadOnlyList<LiquidValue>? _list;
    private readonly long _first;

    private LoopItems(IReadOnlyList<LiquidValue>? list, long first, long count)
    {
        _list = list;
        _first = first;
        Count = count;
    }

    public long Count { get; }

    public LiquidValue this[long index] => _list is null ? _first + index : _list[(int)(_first + index)];

    /// <param name="name">The loop's name for <c>offset: continue</c>; null for a table, which has no such thing.</param>
    public static LoopItems Take(in LiquidValue collection, LoopOptions options, Scope scope, string? name)
    {
        long from = 0;
        if (options.Continue && name is not null) from = scope.Offsets.GetValueOrDefault(name);
        else if (options.Offset?.Evaluate(scope) is { IsNil: false } offset) from = Integer(offset, "offset", name);
        var limit = options.Limit?.Evaluate(scope) is { IsNil: false } most ? Integer(most, "limit", name) : (long?)null;

        var range = collection.Kind == LiquidKind.Range ? collection.AsRange : null;
        var list = range is null ? Sequences.ForLoop(collection, scope.Rendering) : null;
        var total = range?.Count ?? list!.Count;
        var (start, end) = collection.Kind == LiquidKind.String
            ? (0, total)
            : (Math.Clamp(from, 0, total), limit is null ? total : (long)Int128.Clamp((Int128)from + limit.Value, 0, total));
        var count = Math.Max(0, end - start);
        if (name is not null) scope.Offsets[name] = unchecked(from + count);
        return new LoopItems(list, start + (range?.First ?? 0), count);
    }

    private static long Integer(in LiquidValue value, string what, string? name) =>
        name is null ? Numbers.CutToInteger(value, what) : Numbers.RequireInteger(value, what);
}
