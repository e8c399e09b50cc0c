using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Administration;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Tests.Administration;

/// <summary>What platform admins do with users, and what becomes of what these own.</summary>
public sealed class UserAdministrationTests(CommandHost host) : IClassFixture<CommandHost>
{
    [Fact]
    public async Task Who_alone_owns_projects_is_deleted_only_with_somebody_who_takes_them_over()
    {
        var (admin, owner, other, heir) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync(), await host.AddUserAsync(), await host.AddUserAsync());
        var alone = await host.AddProjectAsync((owner, ProjectRole.Owner), (heir, ProjectRole.Viewer));
        var shared = await host.AddProjectAsync((owner, ProjectRole.Owner), (other, ProjectRole.Owner));

        var refused = (await DeleteAsync(admin, owner, null)).Error;
        Assert.Equal("owns-projects", refused?.Code);
        Assert.Contains(alone.Name, refused!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(shared.Name, refused.Message, StringComparison.Ordinal);
        Assert.IsType<Invalid>((await DeleteAsync(admin, owner, "nobody@example.com")).Error);
        Assert.IsType<Invalid>((await DeleteAsync(admin, owner, owner.Email)).Error);
        Assert.IsType<Forbidden>((await DeleteAsync(heir, owner, heir.Email)).Error);
        Assert.Null((await DeleteAsync(admin, owner, heir.Email)).Error);

        await using var db = await host.Contexts.CreateDbContextAsync();
        Assert.False(await db.Users.AnyAsync(u => u.Id == owner.UserId));
        Assert.Equal([(heir.UserId, ProjectRole.Owner)], await MembersAsync(db, alone));
        Assert.Equal([(other.UserId, ProjectRole.Owner)], await MembersAsync(db, shared));
        var entry = await db.Set<AuditEntry>().SingleAsync(e => e.Action == "user.delete" && e.Subject == $"user/{owner.Email}" && e.Outcome == AuditOutcome.Done);
        Assert.Equal((admin.Email, $"projects to {heir.Email}: {alone.Name}"), (entry.Actor, entry.Detail));
        Assert.True(await db.Set<AuditEntry>().AnyAsync(e => e.ProjectId == alone.Id && e.Action == "member.transfer"));
        Assert.IsType<NotFound>((await DeleteAsync(admin, owner, null)).Error);
    }

    [Fact]
    public async Task A_locked_user_has_no_session_left_and_may_come_back()
    {
        var (admin, user) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync());
        var session = await host.Get<SessionStore>().BeginAsync(user.UserId, SessionKind.Browser, false, null, null, default);
        Assert.Null((await host.RunAsync((UserAdministration users) => users.LockAsync(admin, user.UserId, default))).Error);

        Assert.False(await host.Get<SessionStore>().TouchAsync(session.Id, user.UserId, default));
        Assert.NotNull((await DetailAsync(admin, user)).User.LockedAt);
        Assert.Contains((await host.Get<UserList>().ListAsync(admin, new UserQuery(user.Email, UserFilter.Locked), default)).Value.Users, u => u.Id == user.UserId);
        Assert.Null((await host.RunAsync((UserAdministration users) => users.UnlockAsync(admin, user.UserId, default))).Error);
        Assert.Null((await DetailAsync(admin, user)).User.LockedAt);

