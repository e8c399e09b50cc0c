using Babyhelm.Core.Liquid.Expressions;
using Babyhelm.Core.Liquid.Tags;

namespace Babyhelm.Core.Liquid;

/// <summary>Turns the tokens of a source into nodes.</summary>
internal sealed class BlockParser(ParseContext context, TemplateTokenizer tokens)
{
    private readonly string _source = context.Source.Text;

    public ParseContext Context => context;
    public TemplateTokenizer Tokens => tokens;

    public static Block ParseTemplate(ParseContext context)
    {
        var parser = new BlockParser(context, new TemplateTokenizer(context.Source.Text, 0, context.Source.Text.Length, lines: false));
        var block = parser.ParseNodes(out var end);
        return end is { } tag ? throw Unknown(tag) : block;
    }

    /// <summary>The nodes up to a tag that ends or divides the block <paramref name="open"/>; any other tag that is unknown is an error.</summary>
    public Block ParseBlock(in TagHead open, ReadOnlySpan<string> until, out TagHead end)
    {
        context.Enter(open.Offset);
        var block = ParseNodes(out var found);
        context.Leave();
        if (found is not { } tag) throw new LiquidException($"The tag '{open.Name}' is never closed by 'end{open.Name}'.", open.Offset);
        if (until.IndexOf(tag.Name) < 0) throw Unknown(tag);
        end = tag;
        return block;
    }

    public MarkupParser Markup(in TagHead tag) => new(context, tag.MarkupStart, tag.MarkupEnd);

    public string MarkupText(in TagHead tag) => _source[tag.MarkupStart..tag.MarkupEnd];

    /// <summary>Name and markup of a tag or line; null for what has no name.</summary>
    public TagHead? Head(in SourceToken token)
    {
        var (start, end) = (token.Start, token.End);
        if (!tokens.IsLines)
        {
            (start, end) = (start + 2, end - 2);
            if (start < end && _source[start] == '-') start++;
            if (end > start && _source[end - 1] == '-') end--;
        }
        while (start < end && char.IsWhiteSpace(_source[start])) start++;
        var nameStart = start;
        if (start < end && _source[start] == '#') start++;
        else while (start < end && (char.IsAsciiLetterOrDigit(_source[start]) || _source[start] == '_')) start++;
        return start == nameStart ? null : new TagHead(_source[nameStart..start], tokens.IsLines ? nameStart : token.Start, start, end);
    }

    private static LiquidException Unknown(in TagHead tag) => new($"The tag '{tag.Name}' is unknown or not expected here.", tag.Offset);

    private Block ParseNodes(out TagHead? end)
    {
        var nodes = new List<Node>();
        end = ParseInto(nodes);
        return new Block([.. nodes]);
    }

    /// <summary>The first tag that is not known, or null at the end of the tokens.</summary>
    private TagHead? ParseInto(List<Node> nodes)
    {
        while (tokens.Next(out var token))
        {
            switch (token.Kind)
            {
                case SourceTokenKind.Text:
                    AddText(nodes, token);
                    continue;
                case SourceTokenKind.Unclosed:
                    throw new LiquidException($"'{_source.AsSpan(token.Start, Math.Min(2, token.End - token.Start))}' is not closed.", token.Start);
                case SourceTokenKind.Output:
                    Trim(nodes, token);
                    nodes.Add(ParseOutput(token));
                    continue;
            }

            if (tokens.IsLines && _source.AsSpan(token.Start, token.End - token.Start).IsWhiteSpace()) continue;
            if (!tokens.IsLines) Trim(nodes, token);
            var head = Head(token) ?? throw new LiquidException("A tag needs a name.", token.Start);
            if (head.Name == "liquid")
            {
                var lines = new BlockParser(context, new TemplateTokenizer(_source, head.MarkupStart, head.MarkupEnd, lines: true));
                if (lines.ParseInto(nodes) is { } stray) throw Unknown(stray);
            }
            else if (TagTable.Find(head.Name) is { } parse) nodes.Add(Guarded(parse, head));
            else return head;
        }
        return null;
    }

    private Node Guarded(TagParser parse, in TagHead head)
    {
        try
        {
            return parse(this, head);
        }
        catch (LiquidException e) when (e.Offset < 0)
        {
            e.Offset = head.Offset;
            throw;
        }
    }

    private OutputNode ParseOutput(in SourceToken token)
    {
        var (start, end) = (token.Start + 2, token.End - 2);
        if (start < end && _source[start] == '-') start++;
        if (end > start && _source[end - 1] == '-') end--;
        return new OutputNode(token.Start, new MarkupParser(context, start, end).FilteredOrNothing());
    }

    private void AddText(List<Node> nodes, in SourceToken token)
    {
        var text = _source.AsSpan(token.Start, token.End - token.Start);
        if (context.TrimNext) text = text.TrimStart(Whitespace.Characters);
        context.TrimNext = false;
        if (text.Length > 0) nodes.Add(new TextNode(token.Start, text.ToString()));
    }

    private void Trim(List<Node> nodes, in SourceToken token)
    {
        if (_source[token.Start + 2] == '-' && nodes is [.., TextNode last])
        {
            nodes.RemoveAt(nodes.Count - 1);
            var text = last.Text.AsSpan().TrimEnd(Whitespace.Characters);
            if (text.Length > 0) nodes.Add(new TextNode(last.Offset, text.ToString()));
        }
        context.TrimNext = _source[token.End - 3] == '-';
    }
}
