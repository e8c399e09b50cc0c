using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Keywords;

/// <summary><c>minItems</c>, <c>maxItems</c>, <c>minProperties</c>, <c>maxProperties</c>.</summary>
internal sealed class CountKeyword(SchemaNode owner, string name, JsonKind kind, bool isMost, long limit) : Keyword(owner, name)
{
    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (run.Tokens[at].Kind != kind) return true;
        var count = run.Tokens[at].Length;
        return (isMost ? count <= limit : count >= limit)
            || (run.Collecting && Fail(ref run, at, $"Expected at {(isMost ? "most" : "least")} {limit} {(kind == JsonKind.Array ? "items" : "members")}, found {count}."));
    }
}

internal sealed class PropertyNamesKeyword(SchemaNode owner, SchemaNode schema) : Keyword(owner, "propertyNames")
{
    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (run.Tokens[at].Kind != JsonKind.Object) return true;
        if (!run.TakeChildren(at)) return false;
        var keeps = true;
        var end = run.Tokens[at].Extra;
        for (var i = at + 1; i < end; i = run.After(i + 1))
        {
            if (schema.Check(ref run, i, -1)) continue;
            keeps = false;
            if (!run.GoesOn) break;
        }
        return keeps;
    }
}

internal sealed class DependentRequiredKeyword(SchemaNode owner, string name, IReadOnlyList<(Utf8Name If, IReadOnlyList<Utf8Name> Then)> rules) : Keyword(owner, name)
{
    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (run.Tokens[at].Kind != JsonKind.Object) return true;
        var keeps = true;
        foreach (var (member, needed) in rules)
        {
            if (!run.Take((1 + needed.Count) * (1 + run.Tokens[at].Length / 8), at)) return false;
            if (run.Member(at, member) < 0) continue;
            foreach (var name in needed)
            {
                if (run.Member(at, name) >= 0) continue;
                keeps = false;
                if (!run.GoesOn) return false;
                Fail(ref run, at, $"The member '{name.Name}' is missing, which '{member.Name}' needs.");
            }
        }
        return keeps;
    }
}

internal sealed class DependentSchemasKeyword(SchemaNode owner, string name, IReadOnlyList<(Utf8Name If, SchemaNode Then)> rules) : Keyword(owner, name)
{
    public override IEnumerable<SchemaNode> InPlace => rules.Select(r => r.Then);

    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (run.Tokens[at].Kind != JsonKind.Object) return true;
        var keeps = true;
        foreach (var (member, schema) in rules)
        {
            if (!run.Take(1 + run.Tokens[at].Length / 8, at)) return false;
            if (run.Member(at, member) < 0 || schema.Check(ref run, at, marks)) continue;
            keeps = false;
            if (!run.GoesOn) break;
        }
        return keeps;
    }
}
