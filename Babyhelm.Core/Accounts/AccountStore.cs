using System.Security.Cryptography;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts;

/// <summary>Encrypts keys of authenticator apps and recovery codes, which Identity's own store keeps as they are (ASVS 6.5.2).</summary>
public sealed class UserTokenProtection(IDataProtectionProvider protection)
{
    // Base32 keys, and recovery codes with semicolons between them, have no colon.
    internal const string Prefix = "dp:";
    private readonly IDataProtector _protector = protection.CreateProtector("Babyhelm.Accounts.UserTokens");

    internal string Protect(string value) => Prefix + _protector.Protect(value);

    /// <summary>The text of what was protected, or was written before there was protection; null where the key that encrypted it is gone.</summary>
    internal string? Read(string? stored)
    {
        if (stored is null || !stored.StartsWith(Prefix, StringComparison.Ordinal)) return stored;
        try
        {
            return _protector.Unprotect(stored[Prefix.Length..]);
        }
        catch (CryptographicException)
        {
            return null; // as if it were not there: the code is refused, and an admin can reset
        }
    }
}

/// <summary>Identity's store with protected tokens.</summary>
internal sealed class AccountStore(BabyhelmDbContext db, UserTokenProtection protection, IdentityErrorDescriber errors)
    : UserOnlyStore<AppUser, BabyhelmDbContext, Guid>(db, errors)
{
    public override async Task<string?> GetTokenAsync(AppUser user, string loginProvider, string name, CancellationToken cancellationToken) =>
        protection.Read(await base.GetTokenAsync(user, loginProvider, name, cancellationToken));

    public override Task SetTokenAsync(AppUser user, string loginProvider, string name, string? value, CancellationToken cancellationToken) =>
        base.SetTokenAsync(user, loginProvider, name, value is null ? null : protection.Protect(value), cancellationToken);
}
