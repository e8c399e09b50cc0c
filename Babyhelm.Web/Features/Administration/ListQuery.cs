using System.Globalization;
using Babyhelm.Web.Components;

namespace Babyhelm.Web.Features.Administration;

/// <summary>A search and a page of a list, as they stand in a page's address; what can't be read is as if it were not there.</summary>
/// <param name="Page">From 1.</param>
public sealed record ListQuery(string? Search, int Page)
{
    public static ListQuery Of(string? search, string? page) => new(
        string.IsNullOrWhiteSpace(search) ? null : search.Trim(),
        int.TryParse(page, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : 1);

    /// <summary>Address of this list; the usual is left out.</summary>
    public string On(string path, params (string Name, string? Value)[] others) =>
        Urls.WithQuery(path, [("search", Search), .. others, ("page", Page > 1 ? Page.ToString(CultureInfo.InvariantCulture) : null)]);
}
