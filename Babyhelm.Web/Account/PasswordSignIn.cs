using Babyhelm.Core.Accounts;
using Microsoft.AspNetCore.Identity;

namespace Babyhelm.Web.Account;

/// <summary>
/// Signs a person in with e-mail and password. Every refusal looks and takes the same, whether the account is
/// missing, locked or the password is wrong.
/// </summary>
internal sealed class PasswordSignIn(
    UserManager<AppUser> users, SignInManager<AppUser> signIn, IPasswordHasher<AppUser> hasher, TimeProvider time)
{
    // Of a password nobody has; checked where there is nothing to check.
    private static string? _decoy;

    /// <summary>Signs a browser in, with a cookie.</summary>
    public async Task<bool> ExecuteAsync(string? email, string? password, bool remember) =>
        await TryAsync(email, password, user => signIn.PasswordSignInAsync(user, password!, remember, lockoutOnFailure: true)) is not null;

    /// <summary>The user whom this address and password belong to, or null; sets no cookie.</summary>
    public Task<AppUser?> CheckAsync(string? email, string? password) =>
        TryAsync(email, password, user => signIn.CheckPasswordSignInAsync(user, password!, lockoutOnFailure: true));

    private async Task<AppUser?> TryAsync(string? email, string? password, Func<AppUser, Task<SignInResult>> check)
    {
        if (string.IsNullOrEmpty(password) || password.Length > RegisterUser.MaxPasswordLength) return null;
        // PostgreSQL takes no NUL in text; no address has any other control character either.
        if (string.IsNullOrWhiteSpace(email) || email.Length > RegisterUser.MaxEmailLength || email.Any(char.IsControl)) return null;

        if (await users.FindByEmailAsync(email.Trim()) is not { } user)
        {
            SpendTheSameTime(password);
            return null;
        }
        // Looked at before the check, which hashes nothing then; the attempt that locks the account has hashed already.
        if (user.PasswordHash is null || await users.IsLockedOutAsync(user))
        {
            SpendTheSameTime(password);
            return null;
        }
        if (!(await check(user)).Succeeded) return null;
        user.LastSignInAt = time.GetUtcNow();
        await users.UpdateAsync(user);
        return user;
    }

    private void SpendTheSameTime(string password)
    {
        var nobody = new AppUser();
        _decoy ??= hasher.HashPassword(nobody, Guid.NewGuid().ToString());
        hasher.VerifyHashedPassword(nobody, _decoy, password);
    }
}
