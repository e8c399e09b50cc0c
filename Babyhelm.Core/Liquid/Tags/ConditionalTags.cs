using Babyhelm.Core.Liquid.Expressions;

namespace Babyhelm.Core.Liquid.Tags;

/// <summary><c>if</c> and <c>unless</c>. What follows the first <c>else</c> is parsed but never rendered.</summary>
internal sealed class IfTag(int offset, bool negated, (Condition? When, Block Then)[] branches) : Node(offset)
{
    private readonly (Condition? When, Block Then)[] _branches =
        branches.All(b => b.Then.IsBlank) ? [.. branches.Select(b => (b.When, b.Then.WithoutText()))] : branches;

    public override bool IsBlank { get; } = branches.All(b => b.Then.IsBlank);

    public static Node ParseIf(BlockParser parser, in TagHead head) => Parse(parser, head, negated: false);

    public static Node ParseUnless(BlockParser parser, in TagHead head) => Parse(parser, head, negated: true);

    public override Completion Render(Scope scope, OutputBuffer output)
    {
        for (var i = 0; i < _branches.Length; i++)
        {
            var (when, then) = _branches[i];
            if (when is null || when.IsTrue(scope) != (negated && i == 0)) return then.Render(scope, output);
        }
        return Completion.Normal;
    }

    private static IfTag Parse(BlockParser parser, in TagHead head, bool negated)
    {
        var branches = new List<(Condition?, Block)>();
        var end = "end" + head.Name;
        var branch = head;
        while (true)
        {
            var when = branch.Name == "else" ? null : Condition.Parse(parser.Context, branch.MarkupStart, branch.MarkupEnd);
            var then = parser.ParseBlock(head, ["elsif", "else", end], out branch);
            branches.Add((when, then));
            if (branch.Name == end) return new IfTag(head.Offset, negated, [.. branches]);
        }
    }
}

/// <summary>
/// <c>case</c>: every <c>when</c> that matches is rendered, once for each of its values that does; an <c>else</c> only
/// if none before it did.
/// </summary>
internal sealed class CaseTag(int offset, Expression value, (Expression[]? Values, Block Then)[] branches) : Node(offset)
{
    private readonly (Expression[]? Values, Block Then)[] _branches =
        branches.All(b => b.Then.IsBlank) ? [.. branches.Select(b => (b.Values, b.Then.WithoutText()))] : branches;

    public override bool IsBlank { get; } = branches.All(b => b.Then.IsBlank);

    public static Node Parse(BlockParser parser, in TagHead head)
    {
        var value = parser.Markup(head).Expression();
        parser.ParseBlock(head, ["when", "else", "endcase"], out var branch);
        var branches = new List<(Expression[]?, Block)>();
        while (branch.Name != "endcase")
        {
            if (branch.Name == "else" && !string.IsNullOrWhiteSpace(parser.MarkupText(branch)))
                throw new LiquidException("The tag 'else' takes nothing in a 'case'.", branch.Offset);
            var values = branch.Name == "else" ? null : Values(parser, branch);
            branches.Add((values, parser.ParseBlock(head, ["when", "else", "endcase"], out branch)));
        }
        return new CaseTag(head.Offset, value, [.. branches]);
    }

    public override Completion Render(Scope scope, OutputBuffer output)
    {
        var matched = false;
        foreach (var (values, then) in _branches)
        {
            if (values is null)
            {
                if (!matched && then.Render(scope, output) is not Completion.Normal and var interrupt) return interrupt;
                continue;
            }
            foreach (var candidate in values)
            {
                scope.Rendering.Step();
                if (!Comparison.AreEqual(value.Evaluate(scope), candidate.Evaluate(scope))) continue;
                matched = true;
                if (then.Render(scope, output) is not Completion.Normal and var interrupt) return interrupt;
            }
        }
        return Completion.Normal;
    }

    /// <summary>Values with a comma or <c>or</c> between them; what follows something else is ignored, as it always was.</summary>
    private static Expression[] Values(BlockParser parser, in TagHead when)
    {
        var markup = parser.Markup(when);
        var values = new List<Expression>();
        do values.Add(markup.Expression());
        while (markup.TryTake(TokenKind.Comma) || markup.TryTakeWord("or"));
        return [.. values];
    }
}

/// <summary>Renders its block, and writes it only when it differs from what such a tag wrote last.</summary>
internal sealed class IfChangedTag(int offset, Block body) : Node(offset)
{
    public override bool IsBlank => body.IsBlank;

    public static Node Parse(BlockParser parser, in TagHead head) => new IfChangedTag(head.Offset, parser.ParseBlock(head, ["endifchanged"], out _));

    public override Completion Render(Scope scope, OutputBuffer output)
    {
        var buffer = new OutputBuffer(scope.Rendering.Limits.MaxOutputLength);
        var completion = body.Render(scope, buffer);
        var text = buffer.ToString();
        if (text == scope.LastChanged) return completion;
        scope.LastChanged = text;
        output.Append(text);
        return completion;
    }
}
