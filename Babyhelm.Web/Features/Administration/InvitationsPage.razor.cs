using Babyhelm.Core.Administration;
using Babyhelm.Core.Common;
using Babyhelm.Web.Components;
using Babyhelm.Web.Components.Shared;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace Babyhelm.Web.Features.Administration;

public sealed partial class InvitationsPage : IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private ListQuery? _shown;
    private InvitationPage? _page;
    private Error? _error;

    [Inject] private OpenInvitations Open { get; set; } = default!;
    [Inject] private ScopedCommands Scoped { get; set; } = default!;
    [Inject] private CurrentUser User { get; set; } = default!;
    [Inject] private DialogService Dialogs { get; set; } = default!;

    [Inject] private NavigationManager Navigation { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "search")] private string? SearchText { get; set; }
    [SupplyParameterFromQuery(Name = "page")] private string? PageText { get; set; }

    private ListQuery Query => ListQuery.Of(SearchText, PageText);

    protected override Task OnParametersSetAsync() => _shown == Query ? Task.CompletedTask : LoadAsync();

    private void Search(string? text) => Navigation.NavigateTo(new ListQuery(text, 1).On(Urls.Invitations));

    private async Task LoadAsync()
    {
        var query = _shown = Query;
        try
        {
            var found = await Open.ListAsync(await User.GetAsync(), new InvitationQuery(query.Search, query.Page), _gone.Token);
            // Of two questions at once the last one counts.
            if (_shown == query) found.Ok(out _page, out _error);
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // The page is gone; nobody waits for this.
        }
    }

    private async Task RevokeAsync(string email)
    {
        var revoked = await Dialogs.ConfirmAsync(new ConfirmRequest(
            $"Revoke the invitation of {email}?", Words.Text("Every link that was sent to this address stops working at once. You can invite it again."), null, "Revoke", async () =>
            {
                var caller = await User.GetAsync();
                return (await Scoped.RunAsync((UserAdministration users) => users.UninviteAsync(caller, email, CancellationToken.None))).Error;
            }));
        if (revoked) await LoadAsync();
    }

    public void Dispose()
    {
        if (_gone.IsCancellationRequested) return;
        _gone.Cancel();
        _gone.Dispose();
    }
}
