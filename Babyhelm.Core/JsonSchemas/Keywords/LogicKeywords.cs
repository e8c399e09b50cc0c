using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Keywords;

internal sealed class AllOfKeyword(SchemaNode owner, SchemaNode[] schemas) : Keyword(owner, "allOf")
{
    public override IEnumerable<SchemaNode> InPlace => schemas;

    public override bool Check(ref Evaluation run, int at, int marks)
    {
        var keeps = true;
        foreach (var schema in schemas)
        {
            if (schema.Check(ref run, at, marks)) continue;
            keeps = false;
            if (!run.GoesOn) break;
        }
        return keeps;
    }
}

/// <summary><c>anyOf</c>, or <c>oneOf</c> where just one schema may fit.</summary>
internal sealed class ChoiceKeyword(SchemaNode owner, bool isOne, SchemaNode[] schemas) : Keyword(owner, isOne ? "oneOf" : "anyOf")
{
    public override IEnumerable<SchemaNode> InPlace => schemas;

    public override bool Check(ref Evaluation run, int at, int marks)
    {
        var (first, fitting) = (-1, 0);
        for (var i = 0; i < schemas.Length; i++)
        {
            if (!schemas[i].Try(ref run, at, marks))
            {
                if (run.GivenUp is not null) return false;
                continue;
            }
            if (++fitting == 1) first = i;
            // Who asks for marks wants those of every schema that fits.
            if (!isOne && marks < 0) return true;
            if (isOne && fitting == 2) return run.Collecting && Fail(ref run, at, $"Expected to fit one of {schemas.Length} schemas, fits number {first + 1} and number {i + 1}: {Quote.Of(run.Text, at)}.");
        }
        return fitting > 0 || (run.Collecting && FitsNone(ref run, at));
    }

    /// <summary>Where the value has the type of one schema alone, that one's faults tell more.</summary>
    private bool FitsNone(ref Evaluation run, int at)
    {
        SchemaNode? meant = null;
        var candidates = 0;
        foreach (var schema in schemas)
        {
            if (!schema.TakesType(ref run, at)) continue;
            candidates++;
            meant = schema;
        }
        return candidates == 1 ? meant!.Check(ref run, at, -1) : Fail(ref run, at, $"Fits none of the {schemas.Length} allowed schemas: {Quote.Of(run.Text, at)}.");
    }
}

internal sealed class NotKeyword(SchemaNode owner, SchemaNode schema) : Keyword(owner, "not")
{
    public override IEnumerable<SchemaNode> InPlace => [schema];

    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (!schema.Try(ref run, at, -1)) return run.GivenUp is null;
        return run.Collecting && Fail(ref run, at, $"Fits a schema that it must not fit: {Quote.Of(run.Text, at)}.");
    }
}

internal sealed class ConditionKeyword(SchemaNode owner, SchemaNode condition, SchemaNode? then, SchemaNode? otherwise) : Keyword(owner, "if")
{
    public override IEnumerable<SchemaNode> InPlace => new[] { condition, then, otherwise }.OfType<SchemaNode>();

    public override bool Check(ref Evaluation run, int at, int marks)
    {
        var next = condition.Try(ref run, at, marks) ? then : otherwise;
        return run.GivenUp is null && (next is null || next.Check(ref run, at, marks));
    }
}

internal sealed class ReferenceKeyword(SchemaNode owner, string name, SchemaNode target) : Keyword(owner, name)
{
    public SchemaNode Target => target;

    public override IEnumerable<SchemaNode> InPlace => [target];

    public override bool Check(ref Evaluation run, int at, int marks) => target.Check(ref run, at, marks);
}

/// <summary>A <c>$dynamicRef</c> to a <c>$dynamicAnchor</c>: the outermost resource on the way that has the anchor says what is meant.</summary>
internal sealed class DynamicReferenceKeyword(SchemaNode owner, string anchor, SchemaNode otherwise) : Keyword(owner, "$dynamicRef")
{
    public override bool Check(ref Evaluation run, int at, int marks)
    {
        foreach (var scope in run.Space.Scopes)
            if (scope.DynamicNodes.TryGetValue(anchor, out var target)) return target.Check(ref run, at, marks);
        return otherwise.Check(ref run, at, marks);
    }
}
