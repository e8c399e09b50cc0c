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

public enum UserSort { Email, Created, LastSignIn }

/// <summary><c>TwoFactor</c> is an authenticator app; who has neither that nor a passkey has no second factor.</summary>
public enum UserFilter { All, Admins, Locked, Unconfirmed, TwoFactor, Passkey, NoSecondFactor }

/// <param name="Search">Part of the address, whatever its case; null for all.</param>
/// <param name="Page">From 1.</param>
public sealed record UserQuery(string? Search = null, UserFilter Filter = UserFilter.All, UserSort Sort = UserSort.Email, bool Descending = false, int Page = 1);

/// <summary>A user as platform admins see it.</summary>
/// <param name="TwoFactor">Whether an authenticator app is asked for its code.</param>
/// <param name="Passkey">Whether there is a passkey, which is a second factor too.</param>
/// <param name="LockedAt">Since when an admin keeps the user out.</param>
/// <param name="LockedOutUntil">Until when wrong passwords keep the user out; in the past or null for not.</param>
/// <param name="Projects">How many projects the user is a member of.</param>
public sealed record UserView(
    Guid Id, string Email, PlatformRole Role, bool EmailConfirmed, bool TwoFactor, bool Passkey, bool MustResetPassword, DateTimeOffset? LockedAt,
    DateTimeOffset? LockedOutUntil, DateTimeOffset CreatedAt, DateTimeOffset? LastSignInAt, int Projects);

/// <param name="Total">Users that the query fits, on all pages.</param>
public sealed record UserPage(IReadOnlyList<UserView> Users, int Total, int Page)
{
    public int Pages => Paging.Pages(Total);
}

/// <param name="OnlyOwner">Whether nobody else owns the project.</param>
public sealed record UserProject(string Project, ProjectRole Role, bool OnlyOwner);

/// <summary>One user with all that an admin may know.</summary>
/// <param name="Sessions">Where the user is signed in now.</param>
/// <param name="Tokens">Personal access tokens.</param>
/// <param name="LastAdmin">Whether nobody else could administrate: this one can't be locked, demoted, made to choose a new password or deleted.</param>
public sealed record UserDetail(UserView User, IReadOnlyList<UserProject> Projects, bool HasPassword, IReadOnlyList<string> Providers, bool LastAdmin, int Passkeys, int Sessions, int Tokens);

/// <summary>Users, for platform admins: searched, sorted and paged by the database.</summary>
public sealed class UserList(IDbContextFactory<BabyhelmDbContext> contexts, RefusalLog refusals, TimeProvider time)
{
    private const int MaxSearch = 256;

    public async Task<Result<UserPage>> ListAsync(Caller caller, UserQuery query, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "user.list", cancellation) is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var users = db.Users.AsNoTracking();
        if (Like.Text(query.Search) is { Length: <= MaxSearch } search) users = users.Where(u => EF.Functions.ILike(u.Email!, $"%{search}%", Like.Escape));
        users = query.Filter switch
        {
            UserFilter.Admins => users.Where(u => u.Role == PlatformRole.Admin),
            UserFilter.Locked => users.Where(u => u.LockedAt != null),
            UserFilter.Unconfirmed => users.Where(u => !u.EmailConfirmed),
            UserFilter.TwoFactor => users.Where(u => u.TwoFactorEnabled),
            UserFilter.Passkey => users.Where(u => db.Set<IdentityUserPasskey<Guid>>().Any(p => p.UserId == u.Id)),
            UserFilter.NoSecondFactor => users.Where(u => !u.TwoFactorEnabled && !db.Set<IdentityUserPasskey<Guid>>().Any(p => p.UserId == u.Id)),
            _ => users,
        };
        var total = await users.CountAsync(cancellation);
        var page = Paging.Clamp(query.Page, total);
        var ordered = (query.Sort, query.Descending) switch
        {
            (UserSort.Created, false) => users.OrderBy(u => u.CreatedAt),
            (UserSort.Created, true) => users.OrderByDescending(u => u.CreatedAt),
            // Who never signed in stands last either way; upwards the database does so by itself. Each has an index of that order.
            (UserSort.LastSignIn, false) => users.OrderBy(u => u.LastSignInAt),
            (UserSort.LastSignIn, true) => users.OrderBy(u => u.LastSignInAt == null).ThenByDescending(u => u.LastSignInAt),
            (_, true) => users.OrderByDescending(u => u.NormalizedEmail),
            _ => users.OrderBy(u => u.NormalizedEmail),
        };
        var found = await View(db, ordered.ThenBy(u => u.Id).Page(page)).ToListAsync(cancellation);
        return new UserPage(found, total, page);
    }

    public async Task<Result<UserDetail>> GetAsync(Caller caller, Guid id, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "user.read", cancellation) is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var user = await View(db, db.Users.AsNoTracking().Where(u => u.Id == id)).FirstOrDefaultAsync(cancellation);
        if (user is null) return UserAdministration.NoUser;
        var hasPassword = await db.Users.Where(u => u.Id == id).Select(u => u.PasswordHash != null).SingleAsync(cancellation);
        var providers = await db.UserLogins.Where(l => l.UserId == id).Select(l => l.ProviderDisplayName ?? l.LoginProvider).Order().ToListAsync(cancellation);
        var last = user.Role == PlatformRole.Admin && !await UserAdministration.OtherAdmins(db, id).AnyAsync(cancellation);
        var now = time.GetUtcNow();
        return new UserDetail(user, await ProjectsAsync(db, id, cancellation), hasPassword, providers, last,
            await db.Set<IdentityUserPasskey<Guid>>().CountAsync(p => p.UserId == id, cancellation),
            await db.Set<UserSession>().CountAsync(s => s.UserId == id && s.ExpiresAt > now, cancellation),
            await db.Set<PersonalToken>().CountAsync(t => t.UserId == id, cancellation));
    }

    /// <summary>The user's projects by name.</summary>
    internal static Task<List<UserProject>> ProjectsAsync(BabyhelmDbContext db, Guid user, CancellationToken cancellation) => (
        from member in db.Set<ProjectMember>()
        join project in db.Set<Project>() on member.ProjectId equals project.Id
        where member.UserId == user
        orderby project.Name
        select new UserProject(project.Name, member.Role,
            member.Role == ProjectRole.Owner && !project.Members.Any(m => m.UserId != user && m.Role == ProjectRole.Owner))).ToListAsync(cancellation);

    private static IQueryable<UserView> View(BabyhelmDbContext db, IQueryable<AppUser> users) => users.Select(u => new UserView(
        u.Id, u.Email!, u.Role, u.EmailConfirmed, u.TwoFactorEnabled, db.Set<IdentityUserPasskey<Guid>>().Any(p => p.UserId == u.Id), u.MustResetPassword, u.LockedAt, u.LockoutEnd, u.CreatedAt, u.LastSignInAt,
        db.Set<ProjectMember>().Count(m => m.UserId == u.Id)));
}
