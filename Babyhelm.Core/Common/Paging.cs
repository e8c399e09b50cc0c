namespace Babyhelm.Core.Common;

/// <summary>Lists that the database cuts into pages, counted from 1.</summary>
public static class Paging
{
    /// <summary>Rows of a page.</summary>
    public const int Size = 50;

    /// <summary>Pages of so many rows; at least one.</summary>
    public static int Pages(int total) => Math.Max(1, (total + Size - 1) / Size);

    /// <summary>The page that is asked for, or the nearest that there is.</summary>
    public static int Clamp(int page, int total) => Math.Clamp(page, 1, Pages(total));

    /// <param name="page">One that there is.</param>
    public static IQueryable<T> Page<T>(this IQueryable<T> rows, int page) => rows.Skip((page - 1) * Size).Take(Size);
}
