using System.Text;

namespace Babyhelm.Core.Liquid.Tags;

/// <summary>Tags whose content is not parsed: <c>comment</c>, <c>raw</c>, <c>doc</c> and <c>#</c>.</summary>
internal static class VerbatimTags
{
    public static Node ParseInlineComment(BlockParser parser, in TagHead head)
    {
        var lines = parser.MarkupText(head).Split('\n');
        foreach (var line in lines.Skip(1))
            if (line.AsSpan().TrimStart() is { Length: > 0 } text && text[0] != '#') throw new LiquidException("Each line of such a comment starts with '#'.");
        return new NothingTag(head.Offset);
    }

    /// <summary>Only nested comments and raw blocks count inside a comment; nothing else needs to be right.</summary>
    public static Node ParseComment(BlockParser parser, in TagHead head)
    {
        var depth = 1;
        while (parser.Tokens.Next(out var token))
        {
            if (token.Kind != SourceTokenKind.Tag) continue;
            switch (parser.Head(token)?.Name)
            {
                case "raw":
                    ReadRaw(parser, head with { Name = "raw" }, "endraw", null);
                    break;
                case "comment":
                    depth++;
                    break;
                case "endcomment" when --depth == 0:
                    if (!parser.Tokens.IsLines) parser.Context.TrimNext = parser.Context.Source.Text[token.End - 3] == '-';
                    return new NothingTag(head.Offset);
            }
        }
        throw NeverClosed(head);
    }

    public static Node ParseRaw(BlockParser parser, in TagHead head)
    {
        if (!string.IsNullOrWhiteSpace(parser.MarkupText(head))) throw new LiquidException("The tag 'raw' stands alone.");
        var body = new StringBuilder();
        ReadRaw(parser, head, "endraw", body);
        return new RawTag(head.Offset, body.ToString());
    }

    public static Node ParseDoc(BlockParser parser, in TagHead head)
    {
        if (!string.IsNullOrWhiteSpace(parser.MarkupText(head))) throw new LiquidException("The tag 'doc' stands alone.");
        ReadRaw(parser, head, "enddoc", null, refuse: "doc");
        return new NothingTag(head.Offset);
    }

    private static void ReadRaw(BlockParser parser, in TagHead head, string endName, StringBuilder? body, string? refuse = null)
    {
        var source = parser.Context.Source.Text;
        while (parser.Tokens.Next(out var token))
        {
            var text = source.AsSpan(token.Start, token.End - token.Start);
            var (at, name) = LastTag(text);
            if (name.Length > 0 && name == refuse) throw new LiquidException($"The tag '{refuse}' cannot stand inside itself.", token.Start);
            if (name != endName)
            {
                body?.Append(text);
                continue;
            }
            parser.Context.TrimNext = text[^3] == '-';
            body?.Append(text[..at]);
            return;
        }
        throw NeverClosed(head);
    }

    /// <summary>The last tag in a piece that ends with one, even where an unclosed brace stands before it.</summary>
    private static (int At, string Name) LastTag(ReadOnlySpan<char> text)
    {
        if (!text.EndsWith("%}")) return (0, "");
        var at = text.LastIndexOf("{%");
        if (at < 0) return (0, "");
        var inner = text[(at + 2)..^2];
        if (inner.Length > 0 && inner[0] == '-') inner = inner[1..];
        inner = inner.TrimStart();
        var end = 0;
        while (end < inner.Length && (char.IsAsciiLetterOrDigit(inner[end]) || inner[end] == '_')) end++;
        return (at, inner[..end].ToString());
    }

    private static LiquidException NeverClosed(in TagHead head) => new($"The tag '{head.Name}' is never closed by 'end{head.Name}'.", head.Offset);

    private sealed class NothingTag(int offset) : Node(offset)
    {
        public override bool IsBlank => true;

        public override Completion Render(Scope scope, OutputBuffer output) => Completion.Normal;
    }

    private sealed class RawTag(int offset, string text) : Node(offset)
    {
        public override bool IsBlank => text.Length == 0;

        public override Completion Render(Scope scope, OutputBuffer output)
        {
            scope.Rendering.StepForText(text.Length);
            output.Append(text);
            return Completion.Normal;
        }
    }
}
