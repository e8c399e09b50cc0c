using Babyhelm.Core.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Audit;

/// <summary>Who did what, when, on what. Written in the transaction of the change; the database refuses changes to it.</summary>
public sealed class AuditEntry
{
    public long Id { get; init; }
    public DateTimeOffset At { get; init; }

    /// <summary>Null for what Babyhelm does by itself.</summary>
    public Guid? UserId { get; init; }
    public required string Actor { get; init; }

    /// <summary><c>thing.verb</c>, for example <c>application.deploy</c>.</summary>
    public required string Action { get; init; }

    /// <summary>Path of the thing, for example <c>project/shop/app/web</c> or <c>user/{address}</c>, at most 300 characters.</summary>
    public required string Subject { get; init; }
    public Guid? ProjectId { get; init; }

    /// <summary>What changed, without secrets, as short text.</summary>
    public string? Detail { get; init; }

    public static AuditEntry Of(
        Caller caller, string action, string subject, TimeProvider time, Guid? projectId = null, string? detail = null) => new()
        {
            At = time.GetUtcNow(),
            UserId = caller.UserId,
            Actor = caller.Email,
            Action = action,
            Subject = subject,
            ProjectId = projectId,
            Detail = detail,
        };
}

internal sealed class AuditEntryConfiguration : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        builder.ToTable("audit_entries"); // a trigger of the migration refuses all but INSERT
        builder.Property(e => e.Actor).HasMaxLength(256);
        builder.Property(e => e.Action).HasMaxLength(64);
        builder.Property(e => e.Subject).HasMaxLength(300);
        builder.HasIndex(e => new { e.ProjectId, e.Id });
    }
}
