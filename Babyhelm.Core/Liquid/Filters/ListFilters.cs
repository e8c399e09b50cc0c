namespace Babyhelm.Core.Liquid.Filters;

internal static class ListFilters
{
    public static void AddTo(Dictionary<string, Filter> filters)
    {
        filters["size"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => Sequences.Size(input.Value));
        filters["first"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => Sequences.First(input.Value));
        filters["last"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => Sequences.Last(input.Value));
        filters["join"] = new(0, 1, Join);
        filters["reverse"] = new(0, 0, Reverse);
        filters["concat"] = new(1, 1, Concat);
        filters["compact"] = new(0, 1, Compact);
        filters["uniq"] = new(0, 1, Uniq);
        filters["map"] = new(1, 1, Map);
        filters["sum"] = new(0, 1, Sum);
        filters["sort"] = new(0, 1, (in FilterInput input, LiquidValue[] a) => Sort(input, a, SortOrder));
        filters["sort_natural"] = new(0, 1, SortNatural);
    }

    private static LiquidValue Join(in FilterInput input, LiquidValue[] arguments)
    {
        var glue = arguments.Length > 0 ? input.TextOf(arguments[0]) : " ";
        var output = new OutputBuffer(input.Limit);
        var first = true;
        foreach (var item in input.Items)
        {
            if (!first) output.Append(glue);
            first = false;
            TextForm.Write(item, output);
        }
        return output.ToString();
    }

    private static LiquidValue Reverse(in FilterInput input, LiquidValue[] _)
    {
        var items = input.Items;
        items.Reverse();
        return items;
    }

    private static LiquidValue Concat(in FilterInput input, LiquidValue[] arguments)
    {
        if (arguments[0].Kind != LiquidKind.List) throw new LiquidException("The filter 'concat' takes a list.");
        var items = input.Items;
        input.Rendering.Step(arguments[0].AsList.Count);
        items.AddRange(arguments[0].AsList);
        return items;
    }

    private static LiquidValue Compact(in FilterInput input, LiquidValue[] arguments)
    {
        var kept = new List<LiquidValue>();
        foreach (var item in input.Items)
        {
            var value = item;
            if (arguments.Length > 0 && !arguments[0].IsNil && !Property.TryGet(item, arguments[0], input.Limit, out value)) return LiquidValue.Nil;
            if (!value.IsNil) kept.Add(item);
        }
        return kept;
    }

    private static LiquidValue Uniq(in FilterInput input, LiquidValue[] arguments)
    {
        var (kept, seen) = (new List<LiquidValue>(), new HashSet<LiquidValue>(Exact.Comparer));
        foreach (var item in input.Items)
        {
            var value = item;
            if (arguments.Length > 0 && !arguments[0].IsNil && !Property.TryGet(item, arguments[0], input.Limit, out value)) return LiquidValue.Nil;
            if (seen.Add(value)) kept.Add(item);
        }
        return kept;
    }

    private static LiquidValue Map(in FilterInput input, LiquidValue[] arguments)
    {
        var mapped = new List<LiquidValue>();
        foreach (var item in input.Items) mapped.Add(Property.TryGet(item, arguments[0], input.Limit, out var value) ? value : LiquidValue.Nil);
        return mapped;
    }

    private static LiquidValue Sum(in FilterInput input, LiquidValue[] arguments)
    {
        LiquidValue sum = 0;
        foreach (var item in input.Items)
        {
            var value = item;
            if (arguments.Length > 0 && !arguments[0].IsNil && !Property.TryGet(item, arguments[0], input.Limit, out value)) value = 0;
            sum = Numbers.Add(sum, value);
        }
        return sum;
    }

    private static LiquidValue SortNatural(in FilterInput input, LiquidValue[] arguments)
    {
        var limit = input.Limit;
        return Sort(input, arguments, (a, b) => a.IsNil || b.IsNil
            ? a.IsNil.CompareTo(b.IsNil)
            : string.CompareOrdinal(Folded(TextForm.Of(a, limit)), Folded(TextForm.Of(b, limit))));
    }

    /// <summary>Stable. With a property, items without any make the result nil, as the language has it.</summary>
    private static LiquidValue Sort(in FilterInput input, LiquidValue[] arguments, System.Comparison<LiquidValue> order)
    {
        var items = input.Items;
        input.Rendering.Step((long)items.Count * System.Numerics.BitOperations.Log2((uint)items.Count + 1));
        var keys = new LiquidValue[items.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = items[i];
            if (arguments.Length > 0 && !arguments[0].IsNil && !Property.TryGet(items[i], arguments[0], input.Limit, out keys[i])) return LiquidValue.Nil;
        }
        try
        {
            return Enumerable.Range(0, keys.Length).OrderBy(i => keys[i], Comparer<LiquidValue>.Create(order)).Select(i => items[i]).ToList();
        }
        catch (InvalidOperationException e) when (e.InnerException is LiquidException cause)
        {
            throw cause;
        }
    }

    private static int SortOrder(LiquidValue a, LiquidValue b) =>
        Comparison.Order(a, b) ?? (a.IsNil ? 1 : b.IsNil ? -1
            : throw new LiquidException($"A {Comparison.Name(a)} and a {Comparison.Name(b)} cannot be sorted together."));

    /// <summary>Only ASCII letters are folded.</summary>
    private static string Folded(string text) =>
        text.AsSpan().ContainsAnyInRange('A', 'Z') ? string.Create(text.Length, text, (span, t) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = char.IsAsciiLetterUpper(t[i]) ? (char)(t[i] | 0x20) : t[i];
        }) : text;

    /// <summary>Equality of keys: as <c>==</c>, but an integer is no float.</summary>
    private sealed class Exact : IEqualityComparer<LiquidValue>
    {
        public static readonly Exact Comparer = new();

        public bool Equals(LiquidValue x, LiquidValue y) => x.Kind == y.Kind && Comparison.AreEqual(x, y);

        public int GetHashCode(LiquidValue value) => Comparison.Hash(value);
    }
}
