using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Monitoring.Alerts.Channels;

public enum ChannelKind { Email, Webhook, Slack, Discord, Telegram }

/// <summary>Where messages about a project's alerts go.</summary>
public sealed class AlertChannel
{
    /// <summary>Most of one project.</summary>
    public const int MaxCount = 20;

    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid ProjectId { get; init; }

    /// <summary>A <see cref="Slug"/>, unique in the project.</summary>
    public required string Name { get; init; }
    public required ChannelKind Kind { get; init; }

    /// <summary>What may be shown of it: the e-mail address, the chat, or the host of an address.</summary>
    public required string Target { get; set; }

    /// <summary>A <see cref="ChannelSecret"/>, encrypted; never answered.</summary>
    public required string Protected { get; set; }

    /// <summary>Alerts below this are not told here.</summary>
    public AlertSeverity LeastSeverity { get; set; }
    public bool Enabled { get; set; } = true;
    public DateTimeOffset UpdatedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<AlertChannel>
    {
        public void Configure(EntityTypeBuilder<AlertChannel> builder)
        {
            builder.ToTable("alert_channels");
            builder.Property(c => c.Name).HasMaxLength(Slug.MaxLength);
            builder.Property(c => c.Target).HasMaxLength(256);
            builder.HasOne<Project>().WithMany().HasForeignKey(c => c.ProjectId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(c => new { c.ProjectId, c.Name }).IsUnique();
        }
    }
}

/// <summary>What a channel needs and nobody is shown again.</summary>
/// <param name="Url">Of webhooks, Slack and Discord: who knows it can write there.</param>
/// <param name="Key">Signs webhooks; the token of a Telegram bot.</param>
internal sealed record ChannelSecret(string? Url = null, string? Key = null);
