using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas;

/// <summary>How a schema is compiled, and what one validation may use up.</summary>
public sealed record SchemaOptions
{
    public static readonly SchemaOptions Default = new();

    /// <summary>Makes <c>format</c> a rule. By default it only describes, as the specification says.</summary>
    public bool AssertFormats { get; init; }

    /// <summary>Schemas that <c>$ref</c> may name, by their absolute address without fragment. Nothing is ever fetched.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Documents { get; init; } = new Dictionary<string, ReadOnlyMemory<byte>>();

    /// <summary>What each document of the schema may be like.</summary>
    public JsonLimits SchemaLimits { get; init; } = new() { MaxBytes = 1024 * 1024, MaxDepth = 128, MaxValues = 100_000 };

    /// <summary>What a text that is validated may be like.</summary>
    public JsonLimits Limits { get; init; } = JsonLimits.Default;

    /// <summary>Faults that are listed, at least 1.</summary>
    public int MaxFaults { get; init; } = 20;

    /// <summary>
    /// Looks of one schema at one value and comparisons of two values in one validation; for each value of the text eight more are
    /// granted. Beyond, the text counts as too complex to be checked.
    /// </summary>
    public long MaxSteps { get; init; } = 1_000_000;

    /// <summary>Longest regular expression, in UTF-16 units.</summary>
    public int MaxPatternLength { get; init; } = 2000;

    /// <summary>Time for one match that needs backtracking (assertions inside of a pattern, references to groups); others take time in proportion to the text.</summary>
    public TimeSpan MaxMatch { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Time after which one validation begins no further match that needs backtracking.</summary>
    public TimeSpan MaxBacktracking { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Measures <see cref="MaxBacktracking"/>.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
