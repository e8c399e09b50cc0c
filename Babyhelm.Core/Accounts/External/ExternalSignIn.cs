using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts.External;

/// <summary>
/// People who come from a provider. An address alone never opens an account that exists: whoever controls a provider, or
/// an address there, would own it. Its user links it, signed in and asked.
/// </summary>
public sealed class ExternalSignIn(
    UserManager<AppUser> users, AccountSignIn signIn, SessionStore sessions, RegisterUser register, OwnAccount own, BabyhelmDbContext db, TimeProvider time)
{
    /// <summary>What can be done with this identity, and the user who is linked with it.</summary>
    public async Task<(ExternalOutcome Outcome, AppUser? User)> LookAsync(ExternalIdentity identity, CancellationToken cancellation)
    {
        if (await users.FindByLoginAsync(identity.Provider, identity.Key) is { } user)
            return !await signIn.CanSignInAsync(user) ? (ExternalOutcome.Refused, user)
                : await sessions.NeedsPasskeyAsync(user.Id, cancellation) ? (ExternalOutcome.NeedsPasskey, user) : (ExternalOutcome.Known, user);
        if (!identity.EmailVerified || EmailAddress.Problem(identity.Email) is not null) return (ExternalOutcome.Unverified, null);
        if (await users.FindByEmailAsync(identity.Email!) is not null) return (ExternalOutcome.AddressTaken, null);
        return await register.WhyNotAsync(null, cancellation) is null || await IsInvitedAsync(identity.Email!, cancellation) ? (ExternalOutcome.New, null) : (ExternalOutcome.Closed, null);
    }

    /// <summary>Makes an account without a password for somebody whose address the provider has checked.</summary>
    public async Task<Result<AppUser>> RegisterAsync(ExternalIdentity identity, string? address, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await RegisterUser.LockAsync(db, cancellation);
        if ((await LookAsync(identity, cancellation)).Outcome != ExternalOutcome.New) return new Conflict("This changed meanwhile. Sign in again.", "changed");
        var first = !await db.Users.AnyAsync(cancellation);
        var normalized = EmailAddress.Normalize(identity.Email!);
        var invitation = await RegisterUser.Good(db, time.GetUtcNow()).FirstOrDefaultAsync(i => i.NormalizedEmail == normalized, cancellation);
        var user = new AppUser
        {
            Id = Guid.CreateVersion7(),
            UserName = identity.Email,
            Email = identity.Email,
            EmailConfirmed = true,
            Role = first ? PlatformRole.Admin : invitation?.Role ?? PlatformRole.User,
            CreatedAt = time.GetUtcNow(),
        };
        var created = await users.CreateAsync(user);
        if (created.Succeeded) created = await users.AddLoginAsync(user, new UserLoginInfo(identity.Provider, identity.Key, identity.Title));
        if (!created.Succeeded) return new Conflict("This changed meanwhile. Sign in again.", "changed");
        if (invitation is not null) db.Remove(invitation);
        db.Add(AuditEntry.Of(Caller.Of(user, address), "user.register", $"user/{user.Email}", time, detail: $"with {identity.Title}"));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return user;
    }

    /// <summary>Links the identity with the caller's account; the caller was asked, and gave the password where there is one.</summary>
    public async Task<Result<Done>> LinkAsync(Caller caller, ExternalIdentity identity, string? password, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        if (!identity.EmailVerified) return new Forbidden($"{identity.Title} has not checked your e-mail address. Confirm it there first.");
        if (await users.FindByIdAsync(caller.UserId.ToString()) is not { } user) return new NotFound("This account does not exist any more.");
        if (await users.FindByLoginAsync(identity.Provider, identity.Key) is { } linked)
            return linked.Id == user.Id ? Done.Result : new Conflict($"This account of {identity.Title} is linked with somebody else's here.", "linked-already");
        return await own.ChangeAsync(caller, "user.link", me => users.AddLoginAsync(me, new UserLoginInfo(identity.Provider, identity.Key, identity.Title)),
            $"Your account was linked with {identity.Title}", confirm: (true, password), detail: identity.Title, cancellation: cancellation);
    }

    /// <summary>Removes a link. The last way to sign in stays.</summary>
    public async Task<Result<Done>> UnlinkAsync(Caller caller, string provider, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        if (await users.FindByIdAsync(caller.UserId.ToString()) is not { } user) return new NotFound("This account does not exist any more.");
        var logins = await users.GetLoginsAsync(user);
        if (logins.FirstOrDefault(l => l.LoginProvider == provider) is not { } login) return new NotFound("There is no such link.");
        if (user.PasswordHash is null && logins.Count == 1 && (await users.GetPasskeysAsync(user)).Count == 0)
            return new Conflict("This is your only way to sign in. Set a password first.", "last-sign-in");
        var title = login.ProviderDisplayName ?? provider;
        return await own.ChangeAsync(caller, "user.unlink", me => users.RemoveLoginAsync(me, login.LoginProvider, login.ProviderKey),
            $"The link of your account with {title} was removed", detail: title, cancellation: cancellation);
    }

    /// <summary>Providers that the caller's account is linked with: name and title.</summary>
    public async Task<Result<IReadOnlyList<UserLoginInfo>>> LinksAsync(Caller caller)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        if (await users.FindByIdAsync(caller.UserId.ToString()) is not { } user) return new NotFound("This account does not exist any more.");
        return (await users.GetLoginsAsync(user)).ToList();
    }

    private Task<bool> IsInvitedAsync(string email, CancellationToken cancellation)
    {
        var normalized = EmailAddress.Normalize(email);
        return RegisterUser.Good(db, time.GetUtcNow()).AnyAsync(i => i.NormalizedEmail == normalized, cancellation);
    }
}
