using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Alerts.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Monitoring.Alerts.Notification;

public enum DeliveryOutcome { Waiting, Delivered, Failed }

/// <summary>One message on its way to one channel.</summary>
public sealed class AlertDelivery
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid ProjectId { get; init; }
    public required Guid ChannelId { get; init; }
    public required AlertMessage Message { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public int Attempts { get; set; }

    /// <summary>Nobody tries before.</summary>
    public required DateTimeOffset NextTryAt { get; set; }

    /// <summary>An attempt is being made, until <see cref="NextTryAt"/>: nobody else makes one.</summary>
    public bool IsTrying { get; set; }
    public DeliveryOutcome Outcome { get; set; }

    /// <summary>What the receiver answered to the last attempt, or why there was no answer.</summary>
    public string? Answer { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<AlertDelivery>
    {
        public void Configure(EntityTypeBuilder<AlertDelivery> builder)
        {
            builder.ToTable("alert_deliveries");
            builder.Property(d => d.Message).HasJson();
            builder.Property(d => d.Answer).HasMaxLength(500);
            builder.HasOne<AlertChannel>().WithMany().HasForeignKey(d => d.ChannelId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(d => new { d.ProjectId, d.Id });
            builder.HasIndex(d => d.Outcome).HasFilter("outcome = 'Waiting'");
        }
    }
}
