using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Applications;

/// <summary>One thing that runs from an image.</summary>
public sealed class Application
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid ProjectId { get; init; }

    /// <summary>A <see cref="Common.Slug"/>, unique in the project.</summary>
    public required string Name { get; init; }

    /// <summary><c>{app}-{project}</c>: first label of the host name, unique in the installation
    /// (<c>a-b</c> of <c>c</c> and <c>a</c> of <c>b-c</c> would collide).</summary>
    public required string HostLabel { get; init; }

    /// <summary>Spec of the latest release, without secret values.</summary>
    public required AppSpec Spec { get; set; }

    /// <summary>By its spec the gateway answers for it. A column that the database makes: the routes read no whole spec for it.</summary>
    public bool BehindGateway { get; private init; }

    /// <summary>Number of the latest release, from 1.</summary>
    public int LatestRelease { get; set; }

    /// <summary>Grows with every change of <see cref="Spec"/>, whether or not it made a release: who edits can say which state they saw.</summary>
    public int Version { get; set; }

    /// <summary>When a release fails and an earlier one is live, that one is deployed again.</summary>
    public bool AutoRollback { get; set; } = true;

    /// <summary>What was changed or deleted behind Babyhelm's back is put right without asking.</summary>
    public bool SelfHeal { get; set; } = true;

    /// <summary>How the cluster differs from the live release; null while it does not.</summary>
    public DriftReport? Drift { get; set; }

    /// <summary>Fingerprint of the cluster objects when they were last compared with the live release; null: compare them.</summary>
    public string? ComparedObjects { get; set; }

    /// <summary>When somebody asked to put the drift right; null once done.</summary>
    public DateTimeOffset? RepairRequestedAt { get; set; }

    /// <summary>When drift was last put right.</summary>
    public DateTimeOffset? RepairedAt { get; set; }

    /// <summary>How often drift was put right with little time between; starts anew after a quiet time.</summary>
    public int Repairs { get; set; }

    /// <summary>Set once deletion was asked for; the row goes when the cluster objects are gone.</summary>
    public DateTimeOffset? DeletingSince { get; set; }

    /// <summary>Why what Babyhelm does on the cluster after a release's end, or to delete the application, is held up; null while nothing is.</summary>
    public string? Problem { get; set; }

    /// <summary>Its volumes go with it, with the data in them; else they stay, and a new application of the name finds them again.</summary>
    public bool DeletesVolumes { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Who changed <see cref="Spec"/> last without a release; null where the latest release did.</summary>
    public string? ChangedBy { get; set; }
    public List<Release> Releases { get; init; } = [];
}

internal sealed class ApplicationConfiguration : IEntityTypeConfiguration<Application>
{
    public void Configure(EntityTypeBuilder<Application> builder)
    {
        builder.ToTable("applications");
        builder.Property(a => a.Name).HasMaxLength(63);
        builder.Property(a => a.HostLabel).HasMaxLength(63);
        builder.Property(a => a.Spec).HasJson();
        builder.Property(a => a.BehindGateway)
            .HasComputedColumnSql("COALESCE(spec ->> 'kind' = 'web' AND spec -> 'expose' ->> 'type' = 'gateway', false)", stored: true);
        builder.Property(a => a.Drift).HasJson();
        builder.Property(a => a.ChangedBy).HasMaxLength(256);
        builder.Property(a => a.ComparedObjects).HasMaxLength(64);
        builder.Property(a => a.AutoRollback).HasDefaultValue(true).HasSentinel(true);
        builder.Property(a => a.SelfHeal).HasDefaultValue(true).HasSentinel(true);
        builder.HasOne<Project>().WithMany().HasForeignKey(a => a.ProjectId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(a => new { a.ProjectId, a.Name }).IsUnique();
        builder.HasIndex(a => a.HostLabel).IsUnique();
        builder.HasMany(a => a.Releases).WithOne().HasForeignKey(r => r.ApplicationId).OnDelete(DeleteBehavior.Cascade);
    }
}
