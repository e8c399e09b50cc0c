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
        var (a, b) = (await host.AddUserAsync(PlatformRole.Admin), await host.AddUserAsync(PlatformRole.Admin));
        Func<UserAdministration, Caller, Guid, Task<Result<Done>>>[] acts =
        [
            (users, caller, id) => users.SetRoleAsync(caller, id, PlatformRole.User, default),
            (users, caller, id) => users.LockAsync(caller, id, default),
            (users, caller, id) => users.ForcePasswordResetAsync(caller, id, default),
        ];
        for (var i = 0; i < Rounds; i++)
        {
            var act = acts[i % acts.Length];
            var done = await Task.WhenAll(
                Task.Run(() => host.RunAsync((UserAdministration users) => act(users, a, b.UserId))),
                Task.Run(() => host.RunAsync((UserAdministration users) => act(users, b, a.UserId))));
            Assert.Single(done, d => d.Error is null);
            Assert.Equal("last-admin", Assert.Single(done, d => d.Error is not null).Error!.Code);
            Assert.Equal(1, await db.Users.CountAsync(u => u.Role == PlatformRole.Admin && u.LockedAt == null && !u.MustResetPassword));
            await db.Users.Where(u => u.Id == a.UserId || u.Id == b.UserId).ExecuteUpdateAsync(set => set
                .SetProperty(u => u.Role, PlatformRole.Admin).SetProperty(u => u.LockedAt, (DateTimeOffset?)null).SetProperty(u => u.MustResetPassword, false));
        }
        var deleted = await Task.WhenAll(
            Task.Run(() => host.RunAsync((UserAdministration users) => users.DeleteAsync(a, b.UserId, null, default))),
            Task.Run(() => host.RunAsync((UserAdministration users) => users.DeleteAsync(b, a.UserId, null, default))));
        Assert.Single(deleted, d => d.Error is null);
        Assert.Equal(1, await db.Users.CountAsync(u => u.Role == PlatformRole.Admin));
    }

    private async Task<int> OwnersAsync(Project project)
    {
        await using var db = await host.Contexts.CreateDbContextAsync();
        return await db.Set<ProjectMember>().CountAsync(m => m.ProjectId == project.Id && m.Role == ProjectRole.Owner);
    }
}
