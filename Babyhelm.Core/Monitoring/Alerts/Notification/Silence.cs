using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Alerts.Evaluation;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Monitoring.Alerts.Notification;

/// <summary>One condition of a silence.</summary>
/// <param name="Label"><c>rule</c>, <c>application</c>, <c>severity</c>, or a label of the alert.</param>
/// <param name="Value">As it has to be.</param>
public sealed record SilenceMatcher(string Label, string Value);

/// <summary>No messages of alerts that fit all of its conditions, for a time. The alerts are shown all the same.</summary>
public sealed class Silence
{
    public const int MaxReason = 200;

    /// <summary>Of one project, those that are over aside.</summary>
    public const int MaxCount = 100;

    public static readonly TimeSpan Longest = TimeSpan.FromDays(90);

    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid ProjectId { get; init; }

    /// <summary>None fits every alert of the project.</summary>
    public required IReadOnlyList<SilenceMatcher> Matchers { get; init; }
    public required DateTimeOffset From { get; init; }
    public required DateTimeOffset Until { get; set; }

    /// <summary>Who made it, by e-mail address.</summary>
    public required string By { get; init; }
    public required string Reason { get; init; }

    public bool Covers(AlertInstance alert, DateTimeOffset now) => From <= now && now < Until && Matchers.All(m => ValueOf(alert, m.Label) == m.Value);

    private static string? ValueOf(AlertInstance alert, string label) => label switch
    {
        "rule" => alert.Rule,
        "application" => alert.Application,
        "severity" => alert.Severity.ToString().ToLowerInvariant(),
        _ => alert.Labels.GetValueOrDefault(label),
    };

    internal sealed class Configuration : IEntityTypeConfiguration<Silence>
    {
        public void Configure(EntityTypeBuilder<Silence> builder)
        {
            builder.ToTable("alert_silences");
            builder.Property(s => s.Matchers).HasJson();
            builder.Property(s => s.By).HasMaxLength(256);
            builder.Property(s => s.Reason).HasMaxLength(MaxReason);
            builder.HasOne<Project>().WithMany().HasForeignKey(s => s.ProjectId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(s => new { s.ProjectId, s.Until });
        }
    }
}
