namespace Babyhelm.Core.Liquid.Expressions;

/// <summary>Something with a value.</summary>
/// <param name="offset">Place in the source.</param>
internal abstract class Expression(int offset)
{
    public int Offset => offset;

    public abstract LiquidValue Evaluate(Scope scope);
}

internal sealed class Literal(int offset, LiquidValue value) : Expression(offset)
{
    public override LiquidValue Evaluate(Scope scope) => value;
}

/// <summary><c>(first..last)</c>; ends that are not numbers count as 0, floats are cut.</summary>
internal sealed class RangeExpression(int offset, Expression first, Expression last) : Expression(offset)
{
    public override LiquidValue Evaluate(Scope scope) => LiquidValue.Range(Bound(first.Evaluate(scope)), Bound(last.Evaluate(scope)));

    private long Bound(in LiquidValue value)
    {
        try
        {
            return value.Kind is LiquidKind.Integer or LiquidKind.Float or LiquidKind.String or LiquidKind.Nil
                ? Numbers.CutToInteger(value, "end of the range")
                : 0;
        }
        catch (LiquidException e) when (e.Offset < 0)
        {
            e.Offset = Offset;
            throw;
        }
    }
}

/// <param name="Key">What to look up.</param>
/// <param name="Name">Set where written with a dot: then <c>size</c>, <c>first</c> and <c>last</c> work on what has no such key.</param>
internal readonly record struct Access(Expression Key, string? Name);

/// <summary><c>name.key[expression]…</c>; the first part may be a bracket too.</summary>
internal sealed class Lookup(int offset, string? name, Expression? dynamicName, Access[] path) : Expression(offset)
{
    /// <summary>The variable's name where nothing else is said, as in <c>cycle name: …</c>.</summary>
    public string? PlainName => path.Length == 0 ? name : null;

    public override LiquidValue Evaluate(Scope scope) => Evaluate(scope, scope.Strict);

    /// <summary>As <see cref="Evaluate(Scope)"/>, but nil for what does not exist, even in strict mode.</summary>
    public LiquidValue EvaluateOrNil(Scope scope) => Evaluate(scope, strict: false);

    private LiquidValue Evaluate(Scope scope, bool strict)
    {
        var root = name;
        if (root is null)
        {
            var key = dynamicName!.Evaluate(scope);
            root = key.Kind == LiquidKind.String ? key.AsString : null;
        }
        if (root is null || !scope.TryGet(root, out var value))
            return strict ? throw new LiquidException($"There is no variable '{root}'.", Offset) : LiquidValue.Nil;

        foreach (var access in path)
        {
            if (Step(ref value, access, scope)) continue;
            return strict ? throw new LiquidException($"There is no '{access.Name ?? TextForm.Of(access.Key.Evaluate(scope), 200)}' in '{root}'.", Offset) : LiquidValue.Nil;
        }
        return value;
    }

    private static bool Step(ref LiquidValue value, in Access access, Scope scope)
    {
        if (access.Name is { } name) return Member(ref value, name, byName: true);
        var key = access.Key.Evaluate(scope);
        return key.Kind == LiquidKind.String ? Member(ref value, key.AsString, byName: false)
            : key.Kind == LiquidKind.Integer && value.Kind == LiquidKind.List && Item(ref value, key);
    }

    private static bool Member(ref LiquidValue value, string name, bool byName)
    {
        switch (value.Kind)
        {
            case LiquidKind.Map when value.AsMap.TryGetValue(name, out var found):
                value = found;
                return true;
            case LiquidKind.Loop:
                return value.AsLoop.TryGet(name, out value);
        }
        if (!byName) return false;
        LiquidValue? special = (value.Kind, name) switch
        {
            (LiquidKind.List or LiquidKind.Map or LiquidKind.String or LiquidKind.Range, "size") => Sequences.Size(value),
            (LiquidKind.List or LiquidKind.Map or LiquidKind.String or LiquidKind.Range, "first") => Sequences.First(value),
            (LiquidKind.List or LiquidKind.String or LiquidKind.Range, "last") => Sequences.Last(value),
            _ => (LiquidValue?)null,
        };
        if (special is null) return false;
        value = special.Value;
        return true;
    }

    private static bool Item(ref LiquidValue value, in LiquidValue key)
    {
        var list = value.AsList;
        if (key.AsBigInteger is not null) return false;
        var index = key.AsInteger < 0 ? key.AsInteger + list.Count : key.AsInteger;
        if (index < 0 || index >= list.Count) return false;
        value = list[(int)index];
        return true;
    }
}
