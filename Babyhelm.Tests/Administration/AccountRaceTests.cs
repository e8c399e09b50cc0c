using Babyhelm.Core.Accounts;
using Babyhelm.Core.Administration;
using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;
using Babyhelm.Tests.Integration;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Tests.Administration;

/// <summary>Two people who are after the same address at the same moment: one gets it, the other hears why not.</summary>
public sealed class AccountRaceTests(CommandHost host) : IClassFixture<CommandHost>, IAsyncLifetime
{
    private const int Rounds = 12;
    private const string Password = RunningBabyhelm.TestPassword;
    private Caller _admin = null!;

    public async Task InitializeAsync() => _admin = await host.AddUserAsync(PlatformRole.Admin);

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task An_admin_makes_an_account_while_its_user_registers()
    {
        for (var i = 0; i < Rounds; i++)
        {
            var email = NewEmail();
            var (made, registered) = await BothAsync(
                () => host.RunAsync((UserAdministration users) => users.CreateAsync(_admin, email, Password, PlatformRole.User, default)),
                () => RegisterAsync(email.ToUpperInvariant(), null));
            Assert.True(made.Error is null != registered.Error is null, $"{made.Error} {registered.Error}");
            if (made.Error is { } late) Assert.Equal("email-taken", Assert.IsType<Conflict>(late).Code);
            if (registered.Error is { } refused) Assert.Equal("email", Assert.Single(Assert.IsType<Invalid>(refused).Faults).Field);
            Assert.Equal(1, await UsersAsync(email));
        }
    }

    [Fact]
    public async Task An_invitation_is_taken_back_by_an_admin_or_an_owner_while_it_is_followed()
    {
        var (owner, members, settings) = (await host.AddUserAsync(), host.Get<ProjectMembers>(), host.Get<PlatformSettingsCommands>());
        Assert.Null((await settings.ChangeAsync(_admin, new PlatformSettingsChange(RegistrationMode.Invitation), default)).Error);
        for (var i = 0; i < Rounds; i++)
        {
            var (email, byAdmin) = (NewEmail(), i % 2 == 0);
            var project = await host.AddProjectAsync((owner, ProjectRole.Owner));
            if (byAdmin) Assert.Null((await InviteAsync(_admin, email)).Error);
            else Assert.Null((await members.PutAsync(owner, project.Name, email, ProjectRole.Viewer, default)).Error);
            var link = (await host.Get<OpenInvitations>().ListAsync(_admin, new InvitationQuery(email), default)).Value.Invitations.Single().Link!;
            var (back, registered) = await BothAsync(
                () => byAdmin ? host.RunAsync((UserAdministration users) => users.UninviteAsync(_admin, email, default)) : members.RemoveAsync(owner, project.Name, email, default),
                () => RegisterAsync(email, Uri.UnescapeDataString(link.Query["?invitation=".Length..])));
            if (registered.Error is { } refused) Assert.IsType<Forbidden>(refused);
            if (back.Error is { } late) Assert.IsType<NotFound>(late);
            // What a project's owner takes back is the invitation into the project, which stands after a registration too.
            Assert.True(byAdmin ? back.Error is null != registered.Error is null : back.Error is null, $"{back.Error} {registered.Error}");
            Assert.Equal(registered.Error is null ? 1 : 0, await UsersAsync(email));
        }
        Assert.Null((await settings.ChangeAsync(_admin, new PlatformSettingsChange(RegistrationMode.Open), default)).Error);
    }

    [Fact]
    public async Task Two_admins_invite_the_same_address()
    {
        var other = await host.AddUserAsync(PlatformRole.Admin);
        for (var i = 0; i < Rounds; i++)
        {
            var email = NewEmail();
            var (one, two) = await BothAsync(() => InviteAsync(_admin, email), () => InviteAsync(other, email));
            Assert.Null(one.Error);
            Assert.Null(two.Error);
            Assert.Single((await host.Get<OpenInvitations>().ListAsync(_admin, new InvitationQuery(email), default)).Value.Invitations);
        }
    }

    [Fact]
    public async Task Two_users_confirm_the_same_new_address()
    {
        for (var i = 0; i < Rounds; i++)
        {
            var (a, b, email) = (await host.AddUserAsync(), await host.AddUserAsync(), NewEmail());
            var (codeOfA, codeOfB) = (await CodeAsync(a, email), await CodeAsync(b, email));
            var (one, two) = await BothAsync(() => ConfirmAsync(a, email, codeOfA), () => ConfirmAsync(b, email, codeOfB));
            Assert.True(one.Error is null != two.Error is null, $"{one.Error} {two.Error}");
            Assert.IsType<Invalid>(one.Error ?? two.Error);
            Assert.Equal(1, await UsersAsync(email));
        }
    }

    [Fact]
    public async Task One_confirms_a_new_address_while_another_registers_it()
    {
        for (var i = 0; i < Rounds; i++)
        {
            var (user, email) = (await host.AddUserAsync(), NewEmail());
            var code = await CodeAsync(user, email);
            var (confirmed, registered) = await BothAsync(() => ConfirmAsync(user, email, code), () => RegisterAsync(email, null));
            Assert.True(confirmed.Error is null != registered.Error is null, $"{confirmed.Error} {registered.Error}");
            Assert.IsType<Invalid>(confirmed.Error ?? registered.Error);
            Assert.Equal(1, await UsersAsync(email));
        }
    }

    private Task<Result<Registered>> RegisterAsync(string email, string? invitation) =>
        host.RunAsync((RegisterUser register) => register.ExecuteAsync(new Registration(email, Password, invitation), default));

    private Task<Result<Done>> InviteAsync(Caller admin, string email) =>
        host.RunAsync((UserAdministration users) => users.InviteAsync(admin, email, PlatformRole.User, default));

    private Task<Result<Done>> ConfirmAsync(Caller user, string email, string code) =>
        host.RunAsync((AccountRecovery recovery) => recovery.ConfirmNewEmailAsync(user.UserId, email, code, null, default));

    private Task<string> CodeAsync(Caller user, string email) => host.RunAsync(async (UserManager<AppUser> users) =>
        AccountMails.Encode(await users.GenerateChangeEmailTokenAsync((await users.FindByIdAsync($"{user.UserId}"))!, email)));

    private async Task<int> UsersAsync(string email)
    {
        var normalized = EmailAddress.Normalize(email);
        await using var db = await host.Contexts.CreateDbContextAsync();
        return await db.Users.CountAsync(u => u.NormalizedEmail == normalized && u.NormalizedUserName == normalized);
    }

    private static async Task<(TOne, TTwo)> BothAsync<TOne, TTwo>(Func<Task<TOne>> one, Func<Task<TTwo>> two)
    {
        var (first, second) = (Task.Run(one), Task.Run(two));
        return (await first, await second);
    }

    private static string NewEmail() => $"{Guid.NewGuid():N}@example.com";
}
