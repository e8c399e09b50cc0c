using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Accounts;

/// <summary>Who may make an account.</summary>
public enum RegistrationMode
{
    /// <summary>Anybody.</summary>
    Open,

    /// <summary>Who follows an invitation that was sent to the address.</summary>
    Invitation,

    /// <summary>Nobody; platform admins make accounts.</summary>
    Closed,
}

/// <summary>What platform admins decide for the whole installation: one row.</summary>
public sealed class PlatformSettings
{
    public const int OnlyId = 1;
    public int Id { get; init; } = OnlyId;
    public RegistrationMode Registration { get; set; }

    /// <summary>So many of the newest releases of each application are kept whatever their age, 2 to 1000.</summary>
    public int KeepReleases { get; set; } = 50;

    /// <summary>Releases are kept for so many days whatever their number, 0 to 3650.</summary>
    public int KeepReleaseDays { get; set; } = 30;

    internal sealed class Configuration : IEntityTypeConfiguration<PlatformSettings>
    {
        public void Configure(EntityTypeBuilder<PlatformSettings> builder)
        {
            builder.ToTable("platform_settings", table => table.HasCheckConstraint("ck_platform_settings_one_row", "id = 1"));
            builder.Property(s => s.Id).ValueGeneratedNever();
            builder.HasData(new PlatformSettings());
        }
    }
}

/// <summary>Which releases of an application are kept: each that is among the newest or young enough.</summary>
/// <param name="Newest">2 to 1000.</param>
/// <param name="Days">0 to 3650.</param>
public sealed record ReleaseRetention(int Newest, int Days);

/// <summary>Reads and changes the platform's settings.</summary>
public sealed class PlatformSettingsCommands(IDbContextFactory<BabyhelmDbContext> contexts, RefusalLog refusals, TimeProvider time)
{
    public async Task<RegistrationMode> RegistrationAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<PlatformSettings>().Select(s => s.Registration).SingleAsync(cancellation);
    }

    public async Task<ReleaseRetention> RetentionAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<PlatformSettings>().Select(s => new ReleaseRetention(s.KeepReleases, s.KeepReleaseDays)).SingleAsync(cancellation);
    }

    /// <param name="newest">Null leaves it as it is; <paramref name="days"/> likewise.</param>
    public async Task<Result<Done>> SetRetentionAsync(Caller caller, int? newest, int? days, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "settings.releases", cancellation) is { } no) return no;
        var faults = new List<Fault>();
        if (newest is < 2 or > 1000) faults.Add(new Fault("keepReleases", "Keep 2 to 1000 releases."));
        if (days is < 0 or > 3650) faults.Add(new Fault("keepReleaseDays", "Keep releases for 0 to 3650 days."));
        if (faults.Count > 0) return new Invalid(faults);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var settings = await db.Set<PlatformSettings>().FromSql($"SELECT * FROM platform_settings FOR UPDATE").SingleAsync(cancellation);
        var changes = new List<AuditChange>();
        if (newest is { } n && n != settings.KeepReleases) changes.Add(new AuditChange("keepReleases", $"{settings.KeepReleases}", $"{n}"));
        if (days is { } d && d != settings.KeepReleaseDays) changes.Add(new AuditChange("keepReleaseDays", $"{settings.KeepReleaseDays}", $"{d}"));
        if (changes.Count == 0) return Done.Result;
        (settings.KeepReleases, settings.KeepReleaseDays) = (newest ?? settings.KeepReleases, days ?? settings.KeepReleaseDays);
        db.Add(AuditEntry.Of(caller, "settings.releases", RefusalLog.Platform, time) with { Changes = changes });
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return Done.Result;
    }

    public async Task<Result<Done>> SetRegistrationAsync(Caller caller, RegistrationMode mode, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "settings.registration", cancellation) is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var settings = await db.Set<PlatformSettings>().FromSql($"SELECT * FROM platform_settings FOR UPDATE").SingleAsync(cancellation);
        if (settings.Registration == mode) return Done.Result;
        db.Add(AuditEntry.Of(caller, "settings.registration", RefusalLog.Platform, time) with
        {
            Changes = [new AuditChange("registration", settings.Registration.ToString(), mode.ToString())],
        });
        settings.Registration = mode;
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return Done.Result;
    }
}
