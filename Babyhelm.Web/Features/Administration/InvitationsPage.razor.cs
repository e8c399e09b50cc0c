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
    private IReadOnlyList<InvitationView>? _invitations;
    private Error? _error;

    [Inject] private OpenInvitations Open { get; set; } = default!;
    [Inject] private ScopedCommands Scoped { get; set; } = default!;
    [Inject] private CurrentUser User { get; set; } = default!;
    [Inject] private DialogService Dialogs { get; set; } = default!;

    protected override Task OnInitializedAsync() => LoadAsync();

    private async Task LoadAsync()
    {
        try
        {
            (await Open.ListAsync(await User.GetAsync(), _gone.Token)).Ok(out _invitations, out _error);
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // The page is gone; nobody waits for this.
        }
    }

    private async Task RevokeAsync(string email)
    {
        var revoked = await Dialogs.ConfirmAsync(new ConfirmRequest(
            $"Revoke the invitation of {email}?", Words.Text("Its link stops working at once. You can invite the address again."), null, "Revoke", async () =>
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
