using Babyhelm.Core.Accounts;
using Babyhelm.Core.Administration;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;
using Babyhelm.Tests.Integration;

namespace Babyhelm.Tests.Administration;

/// <summary>Invitations of admins and of owners: whose link lets in, how long, and what admins see of them.</summary>
public sealed class InvitationTests(CommandHost host) : IClassFixture<CommandHost>, IAsyncLifetime
{
    private Caller _admin = null!;

    public async Task InitializeAsync() => _admin = await host.AddUserAsync(PlatformRole.Admin);

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task The_link_of_a_project_ends_with_the_last_invitation_that_needs_it()
    {
        var (owner, email, members) = (await host.AddUserAsync(), NewEmail(), host.Get<ProjectMembers>());
        var (one, two) = (await host.AddProjectAsync((owner, ProjectRole.Owner)), await host.AddProjectAsync((owner, ProjectRole.Owner)));
        foreach (var project in new[] { one, two }) Assert.Null((await members.PutAsync(owner, project.Name, email, ProjectRole.Viewer, default)).Error);
        var link = Assert.Single(await ListAsync(email)).Link!;
        Assert.Equal(email, await InvitedAsync(link));

        Assert.Null((await members.RemoveAsync(owner, one.Name, email, default)).Error);
        Assert.Equal(email, await InvitedAsync(link)); // the other one stands
        Assert.Null((await members.RemoveAsync(owner, two.Name, email.ToUpperInvariant(), default)).Error);
        Assert.Null(await InvitedAsync(link));
        Assert.Empty(await ListAsync(email));
    }

    [Fact]
    public async Task An_owner_neither_prolongs_nor_ends_the_invitation_of_an_admin_and_the_best_one_counts()
    {
        var (owner, email, members) = (await host.AddUserAsync(), NewEmail(), host.Get<ProjectMembers>());
        var project = await host.AddProjectAsync((owner, ProjectRole.Owner));
        await InviteAsync(_admin, email, PlatformRole.Admin);
        var byAdmin = Assert.Single(await ListAsync(email));

        host.Time.Advance(TimeSpan.FromDays(1));
        Assert.Null((await members.PutAsync(owner, project.Name, email, ProjectRole.Viewer, default)).Error);
        var both = await ListAsync(email);
        Assert.Equal(byAdmin, both.Single(i => i.ByAdmin));
        Assert.Equal((owner.Email, PlatformRole.User, byAdmin.ExpiresAt.AddDays(1)), both.Where(i => !i.ByAdmin).Select(i => (i.InvitedBy, i.Role, i.ExpiresAt)).Single());
        Assert.Equal((email, email), (await InvitedAsync(both[0].Link!), await InvitedAsync(both[1].Link!)));
        Assert.Null((await members.RemoveAsync(owner, project.Name, email, default)).Error);
        Assert.Equal(byAdmin, Assert.Single(await ListAsync(email)));

        // Invited again: whoever comes by the owner's link is what the admin said.
        host.Time.Advance(TimeSpan.FromHours(1));
        Assert.Null((await members.PutAsync(owner, project.Name, email, ProjectRole.Viewer, default)).Error);
        var link = (await ListAsync(email)).Single(i => !i.ByAdmin).Link!;
        var user = (await host.RunAsync((RegisterUser register) => register.ExecuteAsync(new Registration(email, RunningBabyhelm.TestPassword, TokenOf(link)), default))).Value.User!;
        Assert.Equal((PlatformRole.Admin, true, host.Time.GetUtcNow()), (user.Role, user.EmailConfirmed, user.LastSignInAt));
        Assert.Empty(await ListAsync(email));
        Assert.Null(await InvitedAsync(byAdmin.Link!));
    }

    [Fact]
    public async Task Who_invites_again_is_the_one_who_invited()
    {
        var (second, email) = (await host.AddUserAsync(PlatformRole.Admin), NewEmail());
        await InviteAsync(_admin, email, PlatformRole.User);
        var first = Assert.Single(await ListAsync(email));
        await InviteAsync(second, email.ToUpperInvariant(), PlatformRole.User);
        var again = Assert.Single(await ListAsync(email));
        Assert.Equal(second.Email, again.InvitedBy);
        Assert.NotEqual(first.Link, again.Link); // though the mail went to the address as it was typed the second time
        Assert.Null(await InvitedAsync(first.Link!));
        Assert.NotNull(await InvitedAsync(again.Link!));
    }

