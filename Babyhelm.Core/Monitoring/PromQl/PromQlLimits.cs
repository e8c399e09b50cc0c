namespace Babyhelm.Core.Monitoring.PromQl;

/// <summary>How much of a text is taken, so that no text can exhaust memory, stack or time.</summary>
internal static class PromQlLimits
{
    /// <summary>Characters that somebody may send.</summary>
    public const int MaxLength = 32 * 1024;

    /// <summary>Height of the tree: nesting, and operators in a row.</summary>
    public const int MaxDepth = 250;

    public const int MaxSelectors = 100;
}
