using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Administration;

/// <summary>
/// What platform admins do with users, in person: a token that leaked must make no admin and take over no account. There is always an admin who can sign in: the last one can't be locked, demoted
/// or deleted.
/// </summary>
public sealed class UserAdministration(
    UserManager<AppUser> users, BabyhelmDbContext db, Invitations invitations, AccountMails mails, RefusalLog refusals, TimeProvider time)
{
    internal static readonly NotFound NoUser = new("There is no such user.");
    private static readonly Conflict EmailTaken = new("This address has an account already.", "email-taken");
    private static readonly Conflict LastAdmin = new("This is the last platform admin. Make somebody else an admin first.", "last-admin");

    // Any constant: of two admins who demote each other at once, one must remain.
    private const long AdminLock = 0x626168656c6d03;

    /// <summary>Invites an address by mail to make an account, with this role.</summary>
    public async Task<Result<Done>> InviteAsync(Caller caller, string? email, PlatformRole role, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminInPersonAsync(caller, "user.invite", cancellation) is { } no) return no;
        email = email?.Trim();
        if (EmailAddress.Problem(email) is { } problem) return new Invalid("email", problem);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await RegisterUser.LockAsync(db, cancellation);
        if (await users.FindByEmailAsync(email!) is not null) return EmailTaken;
        var mail = await invitations.InviteAsync(db, caller, email!, role, "this platform", cancellation);
        db.Add(AuditEntry.Of(caller, "user.invite", $"user/{email}", time) with { Changes = [new AuditChange("role", null, role.ToString())] });
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        await mails.HandOverAsync(mail, cancellation);
        return Done.Result;
    }

    /// <summary>Takes the invitations of an address back: their links stop working. What owners invited it into stays with them.</summary>
    public async Task<Result<Done>> UninviteAsync(Caller caller, string email, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminInPersonAsync(caller, "user.uninvite", cancellation) is { } no) return no;
        var normalized = EmailAddress.Normalize(email.Trim());
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await RegisterUser.LockAsync(db, cancellation);
        if (await db.Set<Invitation>().Where(i => i.NormalizedEmail == normalized).Select(i => i.Email).FirstOrDefaultAsync(cancellation) is not { } invited) return new NotFound("There is no such invitation (any more).");
        await db.Set<Invitation>().Where(i => i.NormalizedEmail == normalized).ExecuteDeleteAsync(cancellation);
        db.Add(AuditEntry.Of(caller, "user.uninvite", $"user/{invited}", time));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return Done.Result;
    }

    /// <summary>Revokes all personal tokens of a user, for example when one of them leaked.</summary>
    public async Task<Result<Done>> RevokeTokensAsync(Caller caller, Guid id, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminInPersonAsync(caller, "user.revoke-tokens", cancellation) is { } no) return no;
        if (await users.FindByIdAsync(id.ToString()) is not { } user) return NoUser;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var count = await db.Set<PersonalToken>().Where(t => t.UserId == id).ExecuteDeleteAsync(cancellation);
        db.Add(AuditEntry.Of(caller, "user.revoke-tokens", $"user/{user.Email}", time, detail: $"{count} tokens"));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return Done.Result;
    }

    /// <summary>Signs the user out everywhere. Who knows the password signs in again; personal tokens stay.</summary>
    public Task<Result<Done>> EndSessionsAsync(Caller caller, Guid id, CancellationToken cancellation) => ChangeAsync(caller, id, "user.sessions-end", async user =>
    {
        await SessionStore.EndAllAsync(db, user.Id, keep: null, cancellation);
        return null;
    }, newStamp: true, cancellation: cancellation);

    /// <summary>Makes an account with a password that the admin hands over and its user changes first; the address counts as confirmed.</summary>
    public async Task<Result<Guid>> CreateAsync(Caller caller, string? email, string? password, PlatformRole role, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminInPersonAsync(caller, "user.create", cancellation) is { } no) return no;
        email = email?.Trim();
        if (EmailAddress.Problem(email) is { } problem) return new Invalid("email", problem);
        if (Passwords.Problem(password) is { } bad) return new Invalid("password", bad);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await RegisterUser.LockAsync(db, cancellation);
        var user = new AppUser { Id = Guid.CreateVersion7(), UserName = email, Email = email, Role = role, EmailConfirmed = true, MustChangePassword = true, CreatedAt = time.GetUtcNow() };
        var created = await users.CreateAsync(user, password!);
        if (!created.Succeeded)
            return created.Errors.First() is { } first && first.Code.StartsWith("Password", StringComparison.Ordinal)
                ? new Invalid("password", first.Description) : EmailTaken;
        db.Add(AuditEntry.Of(caller, "user.create", $"user/{email}", time) with { Changes = [new AuditChange("role", null, role.ToString())] });
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return user.Id;
    }

    /// <summary>Keeps the user out: sessions and tokens stop working with the next request, open pages within a minute.</summary>
    public Task<Result<Done>> LockAsync(Caller caller, Guid id, CancellationToken cancellation) => ChangeAsync(caller, id, "user.lock", async user =>
    {
        if (user.LockedAt is not null) return null;
        user.LockedAt = time.GetUtcNow();
        await SessionStore.EndAllAsync(db, user.Id, keep: null, cancellation);
        return await WhyLastAsync(user, cancellation);
    }, newStamp: true, cancellation: cancellation);

    /// <summary>Lets the user in again, also one that wrong passwords keep out.</summary>
    public Task<Result<Done>> UnlockAsync(Caller caller, Guid id, CancellationToken cancellation) => ChangeAsync(caller, id, "user.unlock", user =>
    {
        (user.LockedAt, user.LockoutEnd, user.AccessFailedCount) = (null, null, 0);
        return Task.FromResult<Error?>(null);
    }, cancellation: cancellation);

    public Task<Result<Done>> ConfirmAsync(Caller caller, Guid id, CancellationToken cancellation) => ChangeAsync(caller, id, "user.confirm", user =>
    {
        user.EmailConfirmed = true;
        return Task.FromResult<Error?>(null);
    }, cancellation: cancellation);

    /// <summary>
    /// Takes every second factor away from somebody who lost them, or from whom one was stolen: the authenticator app with its
    /// recovery codes, and the passkeys. Who had no password either has one mailed by asking for a forgotten one.
    /// </summary>
    public Task<Result<Done>> ResetTwoFactorAsync(Caller caller, Guid id, CancellationToken cancellation)
    {
        var passkeys = 0;
        return ChangeAsync(caller, id, "user.two-factor-reset", async user =>
        {
            await users.SetTwoFactorEnabledAsync(user, false);
            await users.ResetAuthenticatorKeyAsync(user);
            passkeys = await db.Set<IdentityUserPasskey<Guid>>().Where(p => p.UserId == user.Id).ExecuteDeleteAsync(cancellation);
            await SessionStore.EndAllAsync(db, user.Id, keep: null, cancellation);
            return null;
        }, notice: "An administrator switched two-factor sign-in off and removed your passkeys", newStamp: true, detail: () => $"{passkeys} passkeys removed", cancellation: cancellation);
    }

    /// <summary>The old password no longer signs in; the user gets a link to choose a new one.</summary>
    public Task<Result<Done>> ForcePasswordResetAsync(Caller caller, Guid id, CancellationToken cancellation) => ChangeAsync(caller, id, "user.password-reset", async user =>
    {
        user.MustResetPassword = true;
        await SessionStore.EndAllAsync(db, user.Id, keep: null, cancellation);
        return await WhyLastAsync(user, cancellation);
    }, newStamp: true, resetLink: true, cancellation: cancellation);

    public Task<Result<Done>> SetRoleAsync(Caller caller, Guid id, PlatformRole role, CancellationToken cancellation) => ChangeAsync(caller, id, "user.role", async user =>
    {
        user.Role = role;
        return await WhyLastAsync(user, cancellation);
    }, cancellation: cancellation);

    /// <summary>
    /// Deletes the user. Projects that nobody else owns go to <paramref name="transferTo"/>; without one they are named and
    /// nothing is deleted.
    /// </summary>
    /// <param name="transferTo">Address of the user who becomes their owner; null for none.</param>
    public async Task<Result<Done>> DeleteAsync(Caller caller, Guid id, string? transferTo, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminInPersonAsync(caller, "user.delete", cancellation) is { } no) return no;
        return await RemoveAsync(caller, id, transferTo, "user.delete", cancellation);
    }

    /// <summary>Deletes the caller's own account, after the password. Projects that nobody else owns have to be given away or deleted first.</summary>
    public async Task<Result<Done>> DeleteOwnAsync(Caller caller, string? password, OwnAccount own, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        if (await users.FindByIdAsync(caller.UserId.ToString()) is not { } user) return NoUser;
        if (await own.WhyNotConfirmedAsync(caller, user, password, cancellation) is { } unconfirmed) return unconfirmed;
        return await RemoveAsync(caller, caller.UserId, transferTo: null, "user.delete-own", cancellation);
    }

    private async Task<Result<Done>> RemoveAsync(Caller caller, Guid id, string? transferTo, string action, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AdminLock})", cancellation);
        // The user first: nobody makes them a member then. Then their projects, as every change of members locks one: no other
        // owner leaves between this look and the deletion.
        await db.Database.ExecuteSqlAsync($"SELECT 1 FROM users WHERE id = {id} FOR UPDATE", cancellation);
        await db.Database.ExecuteSqlAsync($"SELECT 1 FROM projects WHERE id IN (SELECT project_id FROM project_members WHERE user_id = {id}) ORDER BY id FOR UPDATE", cancellation);
        if (await users.FindByIdAsync(id.ToString()) is not { } user) return NoUser;
        var alone = (await UserList.ProjectsAsync(db, id, cancellation)).Where(p => p.OnlyOwner).Select(p => p.Project).ToList();
        if (alone.Count > 0)
        {
            if (string.IsNullOrWhiteSpace(transferTo))
                return new Conflict($"Nobody else owns {string.Join(", ", alone)}. Give {(alone.Count == 1 ? "it" : "them")} to somebody else first, or delete {(alone.Count == 1 ? "it" : "them")}.", "owns-projects");
            if (await users.FindByEmailAsync(transferTo.Trim()) is not { LockedAt: null } heir || heir.Id == id)
                return new Invalid("transferTo", "There is no such other user who could take the projects over.");
            await TransferAsync(caller, alone, heir, cancellation);
        }
        var removed = await users.DeleteAsync(user);
        if (!removed.Succeeded) return new Conflict("The user was changed meanwhile. Look again.", "changed");
        if (user.Role == PlatformRole.Admin && await WhyLastAsync(user, cancellation) is { } last) return last;
        db.Add(AuditEntry.Of(caller, action, $"user/{user.Email}", time, detail: alone.Count == 0 ? null : $"projects to {transferTo!.Trim()}: {string.Join(", ", alone)}"));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return Done.Result;
    }

    private async Task TransferAsync(Caller caller, List<string> names, AppUser heir, CancellationToken cancellation)
    {
        foreach (var project in await db.Set<Project>().Include(p => p.Members).Where(p => names.Contains(p.Name)).ToListAsync(cancellation))
        {
            if (project.Members.FirstOrDefault(m => m.UserId == heir.Id) is { } member) member.Role = ProjectRole.Owner;
            else project.Members.Add(new ProjectMember { ProjectId = project.Id, UserId = heir.Id, Role = ProjectRole.Owner });
            db.Add(AuditEntry.Of(caller, "member.transfer", $"project/{project.Name}/member/{heir.Email}", time, project.Id) with
            {
                Changes = [new AuditChange("role", null, "owner")],
            });
            await Change.SendAsync(db, ChangeOf.Project, project.Id, cancellation);
        }
        await db.SaveChangesAsync(cancellation);
    }

    private async Task<Result<Done>> ChangeAsync(
        Caller caller, Guid id, string action, Func<AppUser, Task<Error?>> change, string? notice = null, bool newStamp = false, bool resetLink = false,
        Func<string>? detail = null, CancellationToken cancellation = default)
    {
        if (await refusals.WhyNotAdminInPersonAsync(caller, action, cancellation) is { } no) return no;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AdminLock})", cancellation);
        if (await users.FindByIdAsync(id.ToString()) is not { } user) return NoUser;
        var before = Facts(user);
        if (await change(user) is { } refused) return refused;
        var saved = newStamp ? await users.UpdateSecurityStampAsync(user) : await users.UpdateAsync(user);
        if (!saved.Succeeded) return new Conflict("The user was changed meanwhile. Look again.", "changed");
        db.Add(AuditEntry.Of(caller, action, $"user/{user.Email}", time, detail: detail?.Invoke()) with
        {
            Changes = [.. before.Zip(Facts(user)).Where(p => p.First.Value != p.Second.Value).Select(p => new AuditChange(p.First.Name, p.First.Value, p.Second.Value))],
        });
        var mail = resetLink ? mails.ForcedReset(db, user, await users.GeneratePasswordResetTokenAsync(user))
            : notice is not null ? mails.SecurityNotice(db, user, notice) : null;
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        if (mail is not null) await mails.HandOverAsync(mail, cancellation);
        return Done.Result;
    }

    /// <summary>Why the change would leave nobody to administrate: an admin is one who may sign in.</summary>
    private async Task<Error?> WhyLastAsync(AppUser changed, CancellationToken cancellation) =>
        changed is { Role: PlatformRole.Admin, LockedAt: null, MustResetPassword: false } && db.Entry(changed).State != EntityState.Detached
        || await OtherAdmins(db, changed.Id).AnyAsync(cancellation)
            ? null
            : LastAdmin;

    internal static IQueryable<AppUser> OtherAdmins(BabyhelmDbContext db, Guid id) =>
        db.Users.Where(u => u.Id != id && u.Role == PlatformRole.Admin && u.LockedAt == null && !u.MustResetPassword);

    private static List<(string Name, string? Value)> Facts(AppUser user) =>
    [
        ("role", user.Role.ToString()), ("locked", YesNo(user.LockedAt is not null)), ("confirmed", YesNo(user.EmailConfirmed)),
        ("twoFactor", YesNo(user.TwoFactorEnabled)), ("mustResetPassword", YesNo(user.MustResetPassword)),
    ];

    private static string YesNo(bool value) => value ? "yes" : "no";
}
