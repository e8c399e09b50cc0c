using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts;

/// <summary>Encrypts what was stored before <see cref="UserTokenProtection"/>, once after each start. Until then it is read as it is.</summary>
internal sealed class OldUserTokens(IDbContextFactory<BabyhelmDbContext> contexts, UserTokenProtection protection) : IWorkSource
{
    private bool _done;

    public async Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation)
    {
        if (_done) return [];
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var tokens = db.Set<IdentityUserToken<Guid>>();
        foreach (var old in await tokens.AsNoTracking().Where(t => t.Value != null && !t.Value.StartsWith(UserTokenProtection.Prefix)).ToListAsync(cancellation))
        {
            var value = protection.Protect(old.Value!);
            // Unless it was used or replaced meanwhile, which protects it.
            await tokens.Where(t => t.UserId == old.UserId && t.LoginProvider == old.LoginProvider && t.Name == old.Name && t.Value == old.Value)
                .ExecuteUpdateAsync(set => set.SetProperty(t => t.Value, value), cancellation);
        }
        _done = true;
        return [];
    }
}
