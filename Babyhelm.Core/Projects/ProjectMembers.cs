using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Projects;

public enum MemberState { Active, Invited }

/// <summary>Who works in a project, or is asked to.</summary>
public sealed record MemberView(string Email, ProjectRole Role, MemberState State, DateTimeOffset? InvitationExpiresAt = null);

/// <summary>An invitation that waits for the caller's answer.</summary>
public sealed record MyInvitation(string Project, ProjectRole Role, string InvitedBy, DateTimeOffset ExpiresAt);

/// <summary>
/// Who works in a project. A project always has an owner; whoever is added is asked first, so that the answer never
/// tells whether an address has an account.
/// </summary>
public sealed class ProjectMembers(IDbContextFactory<BabyhelmDbContext> contexts, Invitations invitations, AccountMails mails, TimeProvider time)
{
    public const int MaxMembers = 200;

    // Nobody fills a stranger's mailbox by asking again and again.
    private static readonly TimeSpan MailPause = TimeSpan.FromMinutes(10);
    private static readonly Conflict LastOwner = new("A project needs an owner. Make somebody else an owner first.", "last-owner");

    /// <summary>Members first, then who is invited, each by address.</summary>
    public async Task<Result<IReadOnlyList<MemberView>>> ListAsync(Caller caller, string projectName, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.View, cancellation)).Failed(out var error, out var project)) return error;
        var members = await (
            from member in db.Set<ProjectMember>()
            join user in db.Users on member.UserId equals user.Id
            where member.ProjectId == project.Id
            orderby user.NormalizedEmail
            select new { user.Email, member.Role }).ToListAsync(cancellation);
        var now = time.GetUtcNow();
        // Whom an owner asked is the owners' business.
        var invited = project.WhyNot(ProjectAction.ManageMembers) is not null ? [] : await db.Set<ProjectInvitation>().AsNoTracking()
            .Where(i => i.ProjectId == project.Id && i.ExpiresAt > now).OrderBy(i => i.NormalizedEmail).ToListAsync(cancellation);
        return members.Select(m => new MemberView(m.Email!, m.Role, MemberState.Active))
            .Concat(invited.Select(i => new MemberView(i.Email, i.Role, MemberState.Invited, i.ExpiresAt))).ToList();
    }

    /// <summary>
    /// Gives a member this role; anybody else is invited with it, by mail. <see cref="Conflict"/> where the last owner
    /// would go.
    /// </summary>
    public async Task<Result<MemberView>> PutAsync(Caller caller, string projectName, string? email, ProjectRole role, CancellationToken cancellation)
    {
        email = email?.Trim();
        if (EmailAddress.Problem(email) is { } problem) return new Invalid("email", problem);
        var normalized = EmailAddress.Normalize(email!);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if ((await LockedAsync(db, caller, projectName, ProjectAction.ManageMembers, cancellation)).Failed(out var error, out var project)) return error;

        if (await MemberAsync(db, project.Id, normalized, cancellation) is { } member)
        {
            if (member.Role == role) return new MemberView(email!, role, MemberState.Active);
            if (member.Role == ProjectRole.Owner && !await OtherOwnerAsync(db, member, cancellation)) return LastOwner;
            Record(db, caller, project, "member.role", email!, new AuditChange("role", Word(member.Role), Word(role)));
            member.Role = role;
            await CommitAsync(db, transaction, project, cancellation);
            return new MemberView(email!, role, MemberState.Active);
        }

        var (now, invitation) = (time.GetUtcNow(), await db.Set<ProjectInvitation>().FirstOrDefaultAsync(i => i.ProjectId == project.Id && i.NormalizedEmail == normalized, cancellation));
        if (invitation is null || invitation.ExpiresAt <= now)
        {
            if (await db.Set<ProjectMember>().CountAsync(m => m.ProjectId == project.Id, cancellation)
                + await db.Set<ProjectInvitation>().CountAsync(i => i.ProjectId == project.Id && i.ExpiresAt > now, cancellation) >= MaxMembers)
                return new Conflict($"A project has at most {MaxMembers} members and invitations.", "too-many-members");
        }
        if (invitation is null)
        {
            invitation = new ProjectInvitation
            {
                ProjectId = project.Id,
                Email = email!,
                NormalizedEmail = normalized,
                Role = role,
                InvitedBy = caller.Email,
                CreatedAt = now,
                ExpiresAt = now + ProjectInvitation.Lifetime,
            };
            db.Add(invitation);
        }
        else if (invitation.Role == role && now < invitation.ExpiresAt - ProjectInvitation.Lifetime + MailPause)
            return new MemberView(email!, role, MemberState.Invited, invitation.ExpiresAt); // its mail has just gone out
        Record(db, caller, project, "member.invite", email!, new AuditChange("role", null, Word(role)));
        (invitation.Role, invitation.ExpiresAt) = (role, now + ProjectInvitation.Lifetime);
        var mail = await invitations.InviteAsync(db, caller with { IsAdmin = false }, email!, PlatformRole.User, $"the project {project.Name}", cancellation);
        await CommitAsync(db, transaction, project, cancellation);
        await mails.HandOverAsync(mail, cancellation);
        return new MemberView(email!, role, MemberState.Invited, invitation.ExpiresAt);
    }

    /// <summary>Removes a member, or takes an invitation back: the link to make an account ends with the last one.</summary>
    public async Task<Result<Done>> RemoveAsync(Caller caller, string projectName, string email, CancellationToken cancellation)
    {
        var normalized = EmailAddress.Normalize(email.Trim());
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if ((await LockedAsync(db, caller, projectName, ProjectAction.ManageMembers, cancellation)).Failed(out var error, out var project)) return error;
        if (await MemberAsync(db, project.Id, normalized, cancellation) is { } member)
        {
            if (member.Role == ProjectRole.Owner && !await OtherOwnerAsync(db, member, cancellation)) return LastOwner;
            db.Remove(member);
            Record(db, caller, project, "member.remove", email, new AuditChange("role", Word(member.Role), null));
        }
        else if (await db.Set<ProjectInvitation>().FirstOrDefaultAsync(i => i.ProjectId == project.Id && i.NormalizedEmail == normalized, cancellation) is { } invitation)
        {
            // Counted under the lock that whoever takes the last but one back at this moment waits for.
            await RegisterUser.LockAsync(db, cancellation);
            var now = time.GetUtcNow();
            if (!await db.Set<ProjectInvitation>().AnyAsync(i => i.ProjectId != project.Id && i.NormalizedEmail == normalized && i.ExpiresAt > now, cancellation))
                await Invitations.WithdrawAsync(db, normalized, cancellation);
            db.Remove(invitation);
            Record(db, caller, project, "member.uninvite", email, new AuditChange("role", Word(invitation.Role), null));
        }
        else return new NotFound("There is no such member.");
        await CommitAsync(db, transaction, project, cancellation);
        return Done.Result;
    }

    /// <summary>The caller leaves the project.</summary>
    public async Task<Result<Done>> LeaveAsync(Caller caller, string projectName, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if ((await LockedAsync(db, caller, projectName, ProjectAction.Leave, cancellation)).Failed(out var error, out var project)) return error;
        var member = await db.Set<ProjectMember>().FirstOrDefaultAsync(m => m.ProjectId == project.Id && m.UserId == caller.UserId, cancellation);
        if (member is null) return new Conflict("You are no member of this project: you see it as a platform admin.", "not-a-member");
        if (member.Role == ProjectRole.Owner && !await OtherOwnerAsync(db, member, cancellation)) return LastOwner;
        db.Remove(member);
        Record(db, caller, project, "member.leave", caller.Email, new AuditChange("role", Word(member.Role), null));
        await CommitAsync(db, transaction, project, cancellation);
        return Done.Result;
    }

    /// <summary>Makes a member an owner in place of the caller, who becomes an editor.</summary>
    public async Task<Result<Done>> TransferAsync(Caller caller, string projectName, string? email, CancellationToken cancellation)
    {
        if (EmailAddress.Problem(email?.Trim()) is { } problem) return new Invalid("email", problem);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if ((await LockedAsync(db, caller, projectName, ProjectAction.ManageMembers, cancellation)).Failed(out var error, out var project)) return error;
        var next = await MemberAsync(db, project.Id, EmailAddress.Normalize(email!.Trim()), cancellation);
        if (next is null) return new Invalid("email", "Only a member of the project can become its owner. Invite the person first.");
        if (next.UserId == caller.UserId) return new Invalid("email", "Choose somebody else.");
        Record(db, caller, project, "member.transfer", email.Trim(), new AuditChange("role", Word(next.Role), Word(ProjectRole.Owner)));
        next.Role = ProjectRole.Owner;
        var own = await db.Set<ProjectMember>().FirstOrDefaultAsync(m => m.ProjectId == project.Id && m.UserId == caller.UserId, cancellation);
        if (own is not null) own.Role = ProjectRole.Editor;
        await CommitAsync(db, transaction, project, cancellation);
        return Done.Result;
    }

    /// <summary>What the caller is invited to. Only a confirmed address may see it: anybody can register any address.</summary>
    public async Task<Result<IReadOnlyList<MyInvitation>>> MineAsync(Caller caller, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await (
            from i in Open(db, caller)
            join project in db.Set<Project>() on i.ProjectId equals project.Id
            orderby project.Name
            select new MyInvitation(project.Name, i.Role, i.InvitedBy, i.ExpiresAt)).ToListAsync(cancellation);
    }

    /// <summary>Accepts or declines an invitation.</summary>
    public async Task<Result<Done>> AnswerAsync(Caller caller, string projectName, bool accept, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var found = await (
            from i in Open(db, caller)
            join p in db.Set<Project>() on i.ProjectId equals p.Id
            where p.Name == projectName
            select new { Invitation = i, p.Id, p.Name }).FirstOrDefaultAsync(cancellation);
        if (found is null) return new NotFound("This invitation is not valid (any more). Ask for a new one.");
        // Taken back or answered in another tab meanwhile: only one deletes it.
        if (await db.Set<ProjectInvitation>().Where(i => i.ProjectId == found.Id && i.NormalizedEmail == found.Invitation.NormalizedEmail).ExecuteDeleteAsync(cancellation) == 0)
            return new NotFound("This invitation is not valid (any more). Ask for a new one.");
        db.Add(AuditEntry.Of(caller, accept ? "member.accept" : "member.decline", Subject(found.Name, caller.Email), time, found.Id) with
        {
            Changes = accept ? [new AuditChange("role", null, Word(found.Invitation.Role))] : [],
        });
        if (accept && !await db.Set<ProjectMember>().AnyAsync(m => m.ProjectId == found.Id && m.UserId == caller.UserId, cancellation))
            db.Add(new ProjectMember { ProjectId = found.Id, UserId = caller.UserId, Role = found.Invitation.Role });
        await db.SaveChangesAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Project, found.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        return Done.Result;
    }

    private IQueryable<ProjectInvitation> Open(BabyhelmDbContext db, Caller caller)
    {
        var now = time.GetUtcNow();
        return
            from i in db.Set<ProjectInvitation>().AsNoTracking()
            join user in db.Users on i.NormalizedEmail equals user.NormalizedEmail
            where user.Id == caller.UserId && user.EmailConfirmed && i.ExpiresAt > now
            select i;
    }

    /// <summary>The project, its row locked: of two changes of members at once, the second sees what the first made.</summary>
    private static async Task<Result<ProjectView>> LockedAsync(
        BabyhelmDbContext db, Caller caller, string name, ProjectAction action, CancellationToken cancellation)
    {
        if ((await ProjectAccess.RequireAsync(db, caller, name, action, cancellation)).Failed(out var error, out var project)) return error;
        await db.Database.ExecuteSqlAsync($"SELECT 1 FROM projects WHERE id = {project.Id} FOR UPDATE", cancellation);
        // The caller's own role may have been taken while this waited.
        return await ProjectAccess.RequireAsync(db, caller, name, action, cancellation);
    }

    private static Task<ProjectMember?> MemberAsync(BabyhelmDbContext db, Guid project, string normalized, CancellationToken cancellation) => (
        from member in db.Set<ProjectMember>()
        join user in db.Users on member.UserId equals user.Id
        where member.ProjectId == project && user.NormalizedEmail == normalized
        select member).FirstOrDefaultAsync(cancellation);

    private static Task<bool> OtherOwnerAsync(BabyhelmDbContext db, ProjectMember member, CancellationToken cancellation) =>
        db.Set<ProjectMember>().AnyAsync(m => m.ProjectId == member.ProjectId && m.UserId != member.UserId && m.Role == ProjectRole.Owner, cancellation);

    private static async Task CommitAsync(
        BabyhelmDbContext db, Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction, ProjectView project, CancellationToken cancellation)
    {
        await db.SaveChangesAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Project, project.Id, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private void Record(BabyhelmDbContext db, Caller caller, ProjectView project, string action, string email, AuditChange change) =>
        db.Add(AuditEntry.Of(caller, action, Subject(project.Name, email), time, project.Id) with { Changes = [change] });

    private static string Subject(string project, string email) => $"project/{project}/member/{email}";

    private static string Word(ProjectRole role) => role.ToString().ToLowerInvariant();
}
