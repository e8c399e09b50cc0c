using System.Security.Claims;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.External;
using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Administration;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;
using Babyhelm.Web.Account;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Babyhelm.Tests.Administration;

/// <summary>What an open page knows of its user is up to a minute old: what is for platform admins asks for the role as it is now.</summary>
public sealed class PresentRoleTests(CommandHost host) : IClassFixture<CommandHost>
{
    [Fact]
    public async Task An_admin_who_is_none_any_more_reads_and_changes_nothing_and_that_is_on_record()
    {
        var (admin, open) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync(PlatformRole.Admin));
        var project = await host.AddProjectAsync();
        var settings = host.Get<PlatformSettingsCommands>();
        (string Action, Func<Task<Error?>> Run)[] acts =
        [
            ("user.list", async () => (await host.Get<UserList>().ListAsync(open, new UserQuery(), default)).Error),
            ("user.read", async () => (await host.Get<UserList>().GetAsync(open, admin.UserId, default)).Error),
            ("user.list", async () => (await host.Get<OpenInvitations>().ListAsync(open, new InvitationQuery(), default)).Error),
            ("mail.list", async () => (await host.Get<Outbox>().ListAsync(open, new MailQuery(), default)).Error),
            ("audit.read", async () => (await host.Get<AuditLog>().ListAsync(open, null, new AuditFilter(), default)).Error),
            ("audit.read", async () => (await host.Get<AuditLog>().ExportAsync(open, null, new AuditFilter(), () => Stream.Null, default)).Error),
            ("settings.read", async () => (await settings.ReadAsync(open, default)).Error),
            ("settings.change", async () => (await settings.ChangeAsync(open, new PlatformSettingsChange(KeepReleases: 60), default)).Error),
        ];
        foreach (var (action, run) in acts) Assert.True(await run() is null, action);
        Assert.Equal(ProjectRole.Owner, (await VisibleAsync()).Single().Role);

        Assert.Null((await host.RunAsync((UserAdministration users) => users.SetRoleAsync(admin, open.UserId, PlatformRole.User, default))).Error);
        foreach (var (action, run) in acts) Assert.True(await run() is Forbidden, action);
        Assert.Empty(await VisibleAsync());
        await using var db = await host.Contexts.CreateDbContextAsync();
        Assert.Equal(acts.Select(a => a.Action).Distinct().Order(), (await db.Set<AuditEntry>()
            .Where(e => e.UserId == open.UserId && e.Outcome == AuditOutcome.Refused && e.Subject == RefusalLog.Platform).Select(e => e.Action).ToListAsync()).Order());

        // A member all the same: as such it is seen.
        db.Add(new ProjectMember { ProjectId = project.Id, UserId = open.UserId, Role = ProjectRole.Viewer });
        await db.SaveChangesAsync();
        Assert.Equal(ProjectRole.Viewer, (await VisibleAsync()).Single().Role);

        async Task<List<ProjectView>> VisibleAsync()
        {
            await using var context = await host.Contexts.CreateDbContextAsync();
            return await ProjectAccess.Visible(context, open, project.Name).ToListAsync();
        }
    }

    [Fact]
    public async Task The_next_look_at_the_user_of_an_open_page_brings_the_role_as_it_is_now()
    {
        var (admin, user) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync(PlatformRole.Admin));
        var state = new AuthenticationState(await host.RunAsync(async (AccountSignIn signIn) =>
        {
            var principal = await signIn.CreateUserPrincipalAsync((await signIn.UserManager.FindByIdAsync($"{user.UserId}"))!);
            ((ClaimsIdentity)principal.Identity!).AddClaim(new Claim(Caller.SessionClaim, $"{user.SessionId}"));
            return principal;
        }));
        using var circuit = new CircuitUserRevalidation(NullLoggerFactory.Instance, host.Get<IServiceScopeFactory>(), Options.Create(new CircuitOptions()));
        Task<AuthenticationState>? renewed = null;
        circuit.AuthenticationStateChanged += next => renewed = next;
        Assert.True(await circuit.IsValidAsync(state, default));
        Assert.Null(renewed); // nothing has changed

        Assert.Null((await host.RunAsync((UserAdministration users) => users.SetRoleAsync(admin, user.UserId, PlatformRole.User, default))).Error);
        Assert.True(await circuit.IsValidAsync(state, default)); // the user stays, the role goes
        var caller = Caller.From((await renewed!).User)!;
        Assert.Equal((user.UserId, false, user.SessionId), (caller.UserId, caller.IsAdmin, caller.SessionId));
        Assert.InRange(new CircuitOptions().CheckSeconds, 1, 60);
    }

    [Fact]
    public async Task Who_has_a_passkey_alone_does_not_come_in_through_a_provider_while_a_second_factor_is_asked_for()
    {
        var (admin, user, plain, settings) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync(), await host.AddUserAsync(), host.Get<PlatformSettingsCommands>());
        await host.AddPasskeyAsync(user);
        await using var db = await host.Contexts.CreateDbContextAsync();
        foreach (var linked in new[] { user, plain })
            db.Add(new IdentityUserLogin<Guid> { UserId = linked.UserId, LoginProvider = "corp", ProviderKey = $"{linked.UserId}", ProviderDisplayName = "Corp" });
        await db.SaveChangesAsync();
        Assert.Equal(ExternalOutcome.Known, await LookAsync(user));

        var strong = await host.SignInAsync(admin, secondFactor: true);
        await host.AddPasskeyAsync(admin);
        Assert.Null((await settings.ChangeAsync(strong, new PlatformSettingsChange(SecondFactor: SecondFactorRule.Everyone), default)).Error);
        Assert.Equal(ExternalOutcome.NeedsPasskey, await LookAsync(user));
        Assert.Equal(ExternalOutcome.Known, await LookAsync(plain)); // comes in, and is led to set one up
        Assert.Null(await host.Get<SessionStore>().FindAsync(user.SessionId!.Value, user.UserId, default)); // nor does a session go on in which it was not shown
        Assert.Equal(DueStep.SecondFactor, (await host.Get<SessionStore>().FindAsync(plain.SessionId!.Value, plain.UserId, default))!.Due);
        Assert.Null((await settings.ChangeAsync(strong, new PlatformSettingsChange(SecondFactor: SecondFactorRule.Off), default)).Error);
        Assert.Equal(ExternalOutcome.Known, await LookAsync(user));

        Task<ExternalOutcome> LookAsync(Caller caller) => host.RunAsync(async (ExternalSignIn external) =>
            (await external.LookAsync(new ExternalIdentity("corp", "Corp", $"{caller.UserId}", caller.Email, true), default)).Outcome);
    }
}
