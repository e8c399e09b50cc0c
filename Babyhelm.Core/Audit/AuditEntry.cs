using Babyhelm.Core.Accounts;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Audit;

public enum AuditOutcome { Done, Refused }

/// <summary>One field that changed. Values of secrets are never given: "set" or "changed" is.</summary>
public sealed record AuditChange(string Field, string? Before, string? After);

/// <summary>Who did what, when, on what, from where. Written in the transaction of the change; the database refuses changes to it.</summary>
public sealed record AuditEntry
{
    private const int MaxActorLength = 256;
    private const int MaxSubjectLength = 512;

    public long Id { get; init; }
    public DateTimeOffset At { get; init; }

    /// <summary>Null for what Babyhelm does by itself.</summary>
    public Guid? UserId { get; init; }
    public required string Actor { get; init; }

    /// <summary>IP address of the actor; null where none is known.</summary>
    public string? Address { get; init; }

    /// <summary><c>thing.verb</c>, for example <c>application.deploy</c>.</summary>
    public required string Action { get; init; }

    /// <summary>Path of the thing, for example <c>project/shop/app/web</c> or <c>user/{address}</c>, at most 512 characters.</summary>
    public required string Subject { get; init; }
    public Guid? ProjectId { get; init; }
    public AuditOutcome Outcome { get; init; }

    /// <summary>What happened, without secrets, as short text.</summary>
    public string? Detail { get; init; }

    /// <summary>Fields with their values before and after; empty where nothing was changed.</summary>
    public IReadOnlyList<AuditChange> Changes { get; init; } = [];

    public static AuditEntry Of(
        Caller caller, string action, string subject, TimeProvider time, Guid? projectId = null, string? detail = null) => new()
        {
            At = time.GetUtcNow(),
            UserId = caller.UserId,
            Actor = caller.Email,
            Address = caller.Address,
            Action = action,
            Subject = subject,
            ProjectId = projectId,
            Detail = detail,
        };

    internal sealed class Configuration : IEntityTypeConfiguration<AuditEntry>
    {
        public void Configure(EntityTypeBuilder<AuditEntry> builder)
        {
            builder.ToTable("audit_entries"); // a trigger of the migration refuses all but INSERT
            builder.Property(e => e.Actor).HasMaxLength(MaxActorLength);
            builder.Property(e => e.Address).HasMaxLength(64);
            builder.Property(e => e.Action).HasMaxLength(64);
            builder.Property(e => e.Subject).HasMaxLength(MaxSubjectLength);
            builder.Property(e => e.Outcome).HasDefaultValue(AuditOutcome.Done).HasSentinel(AuditOutcome.Done);
            builder.Property(e => e.Changes).HasJson().HasDefaultValueSql("'[]'::jsonb");
            builder.HasIndex(e => new { e.ProjectId, e.Id });
            builder.HasIndex(e => new { e.UserId, e.Id });
        }
    }
}
