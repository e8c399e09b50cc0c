using Babyhelm.Core.JsonSchemas.Patterns;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Keywords;

/// <summary><c>properties</c>, <c>patternProperties</c>, <c>additionalProperties</c> and <c>required</c>, in one pass over the members.</summary>
internal sealed class MembersKeyword : Keyword
{
    private readonly NameTable _names;
    private readonly SchemaNode?[] _schemas;
    private readonly int[] _requiredAs;
    private readonly string[] _required;
    private readonly IReadOnlyList<(SchemaPattern Pattern, SchemaNode Schema)> _patterns;
    private readonly SchemaNode? _additional;

    /// <param name="required">Each name once.</param>
    public MembersKeyword(SchemaNode owner, IReadOnlyDictionary<string, SchemaNode> properties, IReadOnlyList<(SchemaPattern, SchemaNode)> patterns, SchemaNode? additional, string[] required)
        : base(owner, "properties")
    {
        (_patterns, _additional, _required) = (patterns, additional, required);
        string[] names = [.. properties.Keys.Union(required)];
        _names = new NameTable(names);
        _schemas = [.. names.Select(properties.GetValueOrDefault)];
        _requiredAs = [.. names.Select(n => Array.IndexOf(required, n))];
    }

    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (run.Tokens[at].Kind != JsonKind.Object) return true;
        if (!run.TakeChildren(at)) return false;
        var seen = run.Space.PushBits(_required.Length);
        var (keeps, found, ordinal) = (true, 0, 0);
        var end = run.Tokens[at].Extra;
        for (var i = at + 1; i < end; i = run.After(i + 1), ordinal++)
        {
            var (good, known) = Member(ref run, i, seen, ref found);
            if (known && marks >= 0) run.Space.SetBit(marks, ordinal);
            if (good) continue;
            keeps = false;
            if (!run.GoesOn) break;
        }
        if (found < _required.Length && (keeps || run.GoesOn)) keeps = Missing(ref run, at, seen);
        run.Space.PopBits(seen);
        return keeps;
    }

    /// <summary>Whether a member keeps its rules, and whether it has any.</summary>
    private (bool Good, bool Known) Member(ref Evaluation run, int name, int seen, ref int found)
    {
        var (good, known) = (true, false);
        var index = _names.Find(run.Tokens[name].Extra, run.TextOf(name));
        if (index >= 0)
        {
            if (_requiredAs[index] >= 0 && run.Space.SetBit(seen, _requiredAs[index])) found++;
            if (_schemas[index] is { } schema)
            {
                known = true;
                good = schema.Check(ref run, name + 1, -1);
            }
        }
        for (var i = 0; i < _patterns.Count; i++)
        {
            if (!good && !run.GoesOn) return (false, known);
            var (pattern, schema) = _patterns[i];
            switch (pattern.Matches(ref run, name, this))
            {
                case null: return (false, known);
                case false: continue;
            }
            known = true;
            good &= schema.Check(ref run, name + 1, -1);
        }
        if (known || _additional is null) return (good, known);
        if (_additional.IsNever) return (run.Collecting && Fail(ref run, name, "additionalProperties", $"There must be no member {Quote.Of(run.TextOf(name))}."), true);
        return (_additional.Check(ref run, name + 1, -1), true);
    }

    private bool Missing(ref Evaluation run, int at, int seen)
    {
        for (var i = 0; i < _required.Length && run.GoesOn; i++)
            if (!run.Space.HasBit(seen, i)) Fail(ref run, at, $"required/{i}", $"The member '{_required[i]}' is missing.");
        return false;
    }
}
