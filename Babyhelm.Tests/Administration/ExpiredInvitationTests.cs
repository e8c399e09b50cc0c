using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Tests.Administration;

/// <summary>Invitations into projects that nobody answered in time.</summary>
public sealed class ExpiredInvitationTests(CommandHost host) : IClassFixture<CommandHost>
{
    [Fact]
    public async Task They_take_no_place_and_go()
    {
        var owner = await host.AddUserAsync();
        var project = await host.AddProjectAsync((owner, ProjectRole.Owner));
        var now = host.Time.GetUtcNow();
        await using var db = await host.Contexts.CreateDbContextAsync();
        db.AddRange(Enumerable.Range(1, ProjectMembers.MaxMembers - 1).Select(i => new ProjectInvitation
        {
            ProjectId = project.Id,
            Email = $"guest{i}@example.com",
            NormalizedEmail = $"GUEST{i}@EXAMPLE.COM",
            Role = ProjectRole.Viewer,
            InvitedBy = owner.Email,
            CreatedAt = now,
            ExpiresAt = now + ProjectInvitation.Lifetime,
        }));
        await db.SaveChangesAsync();
        Assert.Equal("too-many-members", (await InviteAsync("late@example.com"))?.Code);

        host.Time.Advance(ProjectInvitation.Lifetime);
        Assert.Null(await InviteAsync("late@example.com"));
        Assert.Null(await InviteAsync("guest1@example.com")); // once more
        await host.Get<ExpiredInvitations>().DueAsync(default);
        Assert.Equal(["guest1@example.com", "late@example.com"], await db.Set<ProjectInvitation>().Where(i => i.ProjectId == project.Id).Select(i => i.Email).Order().ToListAsync());

        async Task<Error?> InviteAsync(string email) => (await host.Get<ProjectMembers>().PutAsync(owner, project.Name, email, ProjectRole.Viewer, default)).Error;
    }
}
