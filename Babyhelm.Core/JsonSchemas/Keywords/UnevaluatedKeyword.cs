using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Keywords;

/// <summary><c>unevaluatedItems</c> or <c>unevaluatedProperties</c>: what no other rule of the schema looked at.</summary>
internal sealed class UnevaluatedKeyword(SchemaNode owner, JsonKind kind, SchemaNode schema) : Keyword(owner, kind == JsonKind.Array ? "unevaluatedItems" : "unevaluatedProperties")
{
    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (run.Tokens[at].Kind != kind) return true;
        if (!run.TakeChildren(at)) return false;
        var (keeps, ordinal) = (true, 0);
        var end = run.Tokens[at].Extra;
        for (var i = at + 1; i < end; ordinal++)
        {
            var value = kind == JsonKind.Array ? i : i + 1;
            i = run.After(value);
            if (!run.Space.SetBit(marks, ordinal)) continue;
            if (schema.IsNever)
            {
                keeps = run.Collecting && Fail(ref run, value, kind == JsonKind.Array ? $"There must be no item {ordinal}." : $"There must be no member {Quote.Of(run.TextOf(value - 1))}.");
            }
            else if (!schema.Check(ref run, value, -1))
            {
                keeps = false;
            }
            if (!keeps && !run.GoesOn) break;
        }
        return keeps;
    }
}
