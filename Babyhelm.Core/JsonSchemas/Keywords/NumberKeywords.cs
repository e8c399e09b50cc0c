using System.Text;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Keywords;

internal enum Bound { Minimum, ExclusiveMinimum, Maximum, ExclusiveMaximum }

internal sealed class BoundKeyword(SchemaNode owner, string name, Bound bound, byte[] limit) : Keyword(owner, name)
{
    private readonly ExactNumber _limit = ExactNumber.Read(limit);

    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (run.Tokens[at].Kind != JsonKind.Number) return true;
        var text = run.TextOf(at);
        if (!run.Take(text.Length / 64, at)) return false;
        var order = ExactNumber.Compare(ExactNumber.Read(text), text, _limit, limit);
        var keeps = bound switch
        {
            Bound.Minimum => order >= 0,
            Bound.ExclusiveMinimum => order > 0,
            Bound.Maximum => order <= 0,
            _ => order < 0,
        };
        return keeps || (run.Collecting && Fail(ref run, at, $"Expected {Words} {Encoding.UTF8.GetString(limit)}, found {Quote.Of(run.Text, at)}."));
    }

    private string Words => bound switch
    {
        Bound.Minimum => "at least",
        Bound.ExclusiveMinimum => "more than",
        Bound.Maximum => "at most",
        _ => "less than",
    };
}

internal sealed class MultipleKeyword(SchemaNode owner, byte[] unit) : Keyword(owner, "multipleOf")
{
    private readonly ExactNumber _unit = ExactNumber.Read(unit);

    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (run.Tokens[at].Kind != JsonKind.Number) return true;
        var text = run.TextOf(at);
        if (!run.Take(text.Length / 8 * (1 + unit.Length / 16), at)) return false;
        return ExactNumber.IsMultiple(ExactNumber.Read(text), text, _unit, unit)
            || (run.Collecting && Fail(ref run, at, $"Expected a multiple of {Encoding.UTF8.GetString(unit)}, found {Quote.Of(run.Text, at)}."));
    }
}
