namespace Babyhelm.Core.Liquid.Filters;

/// <summary>An item's property as list filters read it, which is Ruby's <c>item[property]</c>.</summary>
internal static class Property
{
    /// <returns>False where the item has no properties at all: nil, true, false, floats.</returns>
    public static bool TryGet(in LiquidValue item, in LiquidValue property, int limit, out LiquidValue value)
    {
        value = LiquidValue.Nil;
        switch (item.Kind)
        {
            case LiquidKind.Map:
                if (property.Kind == LiquidKind.String && item.AsMap.TryGetValue(property.AsString, out var found)) value = found;
                return true;
            case LiquidKind.Loop:
                if (property.Kind == LiquidKind.String) item.AsLoop.TryGet(property.AsString, out value);
                return true;
            case LiquidKind.String:
                // A text has the property when it contains it.
                if (property.Kind == LiquidKind.String) value = TextSearch.IndexOf(item.AsString, property.AsString, 0) >= 0 ? property : LiquidValue.Nil;
                else if (property.Kind == LiquidKind.Integer) value = Character(item.AsString, property.AsInteger);
                else if (!property.IsNil) throw Unusable(property, limit);
                return true;
            case LiquidKind.Integer:
                if (property.IsNumber) return true;
                throw Unusable(property, limit);
            case LiquidKind.List:
                if (property.Kind != LiquidKind.Integer) throw Unusable(property, limit);
                var index = property.AsInteger < 0 ? property.AsInteger + item.AsList.Count : property.AsInteger;
                if (index >= 0 && index < item.AsList.Count) value = item.AsList[(int)index];
                return true;
            default: return false;
        }
    }

    private static LiquidValue Character(string text, long index)
    {
        if (index < 0) index += Sequences.TextLength(text);
        var start = index < 0 ? text.Length : Sequences.OffsetOf(text, index);
        return start >= text.Length ? LiquidValue.Nil : text[start..(start + Sequences.OffsetOf(text[start..], 1))];
    }

    private static LiquidException Unusable(in LiquidValue property, int limit) => new($"The property '{TextForm.Of(property, limit)}' cannot be read from each item.");
}
