using System.Security.Cryptography;
using System.Text;
using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Monitoring.Alerts.Evaluation;

public enum AlertState
{
    /// <summary>It holds, but not for long enough yet.</summary>
    Pending,
    Firing,
    Resolved,
}

/// <summary>One alert: a rule and what it holds for. Kept for a week after its end.</summary>
public sealed class AlertInstance
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid ProjectId { get; init; }

    /// <summary>Null for what is of the project as a whole. No foreign key: the end of an alert is told after its application has gone.</summary>
    public Guid? ApplicationId { get; init; }

    /// <summary>Of the application, as it was called; null without one.</summary>
    public string? Application { get; init; }

    /// <summary>The rule's name.</summary>
    public required string Rule { get; init; }
    public required AlertKind Kind { get; init; }
    public required string Title { get; init; }

    /// <summary>Of rule, application and labels: one alert of each is open at a time.</summary>
    public required string Fingerprint { get; init; }
    public required IReadOnlyDictionary<string, string> Labels { get; init; }
    public AlertState State { get; set; }
    public AlertSeverity Severity { get; set; }

    /// <summary>What is wrong, in a sentence without a full stop.</summary>
    public required string Summary { get; set; }
    public double Value { get; set; }
    public double? Threshold { get; set; }
    public required string Unit { get; init; }

    /// <summary>Since when it holds.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>When it was last seen to hold, or its rule had no turn to be looked at.</summary>
    public DateTimeOffset SeenAt { get; set; }
    public DateTimeOffset? FiringAt { get; set; }

    /// <summary>Since when a firing alert does not hold any more; it is over once that has lasted.</summary>
    public DateTimeOffset? ClearSince { get; set; }
    public DateTimeOffset? ResolvedAt { get; set; }

    /// <summary>When people were told that it fires; null while they were not.</summary>
    public DateTimeOffset? NotifiedAt { get; set; }

    /// <summary>When people were told of its end, or were not to be.</summary>
    public DateTimeOffset? EndNotifiedAt { get; set; }

    /// <summary>Over, and those who heard of it don't know yet.</summary>
    internal bool OwesEnd => State == AlertState.Resolved && NotifiedAt is not null && EndNotifiedAt is null;

    internal static string FingerprintOf(string rule, Guid? application, IReadOnlyDictionary<string, string> labels)
    {
        var text = new StringBuilder().Append(rule).Append('\n').Append(application);
        foreach (var (name, value) in labels.OrderBy(l => l.Key, StringComparer.Ordinal)) text.Append('\n').Append(name.Length).Append(':').Append(name).Append('=').Append(value);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    internal sealed class Configuration : IEntityTypeConfiguration<AlertInstance>
    {
        public void Configure(EntityTypeBuilder<AlertInstance> builder)
        {
            builder.ToTable("alerts");
            builder.Property(a => a.Application).HasMaxLength(63);
            builder.Property(a => a.Rule).HasMaxLength(63);
            builder.Property(a => a.Title).HasMaxLength(100);
            builder.Property(a => a.Fingerprint).HasMaxLength(64);
            builder.Property(a => a.Labels).HasJson();
            builder.Property(a => a.Summary).HasMaxLength(500);
            builder.Property(a => a.Unit).HasMaxLength(20);
            builder.Ignore(a => a.OwesEnd);
            builder.HasOne<Project>().WithMany().HasForeignKey(a => a.ProjectId).OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(a => new { a.ProjectId, a.Fingerprint }).IsUnique().HasFilter("state <> 'Resolved'");
            builder.HasIndex(a => new { a.ProjectId, a.State });
        }
    }
}
