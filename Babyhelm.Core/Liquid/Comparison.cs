namespace Babyhelm.Core.Liquid;

/// <summary>Equality and order of values as Ruby's, which the language takes over.</summary>
internal static class Comparison
{
    /// <summary>Deeper structures than this are never equal; data of that depth does not come from a person.</summary>
    private const int MaxDepth = 200;

    public static bool AreEqual(in LiquidValue a, in LiquidValue b) => AreEqual(a, b, 0);

    private static bool AreEqual(in LiquidValue a, in LiquidValue b, int depth)
    {
        if (a.Kind is LiquidKind.Empty or LiquidKind.Blank) return IsWord(a.Kind, b);
        if (b.Kind is LiquidKind.Empty or LiquidKind.Blank) return IsWord(b.Kind, a);
        if (a.IsNumber && b.IsNumber) return Numbers.Compare(a, b) == 0;
        if (a.Kind != b.Kind || depth > MaxDepth) return false;
        switch (a.Kind)
        {
            case LiquidKind.Nil: return true;
            case LiquidKind.Boolean: return a.AsBoolean == b.AsBoolean;
            case LiquidKind.String: return a.AsString == b.AsString;
            case LiquidKind.Range: return a.AsRange == b.AsRange;
            case LiquidKind.Loop: return ReferenceEquals(a.AsLoop, b.AsLoop);
            case LiquidKind.List:
                var (left, right) = (a.AsList, b.AsList);
                if (ReferenceEquals(left, right)) return true;
                if (left.Count != right.Count) return false;
                for (var i = 0; i < left.Count; i++)
                    if (!AreEqual(left[i], right[i], depth + 1)) return false;
                return true;
            default:
                var (first, second) = (a.AsMap, b.AsMap);
                if (ReferenceEquals(first, second)) return true;
                if (first.Count != second.Count) return false;
                foreach (var (key, item) in first)
                    if (!second.TryGetValue(key, out var other) || !AreEqual(item, other, depth + 1)) return false;
                return true;
        }
    }

    /// <summary>Whether a value is <c>empty</c> or <c>blank</c>. The two words are not equal to each other.</summary>
    private static bool IsWord(LiquidKind word, in LiquidValue value) => value.Kind switch
    {
        LiquidKind.String => value.AsString.Length == 0 || (word == LiquidKind.Blank && string.IsNullOrWhiteSpace(value.AsString)),
        LiquidKind.List => value.AsList.Count == 0,
        LiquidKind.Map => value.AsMap.Count == 0,
        LiquidKind.Nil => word == LiquidKind.Blank,
        LiquidKind.Boolean => word == LiquidKind.Blank && !value.AsBoolean,
        _ => value.Kind == word,
    };

    /// <summary>Below, equal or above zero; null where the two have no order.</summary>
    public static int? Order(in LiquidValue a, in LiquidValue b)
    {
        if (a.IsNumber && b.IsNumber) return Numbers.Compare(a, b);
        if (a.Kind != b.Kind) return null;
        switch (a.Kind)
        {
            case LiquidKind.String: return string.CompareOrdinal(a.AsString, b.AsString);
            case LiquidKind.List:
                for (var i = 0; i < Math.Min(a.AsList.Count, b.AsList.Count); i++)
                    if (Order(a.AsList[i], b.AsList[i]) is not 0 and var order) return order;
                return a.AsList.Count.CompareTo(b.AsList.Count);
            default: return AreEqual(a, b) ? 0 : null;
        }
    }

    /// <summary>For <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c> and <c>&gt;=</c>: null means that the comparison is false.</summary>
    public static int? Relation(in LiquidValue a, in LiquidValue b)
    {
        if (!HasOrder(a) || !HasOrder(b)) return null;
        return Order(a, b) ?? throw new LiquidException($"A {Name(a)} cannot be compared with a {Name(b)}.");
    }

    private static bool HasOrder(in LiquidValue value) => value.IsNumber || value.Kind == LiquidKind.String;

    public static bool Contains(in LiquidValue container, in LiquidValue item, Rendering state)
    {
        if (!item.IsTruthy) return false;
        switch (container.Kind)
        {
            case LiquidKind.String:
                return TextSearch.IndexOf(container.AsString, TextForm.Of(item, state.Limits.MaxOutputLength), 0) >= 0;
            case LiquidKind.List:
                state.Step(container.AsList.Count);
                foreach (var element in container.AsList)
                    if (AreEqual(element, item)) return true;
                return false;
            case LiquidKind.Map: return item.Kind == LiquidKind.String && container.AsMap.ContainsKey(item.AsString);
            case LiquidKind.Range:
                return item.IsNumber && Numbers.Compare(item, container.AsRange.First) >= 0 && Numbers.Compare(item, container.AsRange.Last) <= 0;
            default: return false;
        }
    }

    public static int Hash(in LiquidValue value)
    {
        switch (value.Kind)
        {
            case LiquidKind.Boolean: return value.AsBoolean ? 1 : 2;
            case LiquidKind.Integer: return (value.AsBigInteger is { } big ? (double)big : value.AsInteger).GetHashCode();
            case LiquidKind.Float: return value.AsFloat.GetHashCode();
            case LiquidKind.String: return value.AsString.GetHashCode(StringComparison.Ordinal);
            case LiquidKind.Range: return value.AsRange.GetHashCode();
            case LiquidKind.List: return value.AsList.Count == 0 ? 3 : HashCode.Combine(value.AsList.Count, HeadHash(value.AsList[0]));
            case LiquidKind.Map: return value.AsMap.Count == 0 ? 4 : HashCode.Combine(4, value.AsMap.Count);
            default: return (int)value.Kind;
        }
    }

    private static int HeadHash(in LiquidValue value) => value.Kind is LiquidKind.List or LiquidKind.Map ? (int)value.Kind : Hash(value);

    public static string Name(in LiquidValue value) => value.Kind switch
    {
        LiquidKind.Nil => "nil",
        LiquidKind.Integer or LiquidKind.Float => "number",
        var kind => kind.ToString().ToLowerInvariant(),
    };
}
