using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Common;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Features.Administration;

public sealed partial class MailPage
{
    private ListQuery? _shown;
    private Core.Accounts.Mail.MailPage? _page;
    private Guid? _open;
    private Error? _error;

    [SupplyParameterFromQuery(Name = "search")] private string? SearchText { get; set; }
    [SupplyParameterFromQuery(Name = "page")] private string? PageText { get; set; }

    [Inject] private Outbox Outbox { get; set; } = default!;
    [Inject] private CurrentUser User { get; set; } = default!;
    [Inject] private NavigationManager Navigation { get; set; } = default!;

    private ListQuery Query => ListQuery.Of(SearchText, PageText);

    protected override Task OnParametersSetAsync() => _shown == Query ? Task.CompletedTask : LoadAsync();

    private Task LoadAsync() => UntilGoneAsync(async () =>
    {
        var query = _shown = Query;
        var found = await Outbox.ListAsync(await User.GetAsync(), new MailQuery(query.Search, query.Page), Gone);
        // Of two questions at once the last one counts.
        if (_shown == query) found.Ok(out _page, out _error);
    });

    private void Search(string? text) => Navigation.NavigateTo(new ListQuery(text, 1).On(Urls.Mails));
}
