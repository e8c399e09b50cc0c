using System.Buffers.Text;
using System.Security.Cryptography;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;

namespace Babyhelm.Core.Accounts.Tokens;

/// <summary>
/// The keys that sign access tokens, shared by every process through the database. A new one takes over every 90 days;
/// older ones check what they signed until that has expired.
/// </summary>
public sealed class SigningKeys(IDbContextFactory<BabyhelmDbContext> contexts, IDataProtectionProvider protection, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Rotation = TimeSpan.FromDays(90);

    // Longer than any access token lives, and than any process keeps what it read.
    private static readonly TimeSpan Overlap = TimeSpan.FromDays(1);

    // Another process may have made a key; until it is read, its tokens would be refused here. A token with an unknown key
    // makes it read at once, yet not more often than this.
    private static readonly TimeSpan ReadInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeepInterval = TimeSpan.FromMinutes(10);

    // Any constant: two processes must not make two keys.
    private const long KeyLock = 0x626168656c6d04;

    private readonly IDataProtector _protector = protection.CreateProtector("Babyhelm.Accounts.SigningKeys");
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Snapshot? _snapshot;

    /// <summary>Every key that may have signed a token that is still good, newest first.</summary>
    public async ValueTask<IReadOnlyList<ECDsaSecurityKey>> AllAsync(CancellationToken cancellation) => (await ReadAsync(KeepInterval, cancellation)).Keys;

    /// <summary>The key for new tokens.</summary>
    internal async ValueTask<ECDsaSecurityKey> CurrentAsync(CancellationToken cancellation) => (await AllAsync(cancellation))[0];

    /// <summary>The key with this id, or null; reads again when it is not known.</summary>
    internal async ValueTask<ECDsaSecurityKey?> FindAsync(string id, CancellationToken cancellation) =>
        Find((await ReadAsync(KeepInterval, cancellation)).Keys, id) ?? Find((await ReadAsync(ReadInterval, cancellation)).Keys, id);

    private static ECDsaSecurityKey? Find(IReadOnlyList<ECDsaSecurityKey> keys, string id) => keys.FirstOrDefault(k => k.KeyId == id);

    private async ValueTask<Snapshot> ReadAsync(TimeSpan age, CancellationToken cancellation)
    {
        if (_snapshot is { } fresh && time.GetUtcNow() - fresh.ReadAt < age) return fresh;
        await _gate.WaitAsync(cancellation);
        try
        {
            var now = time.GetUtcNow();
            if (_snapshot is { } other && now - other.ReadAt < age) return other;
            await using var db = await contexts.CreateDbContextAsync(cancellation);
            var rows = await RowsAsync(db, now, cancellation);
            if (rows.Count == 0 || rows[0].CreatedAt <= now - Rotation) rows = await RotateAsync(db, now, cancellation);
            // Keys that were read before stay the same objects: they may be in use.
            var known = _snapshot?.Keys ?? [];
            return _snapshot = new Snapshot([.. rows.Select(row => Find(known, row.Id) ?? Open(row))], now);
        }
        finally
        {
            _gate.Release();
        }
    }

    private static Task<List<SigningKey>> RowsAsync(BabyhelmDbContext db, DateTimeOffset now, CancellationToken cancellation)
    {
        var oldest = now - Rotation - Overlap;
        return db.Set<SigningKey>().AsNoTracking().Where(k => k.CreatedAt > oldest).OrderByDescending(k => k.CreatedAt).ThenBy(k => k.Id).ToListAsync(cancellation);
    }

    private async Task<List<SigningKey>> RotateAsync(BabyhelmDbContext db, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({KeyLock})", cancellation);
        var rows = await RowsAsync(db, now, cancellation);
        if (rows.Count == 0 || rows[0].CreatedAt <= now - Rotation)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var row = new SigningKey
            {
                Id = Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo())),
                ProtectedPrivateKey = _protector.Protect(Convert.ToBase64String(key.ExportPkcs8PrivateKey())),
                CreatedAt = now,
            };
            db.Add(row);
            await db.SaveChangesAsync(cancellation);
            var oldest = now - Rotation - Overlap;
            await db.Set<SigningKey>().Where(k => k.CreatedAt <= oldest).ExecuteDeleteAsync(cancellation);
            rows.Insert(0, row);
        }
        await transaction.CommitAsync(cancellation);
        return rows;
    }

    private ECDsaSecurityKey Open(SigningKey row)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Convert.FromBase64String(_protector.Unprotect(row.ProtectedPrivateKey)), out _);
        return new ECDsaSecurityKey(key) { KeyId = row.Id };
    }

    public void Dispose()
    {
        foreach (var key in _snapshot?.Keys ?? []) key.ECDsa.Dispose();
        _gate.Dispose();
    }

    private sealed record Snapshot(IReadOnlyList<ECDsaSecurityKey> Keys, DateTimeOffset ReadAt);
}
