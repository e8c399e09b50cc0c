using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Monitoring.Alerts.Evaluation;

/// <summary>The one row about the evaluation of all rules; its lock lets one process write at a time.</summary>
public sealed class EvaluationState
{
    public const int OnlyId = 1;

    public int Id { get; init; } = OnlyId;

    /// <summary>When the look began that was stored last; null before the first.</summary>
    public DateTimeOffset? EvaluatedAt { get; set; }

    /// <summary>Why the rules that need Prometheus could not be evaluated; null where they could.</summary>
    public string? PrometheusProblem { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<EvaluationState>
    {
        public void Configure(EntityTypeBuilder<EvaluationState> builder)
        {
            builder.ToTable("alert_evaluation");
            builder.Property(e => e.Id).ValueGeneratedNever();
            builder.Property(e => e.PrometheusProblem).HasMaxLength(500);
            builder.HasData(new EvaluationState());
        }
    }
}