    [Fact]
    public async Task What_would_let_nobody_in_is_not_shown()
    {
        var (other, owner, settings) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync(), host.Get<PlatformSettingsCommands>());
        var (byOther, byOwner, registered) = (NewEmail(), NewEmail(), NewEmail());
        await InviteAsync(other, byOther, PlatformRole.Admin);
        await InviteAsync(_admin, registered, PlatformRole.User);
        var project = await host.AddProjectAsync((owner, ProjectRole.Owner));
        Assert.Null((await host.Get<ProjectMembers>().PutAsync(owner, project.Name, byOwner, ProjectRole.Viewer, default)).Error);
        foreach (var email in new[] { byOther, byOwner, registered }) Assert.Single(await ListAsync(email));

        Assert.Null((await host.RunAsync((UserAdministration users) => users.SetRoleAsync(_admin, other.UserId, PlatformRole.User, default))).Error);
        Assert.Empty(await ListAsync(byOther)); // its admin is none any more
        Assert.Null((await host.RunAsync((RegisterUser register) => register.ExecuteAsync(new Registration(registered, RunningBabyhelm.TestPassword), default))).Error);
        Assert.Empty(await ListAsync(registered)); // has an account, without the link
        Assert.Null((await settings.ChangeAsync(_admin, new PlatformSettingsChange(RegistrationMode.Closed), default)).Error);
        Assert.Empty(await ListAsync(byOwner));
        Assert.Null((await settings.ChangeAsync(_admin, new PlatformSettingsChange(RegistrationMode.Open), default)).Error);
        Assert.Single(await ListAsync(byOwner));
    }

    [Fact]
    public async Task A_page_is_one_bounded_query_and_a_count_however_many_there_are()
    {
        var mark = NewEmail().Split('@')[0];
        for (var i = 0; i < Paging.Size + 3; i++) await InviteAsync(_admin, $"n{i:00}-{mark}@example.com", PlatformRole.User);
        var sql = new SqlLog();
        var list = new OpenInvitations(new LoggedContexts(host.Connection, sql, host.Services), host.Get<AccountMails>(), host.Get<RefusalLog>(), host.Time);

        var first = (await list.ListAsync(_admin, new InvitationQuery(mark.ToUpperInvariant()), default)).Value;
        Assert.Equal(2, sql.Commands.Count);
        Assert.Equal((Paging.Size + 3, 1, 2), (first.Total, first.Page, first.Pages));
        Assert.Equal(Enumerable.Range(0, Paging.Size).Select(i => $"n{i:00}-{mark}@example.com"), first.Invitations.Select(i => i.Email));
        Assert.All(first.Invitations, i => Assert.NotNull(i.Link));
        Assert.Equal(Paging.Size, first.Invitations.Select(i => i.Link).Distinct().Count());
        var last = (await list.ListAsync(_admin, new InvitationQuery(mark, 99), default)).Value;
        Assert.Equal((3, 2), (last.Invitations.Count, last.Page));
        // A token is shown no link.
        Assert.All((await list.ListAsync(_admin with { Scope = AccessScope.Admin, SessionId = null, TokenId = Guid.NewGuid() }, new InvitationQuery(mark), default)).Value.Invitations, i => Assert.Null(i.Link));
    }

    private async Task InviteAsync(Caller admin, string email, PlatformRole role) =>
        Assert.Null((await host.RunAsync((UserAdministration users) => users.InviteAsync(admin, email, role, default))).Error);

    private async Task<IReadOnlyList<InvitationView>> ListAsync(string email) =>
        (await host.Get<OpenInvitations>().ListAsync(_admin, new InvitationQuery(email), default)).Value.Invitations;

    private Task<string?> InvitedAsync(Uri link) => host.RunAsync((RegisterUser register) => register.InvitedAsync(TokenOf(link), default));

    private static string TokenOf(Uri link) => Uri.UnescapeDataString(link.Query["?invitation=".Length..]);

    private static string NewEmail() => $"{Guid.NewGuid():N}@example.com";
}
