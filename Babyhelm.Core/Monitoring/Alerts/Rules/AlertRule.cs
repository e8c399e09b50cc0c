using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Monitoring.Alerts.Rules;

/// <summary>A rule that a project wrote, or what it changed of a ready-made one. Ready-made rules as they come have no row.</summary>
public sealed class AlertRule
{
    /// <summary>Rules that one project can write.</summary>
    public const int MaxOwn = 50;

    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid ProjectId { get; init; }

    /// <summary>The application that a change of a ready-made rule is for; null for all of the project's.</summary>
    public Guid? ApplicationId { get; init; }
    public required AlertKind Kind { get; init; }

    /// <summary>The ready-made rule's, or a <see cref="Slug"/> that is none of them.</summary>
    public required string Name { get; init; }

    /// <summary>PromQL of a rule that the project wrote; null for ready-made ones.</summary>
    public string? Query { get; set; }

    /// <summary>What a value has to pass; null where each series that a custom rule's query answers is an alert.</summary>
    public double? Threshold { get; set; }

    /// <summary>How long it has to hold before it fires, in seconds, 0 to 86,400.</summary>
    public int ForSeconds { get; set; }
    public AlertSeverity Severity { get; set; }
    public bool Enabled { get; set; }

    /// <summary>Why it could not be evaluated the last time; null where it could.</summary>
    public string? Problem { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<AlertRule>
    {
        public void Configure(EntityTypeBuilder<AlertRule> builder)
        {
            builder.ToTable("alert_rules");
            builder.Property(r => r.Name).HasMaxLength(Slug.MaxLength);
            builder.Property(r => r.Query).HasMaxLength(4000);
            builder.Property(r => r.Problem).HasMaxLength(500);
            builder.HasOne<Project>().WithMany().HasForeignKey(r => r.ProjectId).OnDelete(DeleteBehavior.Cascade);
            builder.HasOne<Applications.Application>().WithMany().HasForeignKey(r => r.ApplicationId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(r => new { r.ProjectId, r.Name }).IsUnique().HasFilter("application_id IS NULL");
            builder.HasIndex(r => new { r.ApplicationId, r.Name }).IsUnique().HasFilter("application_id IS NOT NULL");
        }
    }
}
