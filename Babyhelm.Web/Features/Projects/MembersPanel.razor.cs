using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;
using Babyhelm.Web.Components.Shared;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Features.Projects;

public sealed partial class MembersPanel
{
    private const string Roles = "Owners may do everything, editors deploy, viewers read.";
    private static readonly ProjectRole[] AllRoles = [ProjectRole.Viewer, ProjectRole.Editor, ProjectRole.Owner];
    private string _email = "";
    private ProjectRole _role = ProjectRole.Editor;
    private string _heir = "";
    private string? _invited;
    private IReadOnlyList<string> _invalid = [];
    private bool _busy;
    private Error? _error;

    [Parameter, EditorRequired] public string Project { get; set; } = "";
    [Parameter, EditorRequired] public MemberTable Table { get; set; } = default!;

    private bool Reacts => RendererInfo.IsInteractive;

    private async Task SubmitAsync()
    {
        if (_busy) return;
        _busy = true;
        try
        {
            if (await InviteAsync(_email, _role)) _email = "";
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task<bool> InviteAsync(string email, ProjectRole role)
    {
        (_invited, _invalid) = (null, []);
        var done = await CommandAttempt.ResultAsync(async () => await Commands.PutAsync(await User.GetAsync(), Project, email, role, CancellationToken.None));
        if (done.Ok(out var member, out var error))
        {
            _error = null;
            if (member.State == MemberState.Invited) _invited = member.Email;
            return true;
        }
        if (error is Invalid invalid) _invalid = [.. invalid.Faults.Select(f => f.Message)];
        else _error = error;
        return false;
    }

    private async Task SetRoleAsync(MemberLine line, ProjectRole role)
    {
        if (role == line.Member.Role) return;
        if (line.IsMe)
        {
            await Dialogs.ConfirmAsync(new ConfirmRequest($"Become {Words.A(role)} of {Project}?", Words.Text("You can't manage members or delete the project any more. Another owner can make you one again."),
                null, "Change my role", () => PutAsync(line.Member.Email, role)));
            return;
        }
        _error = await CommandAttempt.ErrorAsync(() => PutAsync(line.Member.Email, role));
    }

    private Task RemoveAsync(MemberView member) => ConfirmAsync(
        $"Remove {member.Email} from {Project}?", $"{member.Email} doesn't see the project any more. What runs stays as it is. You can invite them again.", "Remove",
        async caller => (await Commands.RemoveAsync(caller, Project, member.Email, CancellationToken.None)).Error);

    private Task TakeBackAsync(MemberView member) => ConfirmAsync(
        $"Take the invitation of {member.Email} back?", "It can't be accepted any more. You can invite them again.", "Take back",
        async caller => (await Commands.RemoveAsync(caller, Project, member.Email, CancellationToken.None)).Error);

    private Task TransferAsync() => ConfirmAsync(
        $"Hand {Project} over to {_heir}?", $"{_heir} becomes an owner of the project. You become an editor: you can't manage members or delete the project any more.", "Hand over",
        async caller => (await Commands.TransferAsync(caller, Project, _heir, CancellationToken.None)).Error);

    private Task LeaveAsync() => ConfirmAsync(
        $"Leave {Project}?", "You don't see the project any more until an owner invites you again.", "Leave",
        async caller => (await Commands.LeaveAsync(caller, Project, CancellationToken.None)).Error);

    private async Task ConfirmAsync(string title, string consequence, string verb, Func<Caller, Task<Error?>> act)
    {
        _error = null;
        await Dialogs.ConfirmAsync(new ConfirmRequest(title, Words.Text(consequence), null, verb, async () => await act(await User.GetAsync())));
    }

    private async Task<Error?> PutAsync(string email, ProjectRole role) =>
        (await Commands.PutAsync(await User.GetAsync(), Project, email, role, CancellationToken.None)).Error;
}
