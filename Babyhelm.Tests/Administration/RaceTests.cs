using Babyhelm.Core.Accounts;
using Babyhelm.Core.Administration;
using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Tests.Administration;

/// <summary>Two people who act against each other at the same moment: somebody is always left in charge.</summary>
public sealed class RaceTests(CommandHost host) : IClassFixture<CommandHost>
{
    private const int Rounds = 20;

    // Who comes second is refused as the last admin, or, where the other was quicker still, as one no longer.
    private static readonly string[] LateOrLast = ["last-admin", "forbidden"];
    private static readonly string[] LastOwner = ["last-owner", "owns-projects"];

    [Fact]
    public async Task Of_two_owners_who_remove_each_other_one_remains()
    {
        var members = host.Get<ProjectMembers>();
        var (a, b) = (await host.AddUserAsync(), await host.AddUserAsync());
        for (var i = 0; i < Rounds; i++)
        {
            var project = await host.AddProjectAsync((a, ProjectRole.Owner), (b, ProjectRole.Owner));
            var done = await Task.WhenAll(
                Task.Run(() => members.RemoveAsync(a, project.Name, b.Email, default)),
                Task.Run(() => members.RemoveAsync(b, project.Name, a.Email, default)));
            Assert.Single(done, d => d.Error is null);
            Assert.Single(done, d => d.Error is NotFound or Forbidden); // no member any more
            Assert.Equal(1, await OwnersAsync(project));
        }
    }

    [Fact]
    public async Task Of_two_owners_who_leave_or_step_down_at_once_one_remains()
    {
        var members = host.Get<ProjectMembers>();
        var (a, b) = (await host.AddUserAsync(), await host.AddUserAsync());
        for (var i = 0; i < Rounds; i++)
        {
            var project = await host.AddProjectAsync((a, ProjectRole.Owner), (b, ProjectRole.Owner));
            var errors = await Task.WhenAll(
                Task.Run(async () => (await members.LeaveAsync(a, project.Name, default)).Error),
                Task.Run(async () => (await members.PutAsync(b, project.Name, b.Email, ProjectRole.Viewer, default)).Error));
            Assert.Single(errors, e => e is null);
            Assert.Equal("last-owner", Assert.Single(errors, e => e is not null)!.Code);
            Assert.Equal(1, await OwnersAsync(project));
        }
    }

    [Fact]
    public async Task Of_two_admins_who_demote_lock_or_delete_each_other_one_remains()
    {
        // Alone on the platform, so that nobody else is the admin who is left.
        await using var db = await host.Contexts.CreateDbContextAsync();
        var (one, two) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync(PlatformRole.Admin));
        Func<UserAdministration, Caller, Guid, Task<Result<Done>>>[] acts =
        [
            (users, caller, id) => users.SetRoleAsync(caller, id, PlatformRole.User, default),
            (users, caller, id) => users.LockAsync(caller, id, default),
            (users, caller, id) => users.ForcePasswordResetAsync(caller, id, default),
        ];
        for (var i = 0; i < Rounds; i++)
        {
            var (act, a, b) = (acts[i % acts.Length], await host.SignInAsync(one), await host.SignInAsync(two));
            var done = await Task.WhenAll(
                Task.Run(() => host.RunAsync((UserAdministration users) => act(users, a, b.UserId))),
                Task.Run(() => host.RunAsync((UserAdministration users) => act(users, b, a.UserId))));
            Assert.Single(done, d => d.Error is null);
            Assert.Contains(Assert.Single(done, d => d.Error is not null).Error!.Code, LateOrLast);
            Assert.Equal(1, await db.Users.CountAsync(u => u.Role == PlatformRole.Admin && u.LockedAt == null && !u.MustResetPassword));
            await db.Users.Where(u => u.Id == one.UserId || u.Id == two.UserId).ExecuteUpdateAsync(set => set
                .SetProperty(u => u.Role, PlatformRole.Admin).SetProperty(u => u.LockedAt, (DateTimeOffset?)null).SetProperty(u => u.MustResetPassword, false));
        }
        (one, two) = (await host.SignInAsync(one), await host.SignInAsync(two));
        var deleted = await Task.WhenAll(
            Task.Run(() => host.RunAsync((UserAdministration users) => users.DeleteAsync(one, two.UserId, null, default))),
            Task.Run(() => host.RunAsync((UserAdministration users) => users.DeleteAsync(two, one.UserId, null, default))));
        Assert.Single(deleted, d => d.Error is null);
        Assert.Equal(1, await db.Users.CountAsync(u => u.Role == PlatformRole.Admin));
    }

    [Fact]
    public async Task Of_two_owners_one_of_whom_leaves_while_the_other_is_deleted_one_remains()
    {
        var members = host.Get<ProjectMembers>();
        var (admin, leaver) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync());
        for (var i = 0; i < Rounds; i++)
        {
            var deleted = await host.AddUserAsync();
            var project = await host.AddProjectAsync((deleted, ProjectRole.Owner), (leaver, ProjectRole.Owner));
            var errors = await Task.WhenAll(
                Task.Run(async () => (await members.LeaveAsync(leaver, project.Name, default)).Error),
                Task.Run(async () => (await host.RunAsync((UserAdministration users) => users.DeleteAsync(admin, deleted.UserId, null, default))).Error));
            Assert.Single(errors, e => e is null);
            Assert.Contains(Assert.Single(errors, e => e is not null)!.Code, LastOwner);
            Assert.Equal(1, await OwnersAsync(project));
        }
        // The other tests count admins.
        await using var db = await host.Contexts.CreateDbContextAsync();
        await db.Users.Where(u => u.Id == admin.UserId).ExecuteDeleteAsync();
    }

    private async Task<int> OwnersAsync(Project project)
    {
        await using var db = await host.Contexts.CreateDbContextAsync();
        return await db.Set<ProjectMember>().CountAsync(m => m.ProjectId == project.Id && m.Role == ProjectRole.Owner);
    }
}
