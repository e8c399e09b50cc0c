using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts;

/// <summary>Hashes recovery codes and encrypts keys of apps that were stored before there was that, once after each start. Until then they work as they are.</summary>
internal sealed class OldUserTokens(IDbContextFactory<BabyhelmDbContext> contexts, UserTokenProtection protection) : IWorkSource
{
    private bool _done;

    public async Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation)
    {
        if (_done) return [];
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var tokens = db.Set<IdentityUserToken<Guid>>();
        foreach (var old in await tokens.AsNoTracking().Where(t => t.Value != null && (t.Name == AccountStore.RecoveryCodes
                     ? !t.Value.StartsWith(RecoveryCodeHashes.Prefix)
                     : !t.Value.StartsWith(UserTokenProtection.Prefix))).ToListAsync(cancellation))
        {
            // Codes whose key is gone work no more, and stay as they are.
            if ((old.Name == AccountStore.RecoveryCodes ? AccountStore.Hashed(old.Value, protection) : protection.Protect(old.Value!)) is not { } value) continue;
            // Unless they were used or replaced meanwhile, which keeps them the new way.
            await tokens.Where(t => t.UserId == old.UserId && t.LoginProvider == old.LoginProvider && t.Name == old.Name && t.Value == old.Value)
                .ExecuteUpdateAsync(set => set.SetProperty(t => t.Value, value), cancellation);
        }
        _done = true;
        return [];
    }
}
