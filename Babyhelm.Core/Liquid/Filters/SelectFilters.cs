namespace Babyhelm.Core.Liquid.Filters;

/// <summary>Filters that pick items by a property: truthy without a value, equal to the value with one.</summary>
internal static class SelectFilters
{
    public static void AddTo(Dictionary<string, Filter> filters)
    {
        filters["where"] = new(1, 2, (in FilterInput input, LiquidValue[] a) => Keep(input, a, wanted: true));
        filters["reject"] = new(1, 2, (in FilterInput input, LiquidValue[] a) => Keep(input, a, wanted: false));
        filters["has"] = new(1, 2, (in FilterInput input, LiquidValue[] a) => Search(input, a, LiquidValue.False, (_, _) => LiquidValue.True));
        filters["find"] = new(1, 2, (in FilterInput input, LiquidValue[] a) => Search(input, a, LiquidValue.Nil, (item, _) => item));
        filters["find_index"] = new(1, 2, (in FilterInput input, LiquidValue[] a) => Search(input, a, LiquidValue.Nil, (_, index) => index));
    }

    private static LiquidValue Keep(in FilterInput input, LiquidValue[] arguments, bool wanted)
    {
        var kept = new List<LiquidValue>();
        foreach (var item in input.Items)
        {
            if (Unanswerable(item, arguments)) return new List<LiquidValue>();
            if (Matches(item, arguments, input.Limit) is not { } matches) return LiquidValue.Nil;
            if (matches == wanted) kept.Add(item);
        }
        return kept;
    }

    private static LiquidValue Search(in FilterInput input, LiquidValue[] arguments, LiquidValue none, Func<LiquidValue, long, LiquidValue> found)
    {
        var index = 0L;
        foreach (var item in input.Items)
        {
            if (Unanswerable(item, arguments)) return none;
            if (Matches(item, arguments, input.Limit) is not { } matches) return LiquidValue.Nil;
            if (matches) return found(item, index);
            index++;
        }
        return none;
    }

    /// <summary>A text cannot be asked for nothing.</summary>
    private static bool Unanswerable(in LiquidValue item, LiquidValue[] arguments) => item.Kind == LiquidKind.String && arguments[0].IsNil;

    /// <summary>Null for an item without properties, which makes the whole result nil.</summary>
    private static bool? Matches(in LiquidValue item, LiquidValue[] arguments, int limit)
    {
        if (!Property.TryGet(item, arguments[0], limit, out var value)) return null;
        return arguments.Length > 1 && !arguments[1].IsNil ? Comparison.AreEqual(value, arguments[1]) : value.IsTruthy;
    }
}
