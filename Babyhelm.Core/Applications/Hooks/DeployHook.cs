using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Applications.Hooks;

/// <summary>Lets who knows its token deploy images of one application's repository. Kept as a hash; the text is shown once.</summary>
public sealed class DeployHook
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>An application has one hook at most.</summary>
    public required Guid ApplicationId { get; init; }

    /// <summary>SHA-256 of the token.</summary>
    public required byte[] Hash { get; set; }

    /// <summary>The token's first characters, to know it again by.</summary>
    public required string Start { get; set; }

    /// <summary>Address of who made it, or gave it its present token.</summary>
    public required string CreatedBy { get; set; }

    /// <summary>When it got its present token.</summary>
    public required DateTimeOffset CreatedAt { get; set; }

    /// <summary>When it was called last with a good token.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }

    /// <summary>When the time began that <see cref="WindowCalls"/> counts for; null before the first call.</summary>
    public DateTimeOffset? WindowStart { get; set; }
    public int WindowCalls { get; set; }

    /// <summary>Counts a call; false where there were too many of them.</summary>
    internal bool Take(DateTimeOffset now, TimeSpan window, int most)
    {
        if (WindowStart is not { } start || now - start >= window) (WindowStart, WindowCalls) = (now, 0);
        if (WindowCalls >= most) return false;
        WindowCalls++;
        return true;
    }
}

/// <summary>One call of a hook; the newest <see cref="MostKept"/> are kept.</summary>
public sealed class HookDelivery
{
    public const int MostKept = 50;
    internal const int MaxText = 500;

    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid HookId { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>IP address of the caller; null where it is not known.</summary>
    public string? Address { get; init; }

    /// <summary>What was asked for, as short text.</summary>
    public required string Asked { get; init; }

    /// <summary>Number of the release that was made; null where it was refused.</summary>
    public int? Release { get; init; }

    /// <summary>Why it was refused; null for a release.</summary>
    public string? Problem { get; init; }
}

internal sealed class DeployHookConfiguration : IEntityTypeConfiguration<DeployHook>, IEntityTypeConfiguration<HookDelivery>
{
    public void Configure(EntityTypeBuilder<DeployHook> builder)
    {
        builder.ToTable("deploy_hooks");
        builder.Property(h => h.Start).HasMaxLength(16);
        builder.Property(h => h.CreatedBy).HasMaxLength(256);
        builder.HasIndex(h => h.Hash).IsUnique();
        builder.HasIndex(h => h.ApplicationId).IsUnique();
        builder.HasOne<Application>().WithOne().HasForeignKey<DeployHook>(h => h.ApplicationId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<HookDelivery> builder)
    {
        builder.ToTable("hook_deliveries");
        builder.Property(d => d.Address).HasMaxLength(64);
        builder.Property(d => d.Asked).HasMaxLength(HookDelivery.MaxText);
        builder.Property(d => d.Problem).HasMaxLength(HookDelivery.MaxText);
        builder.HasIndex(d => new { d.HookId, d.At });
        builder.HasOne<DeployHook>().WithMany().HasForeignKey(d => d.HookId).OnDelete(DeleteBehavior.Cascade);
    }
}
