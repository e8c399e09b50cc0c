using Babyhelm.Core.Liquid.Expressions;

namespace Babyhelm.Core.Liquid.Tags;

/// <summary>
/// <c>cycle name: a, b</c> writes the next of its values each time. Without a name, cycles of the same literal values go
/// on together, while one with a variable goes on by itself.
/// </summary>
internal sealed class CycleTag(int offset, Expression? name, string key, Expression[] values) : Node(offset)
{
    public static Node Parse(BlockParser parser, in TagHead head)
    {
        var markup = parser.Markup(head);
        var values = new List<Expression>();
        var texts = new List<string>();
        Expression? name = null;
        if (markup.AtEnd) throw new LiquidException("Write it as: cycle 'one', 'two' or cycle name: 'one', 'two'.");
        do
        {
            if (markup.AtEnd) break;
            var value = markup.Expression(out var canonical);
            if (name is null && values.Count == 0 && markup.TryTake(TokenKind.Colon))
            {
                name = value;
                value = markup.Expression(out canonical);
            }
            values.Add(value);
            texts.Add(canonical);
        }
        while (markup.TryTake(TokenKind.Comma));
        markup.TakeEnd();
        var shared = values.All(v => v is Literal);
        return new CycleTag(head.Offset, name, $"\u0001{(shared ? "" : head.Offset)}:{string.Join(",", texts)}", [.. values]);
    }

    public override Completion Render(Scope scope, OutputBuffer output)
    {
        var id = name?.Evaluate(scope) ?? key;
        var next = scope.Cycles.GetValueOrDefault(id);
        if (next < values.Length) TextForm.Write(values[next].Evaluate(scope), output);
        scope.Cycles[id] = next + 1 >= values.Length ? 0 : next + 1;
        return Completion.Normal;
    }
}
