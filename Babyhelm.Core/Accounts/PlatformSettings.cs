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

/// <summary>Reads and changes the platform's settings.</summary>
public sealed class PlatformSettingsCommands(IDbContextFactory<BabyhelmDbContext> contexts, RefusalLog refusals, TimeProvider time)
{
    public async Task<RegistrationMode> RegistrationAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<PlatformSettings>().Select(s => s.Registration).SingleAsync(cancellation);
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
