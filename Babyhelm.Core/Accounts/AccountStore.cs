using System.Security.Cryptography;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts;

/// <summary>Encrypts keys of authenticator apps, which Identity's own store keeps as they are.</summary>
public sealed class UserTokenProtection(IDataProtectionProvider protection)
{
    // Base32 keys, and recovery codes as they were stored once, have no colon.
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

/// <summary>Identity's store with protected tokens and hashed recovery codes.</summary>
internal sealed class AccountStore(BabyhelmDbContext db, UserTokenProtection protection, IdentityErrorDescriber errors)
    : UserOnlyStore<AppUser, BabyhelmDbContext, Guid>(db, errors)
{
    /// <summary>Where Identity keeps recovery codes.</summary>
    internal const string OwnProvider = "[AspNetUserStore]", RecoveryCodes = "RecoveryCodes";

    public override async Task<string?> GetTokenAsync(AppUser user, string loginProvider, string name, CancellationToken cancellationToken) =>
        protection.Read(await base.GetTokenAsync(user, loginProvider, name, cancellationToken));

    public override Task SetTokenAsync(AppUser user, string loginProvider, string name, string? value, CancellationToken cancellationToken) =>
        base.SetTokenAsync(user, loginProvider, name, value is null ? null : protection.Protect(value), cancellationToken);

    public override Task ReplaceCodesAsync(AppUser user, IEnumerable<string> recoveryCodes, CancellationToken cancellationToken) =>
        KeepAsync(user, RecoveryCodeHashes.Of(recoveryCodes), cancellationToken);

    public override async Task<bool> RedeemCodeAsync(AppUser user, string code, CancellationToken cancellationToken)
    {
        if (await HashedCodesAsync(user, cancellationToken) is not { } stored || RecoveryCodeHashes.Without(stored, code) is not { } left) return false;
        await KeepAsync(user, left, cancellationToken);
        return true;
    }

    public override async Task<int> CountCodesAsync(AppUser user, CancellationToken cancellationToken) =>
        await HashedCodesAsync(user, cancellationToken) is { } stored ? RecoveryCodeHashes.Count(stored) : 0;

    /// <summary>Codes that were stored before they were hashed, hashed now; null where there are none, or their key is gone.</summary>
    internal static string? Hashed(string? stored, UserTokenProtection protection) =>
        stored?.StartsWith(RecoveryCodeHashes.Prefix, StringComparison.Ordinal) == true ? stored
        : protection.Read(stored) is { } codes ? RecoveryCodeHashes.Of(codes.Split(';', StringSplitOptions.RemoveEmptyEntries))
        : null;

    private async Task<string?> HashedCodesAsync(AppUser user, CancellationToken cancellation) =>
        Hashed(await base.GetTokenAsync(user, OwnProvider, RecoveryCodes, cancellation), protection);

    private Task KeepAsync(AppUser user, string codes, CancellationToken cancellation) => base.SetTokenAsync(user, OwnProvider, RecoveryCodes, codes, cancellation);
}
