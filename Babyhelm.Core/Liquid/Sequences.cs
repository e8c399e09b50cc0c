namespace Babyhelm.Core.Liquid;

/// <summary>Values seen as sequences: what loops and list filters go over.</summary>
internal static class Sequences
{
    /// <summary>Largest range that is written out as a list; loops go over larger ones item by item.</summary>
    private const int MaxRangeItems = 1_000_000;

    public static LiquidValue Size(in LiquidValue value) => value.Kind switch
    {
        LiquidKind.String => TextLength(value.AsString),
        LiquidKind.List => value.AsList.Count,
        LiquidKind.Map => value.AsMap.Count,
        LiquidKind.Range => value.AsRange.Count,
        _ => 0,
    };

    public static LiquidValue First(in LiquidValue value) => value.Kind switch
    {
        LiquidKind.List => value.AsList.Count > 0 ? value.AsList[0] : LiquidValue.Nil,
        LiquidKind.Map => value.AsMap.Count > 0 ? Pair(value.AsMap.GetAt(0)) : LiquidValue.Nil,
        LiquidKind.Range => value.AsRange.Count > 0 ? value.AsRange.First : LiquidValue.Nil,
        LiquidKind.String => value.AsString[..OffsetOf(value.AsString, 1)],
        _ => LiquidValue.Nil,
    };

    public static LiquidValue Last(in LiquidValue value)
    {
        switch (value.Kind)
        {
            case LiquidKind.List: return value.AsList.Count > 0 ? value.AsList[^1] : LiquidValue.Nil;
            case LiquidKind.Range: return value.AsRange.Count > 0 ? value.AsRange.Last : LiquidValue.Nil;
            case LiquidKind.String:
                var text = value.AsString;
                if (text.Length == 0) return "";
                return text.Length > 1 && char.IsSurrogatePair(text, text.Length - 2) ? text[^2..] : text[^1..];
            default: return LiquidValue.Nil;
        }
    }

    /// <summary>Characters as people count them in Unicode: code points.</summary>
    public static int TextLength(string text)
    {
        var pairs = 0;
        for (var i = 0; i + 1 < text.Length; i++)
            if (char.IsSurrogatePair(text, i)) pairs++;
        return text.Length - pairs;
    }

    /// <summary>Offset in the text of the code point with that number, or the text's length.</summary>
    public static int OffsetOf(string text, long codePoint)
    {
        var i = 0;
        for (; codePoint > 0 && i < text.Length; codePoint--) i += i + 1 < text.Length && char.IsSurrogatePair(text, i) ? 2 : 1;
        return i;
    }

    /// <summary>What <c>for</c> goes over: a text is one item, nothing that is not a sequence has any.</summary>
    public static IReadOnlyList<LiquidValue> ForLoop(in LiquidValue value, Rendering rendering)
    {
        switch (value.Kind)
        {
            case LiquidKind.List: return value.AsList;
            case LiquidKind.Map: return Pairs(value.AsMap, rendering);
            case LiquidKind.String: return value.AsString.Length == 0 ? [] : [value];
            default: return [];
        }
    }

    /// <summary>What list filters go over: nested lists are flattened, a map is one item, anything else but nil too.</summary>
    public static List<LiquidValue> ForFilter(in LiquidValue value, Rendering rendering)
    {
        var items = new List<LiquidValue>();
        switch (value.Kind)
        {
            case LiquidKind.List: Flatten(value.AsList, items, rendering, 0); break;
            case LiquidKind.Range:
                var range = value.AsRange;
                if (range.Count > MaxRangeItems) throw new LiquidException($"The range has more than {MaxRangeItems} items.", limit: LiquidLimit.Steps);
                rendering.Step(range.Count);
                for (var i = 0L; i < range.Count; i++) items.Add(range.First + i);
                break;
            case LiquidKind.Nil: break;
            default: items.Add(value); break;
        }
        return items;
    }

    private static void Flatten(List<LiquidValue> list, List<LiquidValue> into, Rendering rendering, int depth)
    {
        if (depth > 100) throw new LiquidException("The lists are nested too deep.", limit: LiquidLimit.Nesting);
        rendering.Step(list.Count);
        foreach (var item in list)
            if (item.Kind == LiquidKind.List) Flatten(item.AsList, into, rendering, depth + 1);
            else into.Add(item);
    }

    private static List<LiquidValue> Pairs(LiquidMap map, Rendering rendering)
    {
        rendering.Step(map.Count);
        var pairs = new List<LiquidValue>(map.Count);
        foreach (var pair in map) pairs.Add(Pair(pair));
        return pairs;
    }

    private static LiquidValue Pair(KeyValuePair<string, LiquidValue> pair) => new List<LiquidValue> { pair.Key, pair.Value };
}
