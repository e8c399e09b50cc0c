using System.Collections.Frozen;

namespace Babyhelm.Core.Liquid.Filters;

internal delegate LiquidValue FilterFunction(in FilterInput input, LiquidValue[] arguments);

/// <param name="Least">Fewest arguments, without the input.</param>
/// <param name="Most">Most arguments, without the input.</param>
/// <param name="TakesNamed">Named arguments come as a map behind the others.</param>
internal sealed record Filter(int Least, int Most, FilterFunction Apply, bool TakesNamed = false);

/// <summary>What a filter works on.</summary>
internal readonly struct FilterInput(LiquidValue value, Rendering rendering, bool strict)
{
    public LiquidValue Value => value;
    public Rendering Rendering => rendering;
    public bool Strict => strict;
    public int Limit => rendering.Limits.MaxOutputLength;

    /// <summary>The input as text; charged by its length.</summary>
    public string Text => TextOf(value);

    public string TextOf(in LiquidValue other)
    {
        var text = TextForm.Of(other, Limit);
        rendering.StepForText(text.Length);
        return text;
    }

    public List<LiquidValue> Items => Sequences.ForFilter(value, rendering);
}

/// <summary>All filters of the language and our own.</summary>
internal static class FilterTable
{
    private static readonly FrozenDictionary<string, Filter> Filters = Create();

    public static Filter? Find(string name) => Filters.GetValueOrDefault(name);

    private static FrozenDictionary<string, Filter> Create()
    {
        var filters = new Dictionary<string, Filter>();
        MathFilters.AddTo(filters);
        TextFilters.AddTo(filters);
        EncodingFilters.AddTo(filters);
        ListFilters.AddTo(filters);
        SelectFilters.AddTo(filters);
        OutputFilters.AddTo(filters);
        DateFilter.AddTo(filters);
        return filters.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
