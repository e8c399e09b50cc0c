using Babyhelm.Core.Administration;
using Babyhelm.Web.Components;

namespace Babyhelm.Web.Features.Administration;

/// <summary>Which users a page shows, as it stands in the page's address; what can't be read is as if it were not there.</summary>
public static class UserListQuery
{
    public static readonly IReadOnlyList<(UserFilter Filter, string Text)> Filters =
    [
        (UserFilter.All, "All"), (UserFilter.Admins, "Platform admins"), (UserFilter.Locked, "Locked"), (UserFilter.Unconfirmed, "Not confirmed"),
        (UserFilter.TwoFactor, "With an authenticator app"), (UserFilter.Passkey, "With a passkey"), (UserFilter.NoSecondFactor, "No second factor"),
    ];

    public static UserQuery Of(string? search, string? filter, string? sort, string? order, string? page)
    {
        var list = ListQuery.Of(search, page);
        return new(list.Search, Value(filter, UserFilter.All), Value(sort, UserSort.Email), order == "desc", list.Page);
    }

    /// <summary>Address of the list; the usual is left out.</summary>
    public static string Url(this UserQuery query) => new ListQuery(query.Search, query.Page).On(Urls.Users,
        ("filter", Text(query.Filter, UserFilter.All)), ("sort", Text(query.Sort, UserSort.Email)), ("order", query.Descending ? "desc" : null));

    /// <summary>The list sorted by this; the other way round where it is already. Dates begin with the newest.</summary>
    public static UserQuery By(this UserQuery query, UserSort sort) =>
        query with { Sort = sort, Descending = query.Sort == sort ? !query.Descending : sort != UserSort.Email, Page = 1 };

    // Enum.TryParse takes numbers too, even those that are no value.
    private static T Value<T>(string? text, T otherwise) where T : struct, Enum =>
        Enum.GetValues<T>().Where(v => v.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)).Cast<T?>().FirstOrDefault() ?? otherwise;

    private static string? Text<T>(T value, T usual) where T : struct, Enum =>
        value.Equals(usual) ? null : char.ToLowerInvariant(value.ToString()[0]) + value.ToString()[1..];
}
