namespace Babyhelm.Core.Data;

/// <summary>What has to be done once the database is migrated, and before anything else uses it. Done again when it fails.</summary>
public interface IDatabaseStep
{
    Task EnsureAsync(BabyhelmDbContext db, CancellationToken cancellation);
}
