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

    /// <summary>Whether editors and owners may open terminals in their containers.</summary>
    public bool Terminals { get; set; } = true;

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

/// <summary>What all settings of the platform are.</summary>
public sealed record PlatformSettingsView(RegistrationMode Registration, bool Terminals);

/// <param name="Registration">Null leaves it as it is; so with the others.</param>
public sealed record PlatformSettingsChange(RegistrationMode? Registration = null, bool? Terminals = null);

/// <summary>Reads and changes the platform's settings.</summary>
public sealed class PlatformSettingsCommands(IDbContextFactory<BabyhelmDbContext> contexts, RefusalLog refusals, TimeProvider time)
{
    public async Task<PlatformSettingsView> GetAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<PlatformSettings>().Select(s => new PlatformSettingsView(s.Registration, s.Terminals)).SingleAsync(cancellation);
    }

    /// <summary>All of it or nothing.</summary>
    public async Task<Result<Done>> ChangeAsync(Caller caller, PlatformSettingsChange change, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "settings.change", cancellation) is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var settings = await db.Set<PlatformSettings>().FromSql($"SELECT * FROM platform_settings FOR UPDATE").SingleAsync(cancellation);
        if (change.Registration is { } mode && mode != settings.Registration)
        {
            Note("registration", settings.Registration.ToString(), mode.ToString());
            settings.Registration = mode;
        }
        if (change.Terminals is { } terminals && terminals != settings.Terminals)
        {
            Note("terminals", Word(settings.Terminals), Word(terminals));
            settings.Terminals = terminals;
        }
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return Done.Result;

        void Note(string field, string before, string after) =>
            db.Add(AuditEntry.Of(caller, $"settings.{field}", RefusalLog.Platform, time) with { Changes = [new AuditChange(field, before, after)] });
    }

    private static string Word(bool on) => on ? "on" : "off";
}
