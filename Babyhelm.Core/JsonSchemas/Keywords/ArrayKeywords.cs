using System.Buffers;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Keywords;

/// <summary><c>prefixItems</c> and <c>items</c>.</summary>
internal sealed class ItemsKeyword(SchemaNode owner, IReadOnlyList<SchemaNode> prefix, SchemaNode? rest) : Keyword(owner, "items")
{
    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (run.Tokens[at].Kind != JsonKind.Array) return true;
        if (!run.TakeChildren(at)) return false;
        var (keeps, ordinal) = (true, 0);
        var end = run.Tokens[at].Extra;
        for (var i = at + 1; i < end; i = run.After(i), ordinal++)
        {
            var schema = ordinal < prefix.Count ? prefix[ordinal] : rest;
            if (schema is null) break;
            if (marks >= 0) run.Space.SetBit(marks, ordinal);
            if (schema == rest && rest.IsNever)
            {
                keeps = run.Collecting && Fail(ref run, i, $"Expected at most {prefix.Count} items, found {run.Tokens[at].Length}.");
                break;
            }
            if (schema.Check(ref run, i, -1)) continue;
            keeps = false;
            if (!run.GoesOn) break;
        }
        return keeps;
    }
}

/// <param name="most">-1 for any number.</param>
internal sealed class ContainsKeyword(SchemaNode owner, SchemaNode schema, long least, long most) : Keyword(owner, "contains")
{
    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (run.Tokens[at].Kind != JsonKind.Array) return true;
        if (!run.TakeChildren(at)) return false;
        var (found, ordinal) = (0L, 0);
        var end = run.Tokens[at].Extra;
        for (var i = at + 1; i < end; i = run.After(i), ordinal++)
        {
            if (!schema.Try(ref run, i, -1))
            {
                if (run.GivenUp is not null) return false;
                continue;
            }
            found++;
            if (marks >= 0) run.Space.SetBit(marks, ordinal);
            else if (found >= least && most < 0) return true;
        }
        if (found < least) return run.Collecting && Fail(ref run, at, least == 1 ? "contains" : "minContains", $"Expected at least {least} fitting item{(least == 1 ? "" : "s")}, found {found}.");
        return most < 0 || found <= most || (run.Collecting && Fail(ref run, at, "maxContains", $"Expected at most {most} fitting items, found {found}."));
    }
}

internal sealed class UniqueItemsKeyword(SchemaNode owner) : Keyword(owner, "uniqueItems")
{
    // Up to here comparing each with each is cheaper than hashes.
    private const int Few = 8;

    public override bool Check(ref Evaluation run, int at, int marks)
    {
        var token = run.Tokens[at];
        if (token.Kind != JsonKind.Array || token.Length < 2) return true;
        var items = ArrayPool<int>.Shared.Rent(token.Length);
        var hashes = ArrayPool<ulong>.Shared.Rent(token.Length);
        var count = 0;
        for (var i = at + 1; i < token.Extra; i = run.After(i)) items[count++] = i;
        var (one, other) = count <= Few ? AmongFew(ref run, items.AsSpan(0, count)) : AmongMany(ref run, items.AsSpan(0, count), hashes.AsSpan(0, count));
        ArrayPool<int>.Shared.Return(items);
        ArrayPool<ulong>.Shared.Return(hashes);
        if (!run.Take(0, at)) return false;
        return one < 0 || (run.Collecting && Fail(ref run, other, $"The same item stands at '{JsonPointer.To(run.Text, one)}': {Quote.Of(run.Text, other)}. Expected each once."));
    }

    private static (int One, int Other) AmongFew(ref Evaluation run, ReadOnlySpan<int> items)
    {
        for (var i = 1; i < items.Length; i++)
            for (var j = 0; j < i; j++)
                if (JsonEquality.Equal(run.Text, items[i], run.Text, items[j], ref run.Steps)) return (items[j], items[i]);
        return (-1, -1);
    }

    private static (int One, int Other) AmongMany(ref Evaluation run, Span<int> items, Span<ulong> hashes)
    {
        for (var i = 0; i < items.Length && run.Steps >= 0; i++) hashes[i] = JsonEquality.Hash(run.Text, items[i], ref run.Steps);
        hashes.Sort(items);
        for (var i = 1; i < items.Length; i++)
            for (var j = i - 1; j >= 0 && hashes[j] == hashes[i] && run.Steps >= 0; j--)
                if (JsonEquality.Equal(run.Text, items[i], run.Text, items[j], ref run.Steps)) return (Math.Min(items[j], items[i]), Math.Max(items[j], items[i]));
        return (-1, -1);
    }
}
