using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Accounts.Sessions;

/// <summary>
/// Counts tries before they are made, in one statement: of many at once none is missed, and only as many are looked at as
/// Identity's lockout allows. A success forgets those before it.
/// </summary>
public sealed class SignInAttempts(BabyhelmDbContext db, IOptions<IdentityOptions> options, TimeProvider time)
{
    /// <summary>Whether a password or code may be looked at now; false while the user is locked out.</summary>
    public async Task<bool> TryBeginAsync(AppUser user)
    {
        var (now, last) = (time.GetUtcNow(), options.Value.Lockout.MaxFailedAccessAttempts - 1);
        DateTimeOffset? until = now + options.Value.Lockout.DefaultLockoutTimeSpan;
        var stamp = Guid.NewGuid().ToString();
        var counted = await db.Users.Where(u => u.Id == user.Id && (u.LockoutEnd == null || u.LockoutEnd <= now)).ExecuteUpdateAsync(set => set
            .SetProperty(u => u.LockoutEnd, u => u.AccessFailedCount >= last ? until : null)
            .SetProperty(u => u.AccessFailedCount, u => u.AccessFailedCount >= last ? 0 : u.AccessFailedCount + 1)
            // Identity writes whole users: one that was read before this must not write the old count back.
            .SetProperty(u => u.ConcurrencyStamp, stamp));
        await db.Entry(user).ReloadAsync();
        return counted == 1;
    }

    /// <summary>The credentials were right.</summary>
    /// <param name="signedIn">Whether the user comes in now, or only confirmed something.</param>
    public async Task SucceededAsync(AppUser user, bool signedIn)
    {
        var (now, stamp) = (time.GetUtcNow(), Guid.NewGuid().ToString());
        await db.Users.Where(u => u.Id == user.Id).ExecuteUpdateAsync(set => set
            .SetProperty(u => u.LockoutEnd, (DateTimeOffset?)null)
            .SetProperty(u => u.AccessFailedCount, 0)
            .SetProperty(u => u.LastSignInAt, u => signedIn ? now : u.LastSignInAt)
            .SetProperty(u => u.ConcurrencyStamp, stamp));
        await db.Entry(user).ReloadAsync();
    }
}
