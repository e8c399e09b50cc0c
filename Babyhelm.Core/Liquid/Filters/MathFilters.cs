namespace Babyhelm.Core.Liquid.Filters;

internal static class MathFilters
{
    public static void AddTo(Dictionary<string, Filter> filters)
    {
        filters["abs"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => Numbers.Absolute(input.Value));
        filters["ceil"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => Numbers.Ceiling(input.Value));
        filters["floor"] = new(0, 0, (in FilterInput input, LiquidValue[] _) => Numbers.Floor(input.Value));
        filters["round"] = new(0, 1, Round);
        filters["plus"] = new(1, 1, (in FilterInput input, LiquidValue[] a) => Numbers.Add(input.Value, a[0]));
        filters["minus"] = new(1, 1, (in FilterInput input, LiquidValue[] a) => Numbers.Subtract(input.Value, a[0]));
        filters["times"] = new(1, 1, (in FilterInput input, LiquidValue[] a) => Numbers.Multiply(input.Value, a[0]));
        filters["divided_by"] = new(1, 1, (in FilterInput input, LiquidValue[] a) => Numbers.Divide(input.Value, a[0]));
        filters["modulo"] = new(1, 1, (in FilterInput input, LiquidValue[] a) => Numbers.Modulo(input.Value, a[0]));
        filters["at_least"] = new(1, 1, (in FilterInput input, LiquidValue[] a) => Numbers.Of(Numbers.Compare(a[0], input.Value) > 0 ? a[0] : input.Value));
        filters["at_most"] = new(1, 1, (in FilterInput input, LiquidValue[] a) => Numbers.Of(Numbers.Compare(a[0], input.Value) < 0 ? a[0] : input.Value));
    }

    private static LiquidValue Round(in FilterInput input, LiquidValue[] arguments) =>
        Numbers.Round(input.Value, arguments.Length == 0 ? 0 : Numbers.CutToInteger(Numbers.Floor(arguments[0]), "number of places"));
}
