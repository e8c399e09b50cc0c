using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Data;

/// <summary>
/// Makes the Data Protection key that everything is encrypted with, where there is none to use. Left to itself, each process
/// that starts on an empty database would make one, and could for hours not read what the others encrypted with theirs.
/// </summary>
internal sealed class FirstKey(IKeyManager keys, PlainKeys plain, IOptions<KeyManagementOptions> options, TimeProvider time)
    : IDatabaseStep
{
    // Any constant: one process at a time looks and makes.
    private const long Lock = 0x626168656c6d02;

    public async Task EnsureAsync(BabyhelmDbContext db, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({Lock})", cancellation);
        await plain.EncryptAsync(db, cancellation);
        var now = time.GetUtcNow();
        // Stored over a connection of its own: it is there when the lock is released.
        if (!keys.GetAllKeys().Any(k => !k.IsRevoked && k.ActivationDate <= now && now < k.ExpirationDate)) keys.CreateNewKey(now, now + options.Value.NewKeyLifetime);
        await transaction.CommitAsync(cancellation);
    }
}
