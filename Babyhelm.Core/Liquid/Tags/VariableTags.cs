using Babyhelm.Core.Liquid.Expressions;

namespace Babyhelm.Core.Liquid.Tags;

internal sealed class AssignTag(int offset, string name, Expression? value) : Node(offset)
{
    public override bool IsBlank => true;

    public static Node Parse(BlockParser parser, in TagHead head)
    {
        var markup = parser.MarkupText(head);
        var equals = markup.IndexOf('=');
        var name = equals < 0 ? "" : markup[..equals].Trim();
        if (!VariableName.IsGood(name)) throw new LiquidException("Write it as: assign name = value.");
        var value = new MarkupParser(parser.Context, head.MarkupStart + equals + 1, head.MarkupEnd).FilteredOrNothing();
        return new AssignTag(head.Offset, name, value);
    }

    public override Completion Render(Scope scope, OutputBuffer output)
    {
        scope.Assign(name, value?.Evaluate(scope) ?? LiquidValue.Nil);
        return Completion.Normal;
    }
}

internal sealed class CaptureTag(int offset, string name, Block body) : Node(offset)
{
    public override bool IsBlank => true;

    public static Node Parse(BlockParser parser, in TagHead head)
    {
        var name = parser.MarkupText(head).Trim();
        if (name.Length > 1 && name[0] is '\'' or '"' && name[0] == name[^1]) name = name[1..^1];
        if (!VariableName.IsGood(name)) throw new LiquidException("Write it as: capture name.");
        return new CaptureTag(head.Offset, name, parser.ParseBlock(head, ["endcapture"], out _));
    }

    public override Completion Render(Scope scope, OutputBuffer output)
    {
        var captured = new OutputBuffer(scope.Rendering.Limits.MaxOutputLength);
        var completion = body.Render(scope, captured);
        scope.Assign(name, captured.ToString());
        return completion;
    }
}

internal sealed class CounterTag(int offset, string name, bool up) : Node(offset)
{
    public static Node ParseIncrement(BlockParser parser, in TagHead head) => new CounterTag(head.Offset, parser.MarkupText(head).Trim(), up: true);

    public static Node ParseDecrement(BlockParser parser, in TagHead head) => new CounterTag(head.Offset, parser.MarkupText(head).Trim(), up: false);

    public override Completion Render(Scope scope, OutputBuffer output)
    {
        var before = scope.Counter(name);
        var after = unchecked(before + (up ? 1 : -1));
        scope.SetCounter(name, after);
        output.Append(up ? before : after);
        return Completion.Normal;
    }
}

/// <summary>Names that <c>assign</c> and <c>capture</c> take: letters, digits, <c>_ - . [ ]</c> and brackets around.</summary>
internal static class VariableName
{
    public static bool IsGood(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '[' or ']' or '(' or ')');
}
