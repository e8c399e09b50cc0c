using Babyhelm.Core.Administration;
using Babyhelm.Core.Common;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Features.Administration;

public sealed partial class UserListPage
{
    private UserQuery? _shown;
    private UserPage? _page;
    private Error? _error;

    [SupplyParameterFromQuery(Name = "search")] private string? SearchText { get; set; }
    [SupplyParameterFromQuery(Name = "filter")] private string? FilterText { get; set; }
    [SupplyParameterFromQuery(Name = "sort")] private string? SortText { get; set; }
    [SupplyParameterFromQuery(Name = "order")] private string? OrderText { get; set; }
    [SupplyParameterFromQuery(Name = "page")] private string? PageText { get; set; }

    [Inject] private UserList Users { get; set; } = default!;
    [Inject] private CurrentUser User { get; set; } = default!;
    [Inject] private NavigationManager Navigation { get; set; } = default!;

    private UserQuery Query => UserListQuery.Of(SearchText, FilterText, SortText, OrderText, PageText);

    private bool IsFiltered => Query is { Search: not null } or { Filter: not UserFilter.All };

    protected override Task OnParametersSetAsync() => _shown == Query ? Task.CompletedTask : UntilGoneAsync(async () =>
    {
        var query = _shown = Query;
        var found = await Users.ListAsync(await User.GetAsync(), query, Gone);
        // Of two questions at once the last one counts.
        if (_shown == query) found.Ok(out _page, out _error);
    });

    private void Search(string? text) => Go(Query with { Search = text, Page = 1 });

    private void Show(UserFilter filter) => Go(Query with { Filter = filter, Page = 1 });

    private void Go(UserQuery query) => Navigation.NavigateTo(query.Url());
}
