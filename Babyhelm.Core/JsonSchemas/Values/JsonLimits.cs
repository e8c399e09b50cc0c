namespace Babyhelm.Core.JsonSchemas.Values;

/// <summary>What a JSON text may be like.</summary>
public sealed record JsonLimits
{
    public static readonly JsonLimits Default = new();

    /// <summary>Longest text, in bytes.</summary>
    public int MaxBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>How deep arrays and objects may be nested, 1 to 1000.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Values and member names together. Each takes 16 bytes while the text is looked at.</summary>
    public int MaxValues { get; init; } = 2_000_000;

    /// <summary>Takes objects that have a name twice. Of two readers one may see the first and one the last of them.</summary>
    public bool AllowDuplicateNames { get; init; }
}
