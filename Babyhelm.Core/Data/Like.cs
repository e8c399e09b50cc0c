namespace Babyhelm.Core.Data;

/// <summary>What people type into a search field, for ILIKE: taken literally.</summary>
internal static class Like
{
    public const string Escape = "\\";

    /// <summary>Null for nothing to search for. PostgreSQL takes no NUL.</summary>
    public static string? Text(string? given) => string.IsNullOrWhiteSpace(given) ? null : given.Trim()
        .Replace("\0", "", StringComparison.Ordinal)
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("%", "\\%", StringComparison.Ordinal)
        .Replace("_", "\\_", StringComparison.Ordinal);
}
