using Babyhelm.Core.Administration;
using Babyhelm.Core.Common;
using Babyhelm.Web.Components;
using Babyhelm.Web.Components.Shared;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace Babyhelm.Web.Features.Administration;

public sealed partial class UserDetailPage : IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private Guid? _shown;
    private UserDetail? _detail;
    private Error? _error;
    private string _heir = "";
    private bool _busy;
    private bool _isMe;

    [Parameter] public Guid Id { get; set; }

    [Inject] private UserList Users { get; set; } = default!;
    [Inject] private ScopedCommands Scoped { get; set; } = default!;
    [Inject] private CurrentUser User { get; set; } = default!;
    [Inject] private DialogService Dialogs { get; set; } = default!;
    [Inject] private NavigationManager Navigation { get; set; } = default!;

    private IReadOnlyList<string> Orphans => [.. _detail!.Projects.Where(p => p.OnlyOwner).Select(p => p.Project)];

    protected override async Task OnParametersSetAsync()
    {
        if (_shown == Id) return;
        (_shown, _detail, _error, _heir) = (Id, null, null, "");
        await LoadAsync();
    }

    private async Task LoadAsync()
    {
        try
        {
            var caller = await User.GetAsync();
            _isMe = caller.UserId == Id;
            if ((await Users.GetAsync(caller, Id, _gone.Token)).Ok(out var detail, out var error)) _detail = detail;
            else if (error is NotFound) Navigation.NotFound();
            else _error = error;
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // The page is gone; nobody waits for this.
        }
    }

    private async Task RunAsync(UserAction action)
    {
        if (_busy) return;
        _busy = true;
        try
        {
            _error = null;
            if (action.Confirm is { } question)
                await Dialogs.ConfirmAsync(new ConfirmRequest(question, Words.Text(action.Consequence), null, action.Verb, () => ActAsync(action)));
            else
                _error = await CommandAttempt.ErrorAsync(() => ActAsync(action));
            await LoadAsync();
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task<Error?> ActAsync(UserAction action)
    {
        var caller = await User.GetAsync();
        return (await Scoped.RunAsync((UserAdministration users) => action.Run(users, caller, CancellationToken.None))).Error;
    }

    private async Task DeleteAsync()
    {
        var orphans = Orphans;
        var heir = orphans.Count == 0 ? null : _heir.Trim();
        var deleted = await Dialogs.ConfirmAsync(new ConfirmRequest(
            $"Delete {_detail!.User.Email}?", Doomed(_detail, orphans, heir), _detail.User.Email, "Delete user", async () =>
            {
                var caller = await User.GetAsync();
                return (await Scoped.RunAsync((UserAdministration users) => users.DeleteAsync(caller, Id, heir, CancellationToken.None))).Error;
            }));
        if (deleted) Navigation.NavigateTo(Urls.Users);
    }

    private static RenderFragment Doomed(UserDetail detail, IReadOnlyList<string> orphans, string? heir) => builder =>
    {
        builder.OpenComponent<DeleteUserText>(0);
        builder.AddComponentParameter(1, nameof(DeleteUserText.Detail), detail);
        builder.AddComponentParameter(2, nameof(DeleteUserText.Orphans), orphans);
        builder.AddComponentParameter(3, nameof(DeleteUserText.Heir), heir);
        builder.CloseComponent();
    };

    private static string SignsInWith(UserDetail detail)
    {
        var ways = new List<string>();
        if (detail.HasPassword) ways.Add("Password");
        if (detail.Passkeys > 0) ways.Add("Passkey");
        ways.AddRange(detail.Providers);
        return ways.Count == 0 ? "Nothing yet" : string.Join(", ", ways);
    }

    public void Dispose()
    {
        if (_gone.IsCancellationRequested) return;
        _gone.Cancel();
        _gone.Dispose();
    }
}
