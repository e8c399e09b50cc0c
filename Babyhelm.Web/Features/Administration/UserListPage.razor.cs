using Babyhelm.Core.Administration;
using Babyhelm.Core.Common;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Features.Administration;

public sealed partial class UserListPage : IDisposable
{
    private readonly CancellationTokenSource _gone = new();
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

    protected override async Task OnParametersSetAsync()
    {
        var query = Query;
        if (_shown == query) return;
        _shown = query;
        try
        {
            var found = await Users.ListAsync(await User.GetAsync(), query, _gone.Token);
            // Of two questions at once the last one counts.
            if (_shown == query) found.Ok(out _page, out _error);
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // The page is gone; nobody waits for this.
        }
    }

    private void Search(string? text) => Go(Query with { Search = text, Page = 1 });

    private void Show(UserFilter filter) => Go(Query with { Filter = filter, Page = 1 });

    private void Go(UserQuery query) => Navigation.NavigateTo(query.Url());

    public void Dispose()
    {
        if (_gone.IsCancellationRequested) return;
        _gone.Cancel();
        _gone.Dispose();
    }
}
