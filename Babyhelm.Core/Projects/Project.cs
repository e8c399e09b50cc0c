using Babyhelm.Core.Accounts;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects.Quotas;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Projects;

/// <summary>What a team works in; owns one namespace on the cluster.</summary>
public sealed class Project
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>A <see cref="Common.Slug"/>, unique in the installation.</summary>
    public required string Name { get; init; }
    /// <summary>No other project ever has or had it: see <see cref="ReleasedNamespace"/>.</summary>
    public required string Namespace { get; set; }
    public ProjectState State { get; set; } = ProjectState.Provisioning;

    /// <summary>Why the namespace is not there (yet), in plain words.</summary>
    public string? Problem { get; set; }
    /// <summary>What it may use where that is not the platform's default; null for the defaults.</summary>
    public QuotaAmounts? Quota { get; set; }

    /// <summary><see cref="QuotaAmounts.Fingerprint"/> of the quota that its namespace has; null before the first.</summary>
    public string? AppliedQuota { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public List<ProjectMember> Members { get; init; } = [];
}

public enum ProjectState { Provisioning, Ready, Deleting }

public sealed class ProjectMember
{
    public required Guid ProjectId { get; init; }
    public required Guid UserId { get; init; }
    public ProjectRole Role { get; set; }
}

/// <summary>From least to most.</summary>
public enum ProjectRole { Viewer, Editor, Owner }

internal sealed class ProjectConfiguration : IEntityTypeConfiguration<Project>, IEntityTypeConfiguration<ProjectMember>
{
    public void Configure(EntityTypeBuilder<Project> builder)
    {
        builder.ToTable("projects");
        builder.Property(p => p.Name).HasMaxLength(63);
        builder.Property(p => p.Namespace).HasMaxLength(63);
        builder.Property(p => p.Quota).HasJson();
        builder.Property(p => p.AppliedQuota).HasMaxLength(200);
        builder.HasIndex(p => p.Name).IsUnique();
        builder.HasIndex(p => p.Namespace).IsUnique();
        builder.HasMany<Accounts.Tokens.PersonalToken>().WithOne().HasForeignKey(t => t.ProjectId).OnDelete(DeleteBehavior.Cascade);
        builder.HasMany(p => p.Members).WithOne().HasForeignKey(m => m.ProjectId).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<ProjectMember> builder)
    {
        builder.ToTable("project_members");
        builder.HasKey(m => new { m.ProjectId, m.UserId });
        builder.HasOne<AppUser>().WithMany().HasForeignKey(m => m.UserId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(m => m.UserId);
    }
}