        await using var db = await host.Contexts.CreateDbContextAsync();
        var locked = await db.Set<AuditEntry>().SingleAsync(e => e.Action == "user.lock" && e.Subject == $"user/{user.Email}");
        Assert.Equal([new AuditChange("locked", "no", "yes")], locked.Changes);
    }

    [Fact]
    public async Task A_user_who_is_signed_out_everywhere_comes_back_with_the_password_and_that_is_on_record()
    {
        var (admin, user) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync());
        var other = await host.SignInAsync(user);
        Assert.Equal(2, (await DetailAsync(admin, user)).Sessions);
        Assert.IsType<Forbidden>((await host.RunAsync((UserAdministration users) => users.EndSessionsAsync(user, user.UserId, default))).Error);
        Assert.Null((await host.RunAsync((UserAdministration users) => users.EndSessionsAsync(admin, user.UserId, default))).Error);
        foreach (var session in new[] { user.SessionId, other.SessionId }) Assert.Null(await host.Get<SessionStore>().FindAsync(session!.Value, user.UserId, default));
        Assert.Equal(0, (await DetailAsync(admin, user)).Sessions);
        var again = await host.SignInAsync(user);
        Assert.NotNull(await host.Get<SessionStore>().FindAsync(again.SessionId!.Value, user.UserId, default));
        await using var db = await host.Contexts.CreateDbContextAsync();
        Assert.Equal(admin.Email, (await db.Set<AuditEntry>().SingleAsync(e => e.Action == "user.sessions-end" && e.Subject == $"user/{user.Email}")).Actor);
    }

    [Fact]
    public async Task A_reset_of_the_second_factors_takes_passkeys_too()
    {
        var (admin, user, other) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync(), await host.AddUserAsync());
        var session = await host.Get<SessionStore>().BeginAsync(user.UserId, SessionKind.Browser, true, null, null, default);
        foreach (var owner in new[] { user, user, other }) await host.AddPasskeyAsync(owner);
        Assert.Equal(2, (await DetailAsync(admin, user)).Passkeys);
        Assert.IsType<Forbidden>((await host.RunAsync((UserAdministration users) => users.ResetTwoFactorAsync(other, user.UserId, default))).Error);
        Assert.Equal(2, (await DetailAsync(admin, user)).Passkeys);

        Assert.Null((await host.RunAsync((UserAdministration users) => users.ResetTwoFactorAsync(admin, user.UserId, default))).Error);

        Assert.Equal(0, (await DetailAsync(admin, user)).Passkeys);
        Assert.Equal(1, (await DetailAsync(admin, other)).Passkeys);
        Assert.False(await host.Get<SessionStore>().TouchAsync(session.Id, user.UserId, default));
        Assert.Contains("passkeys", Assert.Single((await host.Get<Outbox>().ListAsync(admin, new MailQuery(user.Email), default)).Value.Mails, m => m.To == user.Email).Subject, StringComparison.Ordinal);
        await using var db = await host.Contexts.CreateDbContextAsync();
        Assert.Equal("2 passkeys removed", (await db.Set<AuditEntry>().SingleAsync(e => e.Action == "user.two-factor-reset" && e.Subject == $"user/{user.Email}")).Detail);
    }

    [Fact]
    public async Task Who_asks_for_a_second_factor_has_to_have_shown_the_own_one()
    {
        var settings = host.Get<PlatformSettingsCommands>();
        var admin = await host.AddUserAsync(PlatformRole.Admin);
        await host.AddPasskeyAsync(admin);
        var byPassword = await host.SignInAsync(admin);
        var byPasskey = await host.SignInAsync(admin, secondFactor: true);

        foreach (var rule in new[] { SecondFactorRule.Admins, SecondFactorRule.Everyone })
            Assert.Equal("second-factor-first", (await settings.ChangeAsync(byPassword, new PlatformSettingsChange(SecondFactor: rule), default)).Error?.Code);
        Assert.Equal(SecondFactorRule.Off, (await settings.ReadAsync(byPasskey, default)).Value.SecondFactor);
        Assert.Null((await settings.ChangeAsync(byPassword, new PlatformSettingsChange(SecondFactor: SecondFactorRule.Off, KeepReleases: 51), default)).Error);

        Assert.Null((await settings.ChangeAsync(byPasskey, new PlatformSettingsChange(SecondFactor: SecondFactorRule.Everyone), default)).Error);
        // As the manual has it for when nobody can sign in.
        await using var db = await host.Contexts.CreateDbContextAsync();
        Assert.Equal(1, await db.Database.ExecuteSqlRawAsync("UPDATE platform_settings SET second_factor = 'Off'"));
        Assert.Equal(SecondFactorRule.Off, (await settings.ReadAsync(byPasskey, default)).Value.SecondFactor);
    }

    [Fact]
    public async Task An_admin_whose_role_or_session_is_gone_does_nothing_more_from_a_page_that_is_still_open()
    {
        var (admin, other, user) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync());
        var open = await host.SignInAsync(other);
        Assert.Null((await LockAsync(open)).Error);
        Assert.IsType<Forbidden>((await LockAsync(open with { SessionId = null })).Error);
        Assert.IsType<Forbidden>((await LockAsync(open with { SessionId = admin.SessionId })).Error); // somebody else's

        Assert.Null((await host.RunAsync((UserAdministration users) => users.SetRoleAsync(admin, other.UserId, PlatformRole.User, default))).Error);
        Assert.Equal("Only a platform admin can see or do this.", Assert.IsType<Forbidden>((await LockAsync(open)).Error).Message);
        Assert.IsType<Forbidden>((await host.Get<Outbox>().ListAsync(open, new MailQuery(), default)).Error);
        Assert.Null((await host.RunAsync((UserAdministration users) => users.SetRoleAsync(admin, other.UserId, PlatformRole.Admin, default))).Error);
        Assert.Null((await LockAsync(open)).Error);

        await host.Get<SessionStore>().EndAsync(open.SessionId!.Value, default);
        Assert.IsType<Forbidden>((await LockAsync(open)).Error);
        await using var db = await host.Contexts.CreateDbContextAsync();
        Assert.True(await db.Set<AuditEntry>().AnyAsync(e => e.UserId == other.UserId && e.Action == "user.lock" && e.Outcome == AuditOutcome.Refused));

        Task<Result<Done>> LockAsync(Caller caller) => host.RunAsync((UserAdministration users) => users.LockAsync(caller, user.UserId, default));
    }

    [Fact]
    public async Task A_forced_reset_ends_the_password_and_mails_a_link()
    {
        var (admin, user) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync());
        Assert.Null((await host.RunAsync((UserAdministration users) => users.ForcePasswordResetAsync(admin, user.UserId, default))).Error);
        Assert.True((await DetailAsync(admin, user)).User.MustResetPassword);
        var mail = Assert.Single((await host.Get<Outbox>().ListAsync(admin, new MailQuery(user.Email), default)).Value.Mails, m => m.To == user.Email);
        Assert.Equal(MailState.Kept, mail.State);
        Assert.Contains("reset-password", mail.Text, StringComparison.Ordinal);
        Assert.Contains("An administrator asks you", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("stays as it is", mail.Text, StringComparison.Ordinal); // it does not
    }

    [Fact]
    public async Task A_user_is_told_to_be_the_last_admin_only_while_nobody_else_could_be_one()
    {
        var (one, two) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync(PlatformRole.Admin));
        Assert.False((await DetailAsync(one, two)).LastAdmin);
        await using var db = await host.Contexts.CreateDbContextAsync();
        await db.Users.Where(u => u.Id != one.UserId).ExecuteUpdateAsync(set => set.SetProperty(u => u.MustResetPassword, true));
        Assert.True((await DetailAsync(one, one)).LastAdmin);
        Assert.Equal("last-admin", (await host.RunAsync((UserAdministration users) => users.LockAsync(one, one.UserId, default))).Error?.Code);
        await db.Users.ExecuteUpdateAsync(set => set.SetProperty(u => u.MustResetPassword, false));
    }

    private Task<Result<Done>> DeleteAsync(Caller caller, Caller user, string? transferTo) =>
        host.RunAsync((UserAdministration users) => users.DeleteAsync(caller, user.UserId, transferTo, default));

    private async Task<UserDetail> DetailAsync(Caller admin, Caller user) => (await host.Get<UserList>().GetAsync(admin, user.UserId, default)).Value;

    private static async Task<IEnumerable<(Guid, ProjectRole)>> MembersAsync(Core.Data.BabyhelmDbContext db, Project project) =>
        (await db.Set<ProjectMember>().AsNoTracking().Where(m => m.ProjectId == project.Id).ToListAsync()).Select(m => (m.UserId, m.Role));
}
