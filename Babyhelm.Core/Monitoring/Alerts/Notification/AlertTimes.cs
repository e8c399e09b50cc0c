using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Monitoring.Alerts.Notification;

/// <summary>When messages of a project go out. A project without a row has these numbers.</summary>
public sealed class AlertTimes
{
    public required Guid ProjectId { get; init; }

    /// <summary>Seconds that the first message of an application waits for more, 0 to 3,600.</summary>
    public int GroupWaitSeconds { get; set; } = 30;

    /// <summary>Seconds between two messages with news, 10 to 86,400.</summary>
    public int GroupIntervalSeconds { get; set; } = 300;

    /// <summary>Seconds until what still fires is told again, 300 to 604,800.</summary>
    public int RepeatIntervalSeconds { get; set; } = 4 * 3600;

    internal TimeSpan GroupWait => TimeSpan.FromSeconds(GroupWaitSeconds);

    internal TimeSpan GroupInterval => TimeSpan.FromSeconds(GroupIntervalSeconds);

    internal TimeSpan RepeatInterval => TimeSpan.FromSeconds(RepeatIntervalSeconds);

    internal sealed class Configuration : IEntityTypeConfiguration<AlertTimes>
    {
        public void Configure(EntityTypeBuilder<AlertTimes> builder)
        {
            builder.ToTable("alert_times");
            builder.HasKey(t => t.ProjectId);
            builder.Ignore(t => t.GroupWait).Ignore(t => t.GroupInterval).Ignore(t => t.RepeatInterval);
            builder.HasOne<Project>().WithMany().HasForeignKey(t => t.ProjectId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}

/// <summary>What an application's people were told last; the alerts of one application go out in one message.</summary>
public sealed class AlertGroup
{
    public required Guid ProjectId { get; init; }

    /// <summary>Empty for alerts of the project as a whole.</summary>
    public required Guid ApplicationId { get; init; }

    /// <summary>When the last message was made; null while nothing fires that people were told of.</summary>
    public DateTimeOffset? NotifiedAt { get; set; }

    /// <summary>Since when there is something to tell; null where there is not.</summary>
    public DateTimeOffset? NewsSince { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<AlertGroup>
    {
        public void Configure(EntityTypeBuilder<AlertGroup> builder)
        {
            builder.ToTable("alert_groups");
            builder.HasKey(g => new { g.ProjectId, g.ApplicationId });
            builder.HasOne<Project>().WithMany().HasForeignKey(g => g.ProjectId).OnDelete(DeleteBehavior.Cascade);
        }
    }
}
