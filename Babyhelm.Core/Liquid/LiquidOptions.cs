namespace Babyhelm.Core.Liquid;

/// <summary>How templates are parsed.</summary>
public sealed record LiquidOptions
{
    public static readonly LiquidOptions Default = new();

    /// <summary>Unknown variables and filters, and wrong numbers of arguments to filters, are errors.</summary>
    public bool Strict { get; init; }

    /// <summary>For error messages.</summary>
    public string Name { get; init; } = "";

    /// <summary>Sources for <c>include</c> and <c>render</c>, by name; each is parsed when first used, then kept.</summary>
    public IReadOnlyDictionary<string, string> Partials { get; init; } = new Dictionary<string, string>();

    /// <summary>In UTF-16 units, for the template and for each partial. Longer ones are refused before parsing.</summary>
    public int MaxSourceLength { get; init; } = 256 * 1024;

    /// <summary>How deep blocks, and brackets in expressions, may be nested.</summary>
    public int MaxNesting { get; init; } = 100;
}

/// <summary>What one rendering may use up.</summary>
public sealed record LiquidLimits
{
    public static readonly LiquidLimits Default = new();

    /// <summary>Nodes rendered, loop turns, filter calls and items they touch, and each 256 characters written.</summary>
    public long MaxSteps { get; init; } = 2_000_000;

    /// <summary>In UTF-16 units, for the output and for any single string that is built on the way.</summary>
    public int MaxOutputLength { get; init; } = 4 * 1024 * 1024;

    /// <summary>How deep blocks and partials together may be nested while rendering.</summary>
    public int MaxDepth { get; init; } = 200;

    public TimeSpan MaxTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Measures <see cref="MaxTime"/> and tells <c>'now' | date</c>.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
